"""The document of a family: what its members and arms show of every measure. Runs, exports, the console and the Python
API make it here."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from diptych.compare.answers import is_guess
from diptych.compare.counts.family_arms import Arm, arm_difference, arm_result, arms_of
from diptych.compare.counts.family_contrasts import family_contrasts
from diptych.compare.counts.family_correction import corrected_family
from diptych.compare.counts.family_curves import CountedMeasure, curve_result, orders, scatters
from diptych.compare.counts.family_results import FamilyDocument, FamilyMeasure, MemberSummary, Role
from diptych.compare.counts.family_warnings import family_warnings
from diptych.compare.counts.judging_summary import JudgingSummary
from diptych.compare.counts.measure_results import RepeatedAnswers
from diptych.compare.counts.measures import Count, Measure
from diptych.compare.counts.mirrored_reports import family_mirrored_reports
from diptych.compare.counts.own_or_other import prediction_matrix
from diptych.compare.counts.prediction_results import PredictionMatrix
from diptych.compare.counts.reader_warnings import total_excluded
from diptych.compare.counts.registered_results import RegisteredResult
from diptych.compare.counts.stored_measures import answers_in_the_open, primary_of
from diptych.compare.counts.summaries import side_result
from diptych.compare.counts.tally import Tally, tally_of
from diptych.compare.counts.trait_roles import role_of
from diptych.probes import Probe
from diptych.sessions import Answer, FamilyRecord, Label, Primary, SavedAnswer, Session, SideRecord


class AskedFamily(NamedTuple):
    """A family and what was asked of it."""

    session: int
    probe: str | None
    record: FamilyRecord
    members: Sequence[SideRecord]
    planned: int | None
    """Answers of each member that were planned; None if that is not known."""
    primary: Primary | None = None
    """The test that was registered."""


def family_document(
    asked: AskedFamily,
    answers: Sequence[Answer],
    tally: Tally,
    warnings: Iterable[str] = (),
    judging: JudgingSummary | None = None,
    probe: Probe | None = None,
    registered: RegisteredResult | None = None,
) -> FamilyDocument:
    """The document of a family. `tally`: the counts of the same answers. `warnings`: those that are no matter of
    counts. `probe`: that of the session, where it is known; its trait says what is done and what is said.
    `registered`: what became of its registration."""
    arms, log_x = arms_of(asked.members), asked.record.scale == "log"
    counted = [_measure(measure, counts, arms, log_x, role_of(measure, probe)) for measure, counts in tally.measures()]
    measures, contrasts, tests = corrected_family(
        [each.result for each in counted], family_contrasts(probe, tally, arms), asked.primary
    )
    draws = (
        RepeatedAnswers(each.side, each.question, each.answers, each.most, each.draws, each.verdict.words)
        for each in tally.repeated()
    )
    return FamilyDocument(
        session=asked.session,
        probe=asked.probe,
        family=asked.record.name,
        x=asked.record.x,
        scale=asked.record.scale,
        planned=asked.planned,
        members=_members(asked.members, answers),
        measures=measures,
        orders=orders(counted, arms, log_x),
        scatter=scatters(counted),
        draws=tuple(draws),
        tests=tests,
        excluded=total_excluded(tally),
        warnings=(*warnings, *family_warnings(tally, arms)),
        judging=judging,
        contrasts=contrasts,
        predictions=_predictions(asked, answers, probe),
        mirrors=family_mirrored_reports(tally, probe, arms),
        registered=registered,
    )


def stored_family(
    session: Session,
    saved: Sequence[SavedAnswer],
    hidden: Collection[int] = (),
    probe: Probe | None = None,
    labels: Iterable[Label] = (),
    registered: RegisteredResult | None = None,
) -> FamilyDocument:
    """The document of a saved session of a family, as its run made it; no model is asked.

    `probe`: that of the session, where it is known. `registered`: what `registered_result` says of the session. Labels
    of answers that were picked at random correct the rates of members. A question with a hidden answer is left out.
    Raises ValueError for a session of a pair.
    """
    if session.family is None:
        raise ValueError(f"session {session.id} is not of a family")
    shown = answers_in_the_open(saved, hidden)
    answers = [row.answer for row in shown]
    tally = tally_of(session, answers)
    tally.add_labels(shown, labels)
    planned = session.run.samples * len(probe.conditions) if session.run is not None and probe is not None else None
    asked = AskedFamily(session.id, session.probe, session.family, session.sides, planned, primary_of(session))
    return family_document(asked, answers, tally, probe=probe, registered=registered)


def _predictions(asked: AskedFamily, answers: Sequence[Answer], probe: Probe | None) -> PredictionMatrix | None:
    if probe is None:
        return None
    arms = {member.name: member.arm_name for member in asked.members}
    samples = asked.planned // len(probe.conditions) if asked.planned is not None else None
    return prediction_matrix(answers, probe, list(arms), samples, arms)


def _measure(
    measure: Measure, counts: Mapping[str, Count], arms: Sequence[Arm], log_x: bool, role: Role | None
) -> CountedMeasure:
    first, *others = arms
    if measure.is_comparison:
        others = []
    curves = {
        arm.name: curve
        for arm in arms
        if not is_guess(measure.group)
        and (curve := curve_result(first, arm, counts, measure.of_means, log_x)) is not None
    }
    result = FamilyMeasure(
        detector=measure.detector,
        label=measure.label,
        condition=measure.asked,
        role=role,
        members={member.name: side_result(counts.get(member.name, Count())) for arm in arms for member in arm.members},
        arms={arm.name: arm_result(arm, counts) for arm in arms},
        differences={arm.name: arm_difference(first, arm, counts, measure.of_means) for arm in others},
        curves=curves,
    )
    return CountedMeasure(result, counts)


def _members(members: Sequence[SideRecord], answers: Iterable[Answer]) -> tuple[MemberSummary, ...]:
    asked, failed = Counter[str](), Counter[str]()
    for answer in answers:
        asked[answer.side] += 1
        failed[answer.side] += answer.state == "failed"
    return tuple(
        MemberSummary(
            member.name,
            member.arm_name,
            member.endpoint,
            member.model,
            asked[member.name] - failed[member.name],
            failed[member.name],
            member.x,
            member.training_seed,
        )
        for member in members
    )
