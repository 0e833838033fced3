"""What a finished run says, as one document."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from diptych.compare.checks import ContextNeed
from diptych.compare.counts import Tally, count_warnings, datapoints, leak_words, measures_document, total_excluded
from diptych.compare.discovery import discoveries_of_run
from diptych.compare.judges import Spent
from diptych.compare.runs.plan import RunPlan
from diptych.probes import probe_warnings
from diptych.sessions import Answer


def report(
    plan: RunPlan,
    session: int,
    answers: Sequence[Answer],
    needs: Sequence[ContextNeed] = (),
    notices: Sequence[str] = (),
) -> dict[str, Any]:
    """The document of `diptych run --json`: plain values, rates and means with 95 % intervals of the kind that each
    names.

    `difference` is that of the second side to the first; with more than two sides, `differences` has those of all
    others. p_holm is corrected for all tests of the document. Equal answers of an endpoint that does not sample are
    one draw in all of it, and "draws" says where. `notices`: what the endpoints said of how they were asked.
    """
    tally = Tally(plan.samples, answers)
    names = [side.name for side in plan.sides]
    warnings = [*plan.skipped, *_warnings(plan, tally, names), *(need.words for need in needs), *notices]
    document = {
        "session": session,
        "probe": plan.probe.id or None,
        "pair": plan.pair,
        "planned": plan.answers,
        "sides": {side.name: _side(side.name, side.model, answers) for side in plan.sides},
        **measures_document(tally, names, plan.probe),
        **discoveries_of_run(answers),
        "excluded": total_excluded(tally),
        "warnings": [*warnings, *_not_judged(plan)],
    }
    if plan.rows is not None:
        drawn = [answer for answer in answers if tally.is_draw(answer)]
        document["datapoints"] = datapoints(plan.rows, plan.probe, drawn, names)
    if plan.judges:
        spent = sum((judge.spent for judge in plan.judges), Spent())
        document["judging"] = {"model": plan.judges[0].side.model, **asdict(spent)}
    return document


def _side(name: str, model: str, answers: Sequence[Answer]) -> dict[str, Any]:
    own = [a for a in answers if a.side == name]
    errors = [a for a in own if a.state == "failed"]
    return {"model": model, "answers": len(own) - len(errors), "errors": len(errors)}


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
