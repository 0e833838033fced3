"""The words in the head and in the measures strip of a screen that shows a session."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from diptych import compare, detectors, probes, sessions
from diptych.number_words import short
from diptych.tui.formatting import MODE_NAMES, counted, interval_words
from diptych.tui.model_names import doses_of
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import side_style

if TYPE_CHECKING:
    from diptych.backends import Mode, Sampling
    from diptych.compare import Count, Exchange, Measure, Overrides, SessionView
    from diptych.sessions import InterruptedSession

Measures = Mapping["Measure", Mapping[str, "Count"]]
Warnings = Sequence[tuple[str, str]]
"""Sentences, each with its sign: "⚠" for a warning, "?" for a question to the reader, "·" for why
there is nothing else, "" for what an audience need not know."""


def asked_words(exchange: "Exchange") -> list[str]:
    """What was asked: the probe that was chosen then, and its condition."""
    probe = exchange.probe
    words = [probe or "no probe"]
    if probe is not None or exchange.condition or exchange.question.prefill:
        words.append(exchange.condition or ("begun answer" if exchange.question.prefill else "free question"))
    return words


def way_words(view: "SessionView", exchange: "Exchange") -> list[str]:
    """How a question was asked and which exchange it is. What is unusual comes first: a narrow head has no room for
    all of it."""
    words = [MODE_NAMES[exchange.question.mode]]
    if len(exchange.asked) < len(view.sides):
        words.append(f"to {', '.join(exchange.asked)}")
    words += ["blind"] if exchange.hidden else _doses(exchange)
    sent = [_sent(view, exchange, side) for side in exchange.asked]
    words += changed_words(exchange.overrides, sent, exchange.question.mode)
    words.append("conversation" if exchange.continued else "fresh instance")
    if view.background is not None and view.background.under_way:
        standing = view.background.progress
        words.append(f"{standing.done} of {standing.total} samples")
    if len(view.exchanges) > 1:
        words.append(f"{exchange.number} of {len(view.exchanges)}")
    return _with_temperatures(words, sent)


def settings_words(view: "SessionView", exchange: "Exchange") -> list[str]:
    """What a person chose for an exchange, and its temperatures; none where they are left to the endpoints."""
    sent = [_sent(view, exchange, side) for side in exchange.asked]
    chosen = changed_words(exchange.overrides, sent, exchange.question.mode)
    return _with_temperatures([*_doses(exchange), *chosen], sent)


def next_words(view: "SessionView", condition: str | None, way: Sequence[str], mode: "Mode") -> list[str]:
    """How the next question will be asked; `way` has the words for what is unusual about it."""
    probe = view.probe
    words = [probe.id if probe is not None else "no probe", *([condition] if condition is not None else []), *way]
    words += _turned(view)
    if view.blind:
        words.append("blind")
    sent = [setup.sampling for setup in view.setups(condition).values()]
    words += changed_words(view.overrides, sent, mode)
    words.append("fresh instance" if view.fresh else "conversation")
    return _with_temperatures(words, sent)


def _doses(exchange: "Exchange") -> list[str]:
    """The sides that were asked at another dose than 1."""
    doses = {side: doses_of(exchange.models.get(side, "")) for side in exchange.asked}
    return [f"{side} {dose}" for side, dose in doses.items() if dose]


def _turned(view: "SessionView") -> list[str]:
    """The doses of the next question, of each side that has another dose than 1, or had one in the question before."""
    before = view.exchanges[-1].models if view.exchanges else {}
    return [
        f"{side.name} {doses_of(side.model) or 'dose 1'}"
        for side in view.sides
        if doses_of(side.model) or doses_of(before.get(side.name, ""))
    ]


def changed_words(overrides: "Overrides", sent: Sequence["Sampling"], mode: "Mode") -> list[str]:
    """The settings that a person chose for a question, as they are `sent` to each side: a server may refuse some."""
    chosen = overrides.sampling
    words = _temperatures(sent) if chosen.temperature is not None else []
    if chosen.top_p is not None:
        words += _alternatives("top p {}", [own.top_p for own in sent])
    if chosen.max_tokens is not None:
        words += _alternatives("{} tokens", [own.max_tokens for own in sent])
    if chosen.seed is not None:
        words.append(f"seed {chosen.seed}")
    if overrides.system is not None and mode != "text":
        words.append("own system prompt" if overrides.system else "no system prompt")
    return words


def _sent(view: "SessionView", exchange: "Exchange", side: str) -> "Sampling":
    """The sampling parameters of a side, read from the request of its answer, or before there is an answer from the
    request that is sent."""
    request = view.request(view.side(side), exchange)
    if side not in exchange.kept:
        return request.sampling
    return compare.setup_of(exchange.kept[side].answer, compare.Setup(request.model, None, request.sampling)).sampling


def _with_temperatures(words: Sequence[str], sent: Sequence["Sampling"]) -> list[str]:
    """The words, with the temperatures at their end unless they stand there already."""
    return list(dict.fromkeys([*filter(None, words), *_temperatures(sent)]))


def _temperatures(sent: Sequence["Sampling"]) -> list[str]:
    return _alternatives("T {}", [own.temperature for own in sent])


def _alternatives(words: str, own: Sequence[float | None]) -> list[str]:
    """A setting that the sides may have in several values; nothing where all leave it to the endpoint."""
    known = sorted({value for value in own if value is not None})
    return (
        [words.format(" / ".join(f"{value:g}" if isinstance(value, float) else f"{value:,}" for value in known))]
        if known
        else []
    )


def saved_words(view: "SessionView") -> tuple[str, bool]:
    """Where the answers are kept, and whether that is a warning."""
    if view.unsaved is not None:
        # The folder would push the actual problem out of view.
        return f"not saved: {view.unsaved.message.replace(f'{view.store.parent}/', '')}", True
    if view.session is not None:
        return f"session {view.session} · saved", False
    return view.pair, False


def broken_off_words(found: "InterruptedSession | None") -> str:
    """What was cut off when diptych ended the last time, "" where nothing was."""
    if found is None:
        return ""
    verb = "was" if found.answers == 1 else "were"
    return f"session {found.session} broke off: {counted(found.answers, 'answer')} {verb} under way"


def resume_words(found: "InterruptedSession | None") -> str:
    """The same for the empty console, with what can be done about it."""
    if found is None:
        return ""
    under_way = broken_off_words(found).partition(": ")[2]
    if found.run:
        return (
            f"Look at session {found.session}, a run that broke off ({under_way});"
            f" diptych run --resume {found.session} asks for the rest"
        )
    return f"Go on with session {found.session}, which broke off ({under_way})"


_ROLES = {
    "base": "a base",
    "tuned": "its fine-tuned copy",
    "control": "a control",
    "fourth": "one more",
}
_NUMBERS = {2: "two", 3: "three", 4: "four"}


def what_is_compared(sides: Sequence[str], blind: bool, introspect: Mapping[str, str | None] | None = None) -> Content:
    """What the console does, in two sentences. Each model has the colour of its side, unless the sides are hidden.
    `introspect`: the introspection adapter of each side, where there is one."""
    if blind:
        return Content.styled("One question, and the models are hidden. Which answer is the fine-tuned copy's?", "$ink")
    if len(sides) == 1:
        return Content.styled("One question, one model. Patterns in its answer are marked live.", "$ink")
    parts: list[tuple[str, str]] = [(f"One question, {_NUMBERS[len(sides)]} models: ", "$ink")]
    for place, side in enumerate(sides, 1):
        before = "" if place == 1 else " and " if place == len(sides) else ", "
        parts += [(before, "$ink"), (_role(side, introspect or {}), side_style(side))]
    return Content.assemble(*parts, (". Patterns in their answers are marked live.", "$ink"))


def _role(side: str, introspect: Mapping[str, str | None]) -> str:
    """What a side is, and whether it has the introspection adapter of its pair."""
    if not any(introspect.values()):
        return _ROLES.get(side, visible(side))
    adapter = introspect.get(side)
    return f"{_ROLES[side]} with {visible(adapter)}" if adapter else "the copy alone"


def measures_shown(view: "SessionView", exchange: "Exchange | None") -> tuple[Measures, Warnings, str]:
    """The counts of the question that is shown, warnings about them, and the kinds of their intervals.

    While the sides of an answer to it are hidden, no count of it is shown: it would show which side is which.
    """
    if exchange is None:
        return {}, [], ""
    if exchange.hidden:
        numbers = " or ".join(str(n) for n in range(1, len(exchange.order) + 1))
        question = f"which answer is the fine-tuned copy's? press {numbers}, or 0 if you cannot tell"
        asked = ("?", question) if exchange.ended else ("·", "the sides are hidden")
        return {}, [asked, *_recognised(view)], ""
    if any(e.hidden and e.group == exchange.group for e in view.exchanges):
        return {}, [("", "counts are shown once you have guessed every hidden answer to this question")], ""
    # Scores have a screen of their own: here they would take the rows of what the answers show.
    rates = {measure: counts for measure, counts in view.measures(exchange).items() if not measure.of_scores}
    measures = _watched_first(rates)
    given_away = _given_away(view, exchange)
    fewest_first = sorted(compare.smallest_rates(measures.values()), key=lambda rate: rate.samples)
    # Where there is little room the last give way; how many samples there are the counts say themselves.
    warnings = [
        *(("⚠", words) for words in _not_draws(view, exchange)),
        *(("✎", words) for words in _corrected(measures)),
        *(("", words) for words in _seen_before(view, measures)),
        *(warning for warning in given_away if warning[0]),
        *(("⚠", rate.words) for rate in fewest_first if rate.samples),
        *_recognised(view),
        *(warning for warning in given_away if not warning[0]),
    ]
    return measures, warnings, _kinds(measures)


def _corrected(measures: Measures) -> list[str]:
    """The rates of each measure as labels of picked answers correct them."""
    said = []
    for measure, counts in measures.items():
        found = {side: corrected for side, count in counts.items() if (corrected := compare.corrected_result(count))}
        rates = [f"{side} {short(one.rate)} {interval_words(one.interval)}" for side, one in found.items()]
        if rates:
            said.append(f"{measure.label}, corrected by labels: {', '.join(rates)}")
    return said


def _watched_first(measures: Measures) -> Measures:
    """What the user chose to look for comes first: where there is little room, it is shown."""
    return dict(sorted(measures.items(), key=lambda each: each[0].detector != detectors.WATCH))


def _seen_before(view: "SessionView", measures: Measures) -> list[str]:
    """How many of the answers that had finished when a rule was made match it. They are not counted."""
    rule = view.watch
    if rule is None:
        return []
    counts = next((sides for measure, sides in measures.items() if measure.label == rule.label), {})
    rates = [_rate_before(side.name, counts[side.name]) for side in view.sides if side.name in counts]
    said = ", ".join(filter(None, rates))
    return [f"before that, not counted: {said}"] if said else []


def _rate_before(side: str, count: "Count") -> str:
    """How many such answers of a side there are, "" for none."""
    k, others = (count.excluded[bucket] for bucket in (detectors.SEEN_WITH, detectors.SEEN_WITHOUT))
    return f"{side} {k}/{k + others}" if k + others else ""


def _not_draws(view: "SessionView", exchange: "Exchange") -> list[str]:
    """What makes the counts less than they seem: repetitions, and answers without text."""
    tally, asked = view.tally, (exchange.group, view.settings(exchange))
    repeated = compare.repetition_note(tally.repeated(*asked), [side.name for side in view.sides])
    return [*filter(None, [repeated]), *compare.empty_warnings(tally.answered(*asked))]


def _kinds(measures: Measures) -> str:
    """Which intervals the strip shows."""
    kinds: list[str] = []
    for sides in measures.values():
        counts = [count for count in sides.values() if count.n]
        kinds += [compare.rate_kind(count) for count in counts]
        kinds += [compare.difference_kind(counts[0], other) for other in counts[1:]]
    return sessions.interval_names(kinds)


def _given_away(view: "SessionView", exchange: "Exchange") -> Warnings:
    if exchange.question.is_guess:
        how = "is asked to go on from a quote of" if exchange.question.mode == "quoted" else "goes on from"
        return [("⚠", f"the base {how} the other side's answer: what it names, anybody could")]
    if exchange.question.is_about_answers:
        return []
    probe = view.probe
    targets = probe.targets(exchange.condition) if probe is not None else ()
    if not targets:
        return []
    given_away, words = probes.prompt_note(exchange.prompt, targets)
    return [("⚠" if given_away else "", words)]


def _recognised(view: "SessionView") -> Warnings:
    """How often people recognised the tuned side."""
    count = view.recognised
    if not count.n:
        return []
    interval = compare.confidence_sequence(count.k, count.n)
    return [("", f"blind: {count.k}/{count.n} right {interval_words(interval)}")]
