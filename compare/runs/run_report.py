"""What a finished run says, as one document."""

from collections.abc import Sequence
from dataclasses import asdict

from diptych.compare.answers import Side
from diptych.compare.checks import ContextNeed
from diptych.compare.counts import (
    AskedFamily,
    DatapointsResult,
    FamilyDocument,
    JudgingSummary,
    RegisteredResult,
    Tally,
    count_warnings,
    counted_measures,
    datapoints,
    family_document,
    leak_words,
    prediction_matrix,
    total_excluded,
)
from diptych.compare.discovery import discoveries_of_run
from diptych.compare.judges import Spent
from diptych.compare.runs.plan import RunPlan
from diptych.compare.runs.probe_run import Resumed
from diptych.compare.runs.run_document import RunDocument, SideSummary
from diptych.probes import probe_warnings
from diptych.sessions import Answer, Primary


def report(
    plan: RunPlan,
    session: int,
    answers: Sequence[Answer],
    needs: Sequence[ContextNeed] = (),
    notices: Sequence[str] = (),
    resumed: Resumed | None = None,
    registered: RegisteredResult | None = None,
) -> RunDocument:
    """The document of a run. Equal answers of an endpoint that does not sample are one draw in all of it. `notices`:
    what the endpoints said of how they were asked. `resumed`: the session that the run continued, with its labels.
    `registered`: what became of its registration."""
    tally = _tally(plan, answers, resumed)
    names = [side.name for side in plan.sides]
    warnings = [*plan.skipped, *_warnings(plan, tally, names), *(need.words for need in needs), *notices]
    counted, discovered = counted_measures(tally, names, plan.probe, _primary(plan)), discoveries_of_run(answers)
    return RunDocument(
        session=session,
        probe=plan.probe.id or None,
        pair=plan.pair,
        planned=plan.answers,
        sides={side.name: _side(side, answers) for side in plan.sides},
        measures=counted.measures,
        contrasts=counted.contrasts,
        mirrors=counted.mirrors,
        draws=counted.draws,
        tests=counted.tests,
        differ=discovered.differ,
        discoveries=discovered.discoveries,
        excluded=total_excluded(tally),
        warnings=(*warnings, *_not_judged(plan)),
        score_tests=counted.score_tests,
        datapoints=_datapoints(plan, tally, answers, names),
        judging=_judging(plan),
        predictions=prediction_matrix(answers, plan.probe, names, plan.samples),
        registered=registered,
    )


def family_report(
    plan: RunPlan,
    session: int,
    answers: Sequence[Answer],
    needs: Sequence[ContextNeed] = (),
    notices: Sequence[str] = (),
    resumed: Resumed | None = None,
    registered: RegisteredResult | None = None,
) -> FamilyDocument:
    """The document of the run of a family; the arguments are those of `report`."""
    assert plan.family is not None
    tally = _tally(plan, answers, resumed)
    members = [side.record() for side in plan.sides]
    asked = AskedFamily(session, plan.probe.id or None, plan.family, members, plan.answers, _primary(plan))
    warnings = [*plan.skipped, *probe_warnings(plan.probe), *(need.words for need in needs), *notices]
    warnings = [*warnings, *_not_judged(plan)]
    return family_document(asked, answers, tally, warnings, _judging(plan), plan.probe, registered)


def _tally(plan: RunPlan, answers: Sequence[Answer], resumed: Resumed | None) -> Tally:
    tally = Tally(plan.samples, answers)
    if resumed is not None:
        tally.add_labels(resumed.saved, resumed.labels)
    return tally


def _primary(plan: RunPlan) -> Primary | None:
    return plan.registered.primary if plan.registered is not None else None


def _side(side: Side, answers: Sequence[Answer]) -> SideSummary:
    own = [a for a in answers if a.side == side.name]
    errors = [a for a in own if a.state == "failed"]
    return SideSummary(side.model, len(own) - len(errors), len(errors))


def _datapoints(
    plan: RunPlan, tally: Tally, answers: Sequence[Answer], names: Sequence[str]
) -> DatapointsResult | None:
    if plan.rows is None:
        return None
    drawn = [answer for answer in answers if tally.is_draw(answer)]
    return datapoints(plan.rows, plan.probe, drawn, names)


def _judging(plan: RunPlan) -> JudgingSummary | None:
    if not plan.judges:
        return None
    spent = sum((judge.spent for judge in plan.judges), Spent())
    return JudgingSummary(plan.judges[0].side.model, **asdict(spent))


def _warnings(plan: RunPlan, tally: Tally, names: Sequence[str]) -> list[str]:
    warnings = probe_warnings(plan.probe)
    if plan.rows is not None:
        warnings += [*plan.rows.remarks, *leak_words(plan.rows, plan.probe)]
    return warnings + count_warnings(tally, names)


def _not_judged(plan: RunPlan) -> list[str]:
    if plan.judges or not plan.probe.judges:
        return []
    names = ", ".join(spec.name for spec in plan.probe.judges)
    return [f"not judged ({names}): name a model under [judge] in config.toml"]
