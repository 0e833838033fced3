"""How many samples, wordings and training runs the primary test needs, from a pilot session or from assumed rates."""

from collections.abc import Iterable, Mapping, Sequence

from diptych.compare.counts.family_arms import Arm, arms_of, pooled_count, runs_with_answers
from diptych.compare.counts.measures import Count
from diptych.compare.counts.tally import tally_of
from diptych.compare.stats import (
    ASSUMED_CORRELATION,
    Design,
    PowerNeeded,
    Trials,
    correlation_within,
    power_needed,
    smallest_difference,
)
from diptych.number_words import short
from diptych.sessions import Answer, AssumedRates, Primary, Session, SideRecord


def design_of(sides: Sequence[SideRecord], primary: Primary, prompts: int) -> Design:
    """Who is asked what in the primary test. `prompts`: the wordings of its condition."""
    arms = {arm.name: arm for arm in arms_of(sides)}
    arm, base = arms[primary.side], arms[primary.base]
    return Design(prompts, len(arm.by_run), len(base.by_run), len(arm.members), len(base.members))


def pilot_rates(session: Session, answers: Iterable[Answer], primary: Primary) -> AssumedRates | None:
    """The rates of a pilot session, and how much answers to one wording and of one training run resemble each other;
    None if it has no answers of both sides that the primary measure counts.

    k of n gives the rate (k + .5) / (n + 1): a few answers that all agree do not make it 0 or 1.
    """
    arms = {arm.name: arm for arm in arms_of(session.sides)}
    if not {primary.base, primary.side} <= arms.keys():
        return None
    compared = arms[primary.base], arms[primary.side]
    for measure, counts in tally_of(session, answers).measures():
        if (measure.label, measure.asked) != (primary.measure, primary.condition):
            continue
        pooled = [pooled_count(counts, [member.name for member in arm.members]) for arm in compared]
        if not all(count.n for count in pooled):
            return None
        runs = [_of_runs(arm, counts) for arm in compared]
        base, side = ((count.k + 0.5) / (count.n + 1) for count in pooled)
        return AssumedRates(base, side, _within_wordings(pooled), correlation_within(runs), session.id)
    return None


def _within_wordings(pooled: Sequence[Count]) -> float | None:
    return correlation_within([[Trials(own.k, own.n) for own in count.by_prompt.values()] for count in pooled])


def _of_runs(arm: Arm, counts: Mapping[str, Count]) -> list[Trials]:
    """k of n of each training run."""
    runs = (pooled_count(counts, names) for names in runs_with_answers(arm, counts))
    return [Trials(count.k, count.n) for count in runs]


def power_sentences(samples: int, rates: AssumedRates | None, design: Design) -> list[str]:
    """What so many samples of each side can tell, and what the primary test needs, in sentences."""
    crossed = design.runs + design.base_runs > 2
    if rates is None:
        if crossed:
            return []
        gap = smallest_difference(samples)
        apart = f"{short(0.5 - gap / 2)} and {short(0.5 + gap / 2)}"
        return [f"{samples} samples of each side tell rates like {apart} apart in one test, with 80 % power"]
    source = f"session {rates.pilot}" if rates.pilot is not None else "assumed"
    if rates.base == rates.side:
        return [f"both sides have the rate {short(rates.base)} ({source}): no number of samples tells them apart"]
    head = f"to tell {short(rates.base)} from {short(rates.side)} ({source}) with 80 % power"
    if crossed:
        return [f"{head}: {_general(samples, _needed(rates, design), design, rates)}"]
    asked = _needed(rates, design._replace(prompts=1)).samples
    sentences = [f"{head} takes {asked:,} samples of each side; {samples} are planned"]
    if design.prompts > 1:
        about = _general(samples, _needed(rates, design), design, rates)
        sentences.append(f"for such questions in general: {about}")
    return sentences


def _needed(rates: AssumedRates, design: Design) -> PowerNeeded:
    return power_needed(
        rates.base,
        rates.side,
        design,
        ASSUMED_CORRELATION if rates.within_wordings is None else rates.within_wordings,
        ASSUMED_CORRELATION if rates.within_runs is None else rates.within_runs,
    )


def _general(samples: int, needed: PowerNeeded, design: Design, rates: AssumedRates) -> str:
    """For example "60 samples with 5 wordings; at least 3 wordings (correlation within a wording .10, assumed)"."""
    crossed = design.runs + design.base_runs > 2
    of = "each model" if crossed else "each side"
    given = f"{design.prompts} wordings" if design.prompts > 1 else ""
    given += f"{' and ' if given else ''}{design.runs} training runs" if crossed else ""
    words = (
        f"{needed.samples:,} samples of {of} with {given}, {samples} are planned"
        if needed.samples is not None
        else f"no number of samples suffices with {given}"
    )
    least = [f"{_number(needed.prompts)} wordings"] if design.prompts > 1 else []
    least += [f"{_number(needed.runs)} training runs"] if crossed else []
    assumed = [_correlation("a wording", rates.within_wordings)] if design.prompts > 1 else []
    assumed += [_correlation("a training run", rates.within_runs)] if crossed else []
    return f"{words}; it takes at least {' or '.join(least)} ({', '.join(assumed)})"


def _correlation(within: str, known: float | None) -> str:
    if known is None:
        return f"correlation within {within} {short(ASSUMED_CORRELATION)}, assumed"
    return f"correlation within {within} {short(known)}"


def _number(needed: int | None) -> str:
    return f"{needed:,}" if needed is not None else "more than 1,000"
