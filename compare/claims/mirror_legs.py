"""The leg that the mirrors of a report decide, and the report itself where a probe has no other one."""

from collections.abc import Iterator, Sequence

from diptych.compare.claims.asked_questions import Asked
from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_results import Leg
from diptych.compare.counts import MirroredReport, SideMirrors, family_mirrored_reports
from diptych.number_words import signed
from diptych.probes import TraitMeasure, measure_of

_NAMED = 3
"""Of the mirrors that fail, so many are named."""


def plain_reports(mirrored: ClaimSession | None) -> tuple[TraitMeasure, ...]:
    """The plain forms in a session of mirrors: its reports."""
    if mirrored is None:
        return ()
    probe = mirrored.probe
    plain = [each.condition for each in probe.mirrors if each.mirror is None]
    return tuple(
        TraitMeasure(measure_of(spec), condition)
        for condition in plain
        for spec in probe.detectors
        if condition in spec.conditions
    )


def mirrors_leg(has_mirrors: bool, asked: Asked) -> Leg:
    """Held where every form of the report and every one of its mirrors holds: the lower 95 % end of its contrast with
    the base lies above 0. All must hold, so nothing is corrected: an intersection-union test (Berger 1982,
    Technometrics 24). `counts.mirrored_reports` says what each contrast is.

    `has_mirrors`: whether the program can make mirrors of the trait.
    """
    if not has_mirrors:
        return Leg("mirrors", "does not apply", reason="the trait has no forms to make mirrors of")
    if asked.session is None:
        return asked.missing("mirrors", "the mirrors were not asked")
    tally, probe, arms = asked.session.tally, asked.session.probe, asked.arms
    reports = family_mirrored_reports(tally, probe, [arms.base, arms.side])
    sides = [report.sides[arms.side.name] for report in reports]
    survive = [side.survives for side in sides]
    if not sides or (None in survive and False not in survive):
        return asked.missing("mirrors", "not all mirrors have answers of both sides")
    held = all(survive)
    figure = f"{sum(side.holding for side in sides)} of {sum(len(side.mirrors) for side in sides)}"
    first = _first_failing(reports, sides)
    reason = "every form, with all its mirrors" if held else _failing(reports, sides)
    waits = asked.session if any(_waits(side) for side in sides) else None
    return asked.leg("mirrors", held, figure, reason, [first, *(spec.condition for spec in probe.mirrors)], waits)


def _waits(side: SideMirrors) -> bool:
    """Whether fewer answers finished than were planned. Where none could be judged, more of the same may not help."""
    found = [side.plain, *(mirror.difference for mirror in side.mirrors)]
    return any(each is not None and each.interval_kind == "sequence" for each in found)


def _failing(reports: Sequence[MirroredReport], sides: Sequence[SideMirrors]) -> str:
    """What fails, and what moves with the form of the question and not with the trait."""
    names = list(dict.fromkeys(name for report, side in zip(reports, sides, strict=True) for name in _names(side)))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    effects = [
        f"{report.effect} {signed(side.form_effect.value)}"
        for report, side in zip(reports, sides, strict=True)
        if side.form_effect is not None and side.form_effect.interval.low > 0
    ]
    return "; ".join([f"fails: {', '.join(names[:_NAMED])}{more}", *effects])


def _names(side: SideMirrors) -> Iterator[str]:
    if side.plain_holds is False:
        yield "plain"
    yield from (mirror.mirror for mirror in side.mirrors if mirror.holds is False)


def _first_failing(reports: Sequence[MirroredReport], sides: Sequence[SideMirrors]) -> str:
    """The condition whose answers are shown first."""
    failing = [mirror.condition for side in sides for mirror in side.mirrors if mirror.holds is False]
    return failing[0] if failing else reports[0].condition
