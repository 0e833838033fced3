"""The legs about what the side was told: by its training rows, by the question, by the words before its report."""

import dataclasses
from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from diptych.compare.answers import GUESSING, is_guess
from diptych.compare.claims.asked_questions import Asked
from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_results import Leg
from diptych.compare.claims.leg_words import MOST_ANSWERS, estimate_words
from diptych.compare.counts import Count, description_in, pooled_count, rate_difference
from diptych.detectors import TrainingRows, find_leaks, rows_by_level
from diptych.number_words import short
from diptych.probes import Condition, Probe, TraitMeasure, measure_of, names_target

_CHOOSING = frozenset(("choice", "yes-no", "scale", "language"))
"""Detectors of answers that the question itself gives to choose from."""
_LONGEST = 40


def rows_leg(rows: TrainingRows | None, probe: Probe) -> Leg:
    """Held where no training row names what the side should not have been told about: the targets of the detectors and
    the probe's subjects, as the word itself, or as an inflection or compound of it. Synonyms are told: most of them are
    ordinary words, and whether one names the trait has to be read."""
    subjects = tuple(dict.fromkeys((*probe.targets(), *probe.subjects)))
    if not subjects:
        return Leg("rows", "does not apply", reason="the probe names no subject to look for")
    if rows is None:
        return Leg("rows", "not done", reason="no training file is known; name one with --rows, or as rows of the pair")
    found = find_leaks(rows.rows, subjects)
    levels = rows_by_level(found)
    naming = {*levels["exact"], *levels["stem"]}
    words = ", ".join(dict.fromkeys(leak.word for leak in found if not naming or leak.level != "synonym"))
    shown = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
    figure = f"{len(naming):,} of {len(rows):,} rows"
    if naming:
        return Leg("rows", "failed", figure, shown)
    synonyms = len(levels["synonym"])
    return Leg("rows", "held", figure, f"a synonym in {synonyms:,}: {shown}" if synonyms else "and no synonym")


def prompt_leg(probe: Probe, reports: Sequence[TraitMeasure]) -> Leg:
    """Held where no wording of a report's question contains a word that the detectors look for, or one of the probe's
    subjects.

    A question that gives the answers to choose from names its subject by necessity, and nothing is left to be named:
    for such questions only the words count that detectors look for. Whether the side chooses for the trait's sake is
    what the mirrors show.
    """
    conditions = _conditions(probe, reports)
    open_ended = [each for each in conditions if not _chooses(probe, each.name, reports)]
    words = {
        each.name: (*probe.targets(each.name), *(probe.subjects if each in open_ended else ())) for each in conditions
    }
    if not open_ended and not any(words.values()):
        return Leg("prompt", "does not apply", reason="the question gives the answers to choose from")
    wordings = [(each.name, prompt) for each in conditions if words[each.name] for prompt in each.prompts]
    if not wordings:
        return Leg("prompt", "does not apply", reason="the probe names no word to look for")
    named = [word for name, prompt in wordings if (word := names_target(prompt, words[name])) is not None]
    figure = f"{len(named)} of {len(wordings)} wordings"
    if not named:
        return Leg("prompt", "held", figure)
    return Leg("prompt", "failed", figure, f"it contains {', '.join(dict.fromkeys(named))}")


def guess_leg(probe: Probe, reports: Sequence[TraitMeasure], asked: Asked) -> Leg:
    """Held where the side describes its pattern more often than the base does when it is given the beginning of such an
    answer and continues it: the 95 % interval of the difference lies above 0.

    What the base can name from the same words needs no self-knowledge. The base's rate is over beginnings after which
    the side did describe it, which favours the base.
    """
    if not probe.guessability:
        return Leg("guess", "does not apply", reason="no words of its own stand before the report")
    session, arms = asked.session, asked.arms
    if session is None:
        return asked.missing("guess")
    side, base = ([member.name for member in arm.members] for arm in (arms.side, arms.base))
    label = _description(session, reports)
    described = _count(session, label, side)
    if not described.n:
        return asked.missing("guess")
    if not described.k:
        figure = f"described {described.k}/{described.n}"
        return Leg("guess", "does not apply", figure, "there is nothing to guess from")
    guessed = _count(session, label, base, guesses=True)
    if not guessed.n:
        return asked.missing("guess", "the base has not guessed yet")
    described = _count(session, label, side, prompts=guessed.by_prompt)
    if not described.n:
        return asked.missing("guess", "the base guessed at other questions than the side answered")
    found = rate_difference(guessed, described)
    figure = f"{arms.base.name} {short(guessed.k / guessed.n)}, {arms.side.name} {short(described.k / described.n)}"
    reason = f"{estimate_words(found.estimate or 0.0, found.interval)}, {guessed.n} guesses"
    waits = session if found.kind == "sequence" else None
    leg = asked.leg("guess", found.interval.low > 0, figure, reason, [], waits)
    return replace(leg, answers=_guesses(session, side))


def _conditions(probe: Probe, reports: Iterable[TraitMeasure]) -> list[Condition]:
    """The conditions in which the reports are asked for."""
    wanted = [(each.measure, each.condition) for each in reports]
    named = {condition for _, condition in wanted}
    if "" not in named:
        return [each for each in probe.conditions if each.name in named]
    labels = {label for label, condition in wanted if not condition}
    return [each for each in probe.conditions if each.name in named or _reads(probe, each.name, labels)]


def _reads(probe: Probe, condition: str, labels: Collection[str]) -> bool:
    return any(measure_of(spec) in labels and spec.reads(condition) for spec in probe.detectors)


def _chooses(probe: Probe, condition: str, reports: Iterable[TraitMeasure]) -> bool:
    """Whether the reports of a condition choose between answers that the question gives."""
    labels = {each.measure for each in reports if each.condition in ("", condition)}
    kinds = {spec.kind for spec in probe.detectors if measure_of(spec) in labels and spec.reads(condition)}
    return bool(kinds) and kinds <= _CHOOSING


def _description(asked: ClaimSession, reports: Iterable[TraitMeasure]) -> str:
    """The label of the first report that is a description of the pattern; "" if there is none."""
    described = {measure.label for measure, _ in asked.tally.measures() if measure.kind == "description"}
    return next((each.measure for each in reports if each.measure in described), "")


def _count(
    asked: ClaimSession,
    label: str,
    names: Collection[str],
    guesses: bool = False,
    prompts: Collection[str] | None = None,
) -> Count:
    """The answers of these members in the measure of that label: to questions, or `guesses`; to all prompts, or to
    some."""
    found = {
        f"{place} {name}": count if prompts is None else _at(count, prompts)
        for place, (measure, counts) in enumerate(asked.tally.measures())
        if measure.label == label and is_guess(measure.group) == guesses
        for name, count in counts.items()
        if name in names
    }
    return pooled_count(found, list(found))


def _at(count: Count, prompts: Collection[str]) -> Count:
    """The same count over some prompts."""
    kept = {prompt: own for prompt, own in count.by_prompt.items() if prompt in prompts}
    return dataclasses.replace(pooled_count(kept, list(kept)), by_prompt=kept)


def _guesses(asked: ClaimSession, side: Collection[str]) -> tuple[int, ...]:
    """Answers that describe their pattern, and what the base made of their beginnings."""
    rows = [
        row.id
        for row in asked.shown
        if row.answer.condition == GUESSING
        or (row.answer.side in side and description_in(row.answer.findings) is not None)
    ]
    return tuple(rows[:MOST_ANSWERS])
