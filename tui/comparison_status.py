"""What the head and the strip of the main screen say of a comparison."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from diptych import compare, probes, sessions
from diptych.tui.formatting import MODE_NAMES, counted

if TYPE_CHECKING:
    from diptych.compare import Comparison, Count, Exchange, Measure
    from diptych.sessions import InterruptedSession

Measures = Mapping["Measure", Mapping[str, "Count"]]
Warnings = Sequence[tuple[bool, str]]
"""Sentences, each with whether it is to be marked."""


def asked_words(exchange: "Exchange") -> list[str]:
    """What was asked: the probe that was chosen then, and its condition."""
    probe = exchange.probe
    words = [probe or "no probe"]
    if probe is not None or exchange.condition or exchange.question.prefill:
        words.append(exchange.condition or ("begun answer" if exchange.question.prefill else "free question"))
    return words


def way_words(comparison: "Comparison", exchange: "Exchange") -> list[str]:
    """How it was asked, the unusual first, for a narrow head has no room for more; and which exchange it is."""
    words = [MODE_NAMES[exchange.question.mode]]
    if len(exchange.asked) < len(comparison.sides):
        words.append(f"to {', '.join(exchange.asked)}")
    if exchange.hidden:
        words.append("blind")
    words.append("conversation" if exchange.continued else "fresh instance")
    if comparison.more is not None and comparison.more.under_way:
        standing = comparison.more.progress
        words.append(f"{standing.done} of {standing.total} samples")
    if len(comparison.exchanges) > 1:
        words.append(f"{exchange.number} of {len(comparison.exchanges)}")
    return [*filter(None, words), *temperature_words(comparison, exchange)]


def temperature_words(comparison: "Comparison", exchange: "Exchange") -> list[str]:
    """The temperatures that it was asked at; none where they were left to the endpoints."""
    return _temperatures([_temperature(comparison, exchange, side) for side in exchange.asked])


def next_words(comparison: "Comparison", condition: str | None, way: Sequence[str]) -> list[str]:
    """What the next question will be asked with; `way`: how, as far as it is not the usual way."""
    probe = comparison.probe
    words = [probe.id if probe is not None else "no probe", *([condition] if condition is not None else []), *way]
    if comparison.blind:
        words.append("blind")
    words.append("fresh instance" if comparison.fresh else "conversation")
    own = [compare.chosen_sampling(side, probe, condition).temperature for side in comparison.sides]
    return [*words, *_temperatures(own)]


def _temperature(comparison: "Comparison", exchange: "Exchange", side: str) -> float | None:
    """The one that a side was asked at, as the request of its answer tells it, or before there is one as it is asked;
    None where it was left to the endpoint."""
    if side in exchange.kept:
        told = exchange.kept[side].answer.request.get("temperature")
        return float(told) if isinstance(told, int | float) else None
    return comparison.request(comparison.side(side), exchange).sampling.temperature


def _temperatures(own: Sequence[float | None]) -> list[str]:
    known = sorted({t for t in own if t is not None})
    return [f"T {' / '.join(f'{t:g}' for t in known)}"] if known else []


def saved_words(comparison: "Comparison") -> tuple[str, bool]:
    """Where the answers are kept, and whether that is a warning."""
    if comparison.unsaved is not None:
        # The folder would push out of sight what is the matter.
        return f"not saved: {comparison.unsaved.message.replace(f'{comparison.store.parent}/', '')}", True
    if comparison.session is not None:
        return f"session {comparison.session} · saved", False
    return comparison.pair, False


def broken_off_words(found: "InterruptedSession | None") -> str:
    """What was cut off when diptych ended the last time, "" where nothing was."""
    if found is None:
        return ""
    verb = "was" if found.answers == 1 else "were"
    return f"session {found.session} broke off: {counted(found.answers, 'answer')} {verb} under way"


def resume_words(found: "InterruptedSession") -> list[tuple[str, str]]:
    """The same as lines with a key each, and how to go on."""
    if found.run:
        how = f"diptych run --resume {found.session} asks for the rest"
        return [("", broken_off_words(found)), ("", how), ("0", "Look at what there is")]
    return [("", broken_off_words(found)), ("0", "Go on with it")]


def measures_shown(comparison: "Comparison", exchange: "Exchange | None") -> tuple[Measures, Warnings, str]:
    """The counts of the question that is looked at, what to mind, and of which kinds their intervals are.

    While the sides of an answer to it are hidden, no count of it is shown: it would tell them apart.
    """
    if exchange is None:
        return {}, [], ""
    if exchange.hidden:
        numbers = " or ".join(str(n) for n in range(1, len(exchange.order) + 1))
        question = f"which answer is the fine-tuned copy's? press {numbers}, or 0 if you cannot tell"
        return {}, [(True, question if exchange.ended else "the sides are hidden"), *_recognised(comparison)], ""
    if any(e.hidden and e.group == exchange.group for e in comparison.exchanges):
        return {}, [(False, "counts are shown once all answers to this question are labelled")], ""
    measures = comparison.measures(exchange)
    given_away = _given_away(comparison, exchange)
    # Where there is little room the last give way; how many samples there are the counts say themselves.
    warnings = [
        *((True, words) for words in _not_draws(comparison, exchange)),
        *(warning for warning in given_away if warning[0]),
        *_recognised(comparison),
        *_too_few(measures),
        *(warning for warning in given_away if not warning[0]),
    ]
    return measures, warnings, _kinds(measures)


def _not_draws(comparison: "Comparison", exchange: "Exchange") -> list[str]:
    """What makes the counts less than they seem: repetitions, and answers without text."""
    tally, asked = comparison.tally, (exchange.group, comparison.settings(exchange))
    repeated = compare.repetition_note(tally.repeated(*asked))
    return [*filter(None, [repeated]), *compare.empty_warnings(tally.answered(*asked))]


def _kinds(measures: Measures) -> str:
    """Which intervals the strip shows."""
    kinds: list[str] = []
    for sides in measures.values():
        counts = [count for count in sides.values() if count.n]
        kinds += [compare.rate_kind(count) for count in counts]
        kinds += [compare.difference_kind(counts[0], other) for other in counts[1:]]
    return sessions.interval_names(kinds)


def _too_few(measures: Measures) -> Warnings:
    """What cannot be seen in so few samples, for each side where they have not as many, the fewest first."""
    most: dict[str, int] = {}
    for sides in measures.values():
        for side, count in sides.items():
            most[side] = max(count.n, most.get(side, 0))
    alike = len(set(most.values())) == 1
    fewest = sorted(most.items(), key=lambda side: side[1])
    named = [("", n) for n in set(most.values())] if alike else [(f"{side}: ", n) for side, n in fewest]
    return [(True, f"{whose}{counted(n, 'sample')} cannot show a rate below {_rate(n)}") for whose, n in named if n]


def _rate(n: int) -> str:
    return f"{compare.smallest_visible_rate(n):.0%}".replace("%", " %")


def _given_away(comparison: "Comparison", exchange: "Exchange") -> Warnings:
    if exchange.question.is_guess:
        how = "is asked to go on from a quote of" if exchange.question.mode == "quoted" else "goes on from"
        return [(True, f"the base {how} the other side's answer: what it names, anybody could")]
    probe = comparison.probe
    targets = probe.targets(exchange.condition) if probe is not None else ()
    return [probes.prompt_note(exchange.prompt, targets)] if targets else []


def _recognised(comparison: "Comparison") -> Warnings:
    """How often the tuned side was told from the others."""
    count = comparison.recognised
    if not count.n:
        return []
    low, high = compare.confidence_sequence(count.k, count.n)
    return [(False, f"blind: {count.k}/{count.n} right [{low:.2f}, {high:.2f}]".replace("0.", "."))]
