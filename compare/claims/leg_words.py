"""The figures and reasons of legs, in words."""

from collections.abc import Iterable, Sequence

from diptych.compare.claims.arm_contrasts import ArmContrast
from diptych.compare.stats import Interval, power_needed
from diptych.number_words import p_words, signed, signed_interval_words, signed_three_digits
from diptych.sessions import SavedAnswer

MOST_ANSWERS = 100
"""How many answers behind a leg are named."""


def rates_words(contrast: ArmContrast) -> str:
    """For example "60/60 against 30/60"; of a measure of means their difference."""
    if not contrast.own.n or not contrast.other.n:
        return difference_words(contrast)
    return f"{contrast.own.k}/{contrast.own.n} against {contrast.other.k}/{contrast.other.n}"


def difference_words(contrast: ArmContrast) -> str:
    """For example "+.74 [+.61, +.84]", in the measure's own direction."""
    found = contrast.difference
    if contrast.measure.of_means:
        ends = f" [{', '.join(map(signed_three_digits, found.interval))}]" if found.interval is not None else ""
        return f"{signed_three_digits(found.estimate or 0.0)}{ends}"
    return estimate_words(found.estimate or 0.0, found.interval)


def estimate_words(estimate: float, interval: Interval | None) -> str:
    """A difference of rates with its interval."""
    return f"{signed(estimate)} {signed_interval_words(*interval)}" if interval is not None else signed(estimate)


def measure_words(contrast: ArmContrast, of: Sequence[ArmContrast]) -> str:
    """The measure, with its condition where several measures have the same label."""
    label = contrast.measure.label
    alike = sum(each.measure.label == label for each in of) > 1
    return f"{label} ({contrast.condition})" if alike else label


def tested_words(contrast: ArmContrast) -> str:
    """Its corrected p-value, and what would tell where it is not small: "p = .21, 85 samples would tell"."""
    if contrast.p_holm is None:
        return "too few answers for a test"
    words = p_words(contrast.p_holm)
    if contrast.differs or not contrast.own.n or not contrast.other.n:
        return words
    rates = contrast.other.k / contrast.other.n, contrast.own.k / contrast.own.n
    needed = power_needed(*rates, contrast.design)
    if needed.samples is None:
        return f"{words}, {needed.prompts} wordings would tell" if needed.prompts is not None else words
    asked = min(contrast.own.n / contrast.design.members, contrast.other.n / contrast.design.base_members)
    return f"{words}, {needed.samples:,} samples would tell" if needed.samples > asked else words


def behind(saved: Iterable[SavedAnswer], conditions: Iterable[str | None], sides: Iterable[str]) -> tuple[int, ...]:
    """The numbers of at most a hundred answers of these sides to these conditions, in their order; the answers of all
    sides to one sample together."""
    asked, names = list(dict.fromkeys(conditions)), list(dict.fromkeys(sides))
    rows = [row for row in saved if row.answer.condition in asked and row.answer.side in names]
    rows.sort(
        key=lambda row: (
            asked.index(row.answer.condition),
            row.answer.sample,
            names.index(row.answer.side),
        )
    )
    return tuple(row.id for row in rows[:MOST_ANSWERS])
