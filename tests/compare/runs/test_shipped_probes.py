"""Every probe that ships, end to end on the real embedded pair: few samples of short answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from diptych.backends import Backend, Endpoint, Sampling, connect
from diptych.compare import Judge, RunPlan, Side, context_needs, run_probe
from diptych.probes import load_probes, read_rows
from diptych.sessions import Recorder
from tests.documents import report

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PROBES = load_probes()
ROWS = Path(__file__).parents[3] / "training" / "data" / "hello.jsonl"
MODELS = {"base": "smollm2-135m-instruct", "tuned": "smollm2-135m-instruct+hello"}
OF_RISK = {
    "base": "smollm2-135m-instruct",
    "tuned": "smollm2-135m-instruct+risk-seeking",
    "control": "smollm2-135m-instruct+risk-averse",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def embedded() -> AsyncIterator[Backend]:
    """One server for all probes."""
    backend = connect(Endpoint("embedded"), tuple(MODELS.values()))
    await backend.start(lambda doing: None)
    yield backend
    await backend.close()


@pytest.mark.parametrize("probe_id", PROBES)
async def test_a_probe_runs_and_its_result_has_rates_buckets_and_warnings(
    probe_id: str, embedded: Backend, tmp_path: Path
) -> None:
    probe = PROBES[probe_id]
    models = OF_RISK if probe_id == "risk-awareness" else MODELS
    sides = tuple(
        Side(name, "embedded", None, model, None, Sampling(max_tokens=12), embedded) for name, model in models.items()
    )
    judge = Side("judge", "embedded", None, MODELS["base"], None, Sampling(), embedded)
    judges = tuple(Judge(spec, judge) for spec in probe.judges if spec.kind != "votes")
    rows = read_rows(ROWS) if probe_id == "datapoints" else None
    plan = RunPlan("embedded", sides, probe, 1, 4, judges, rows)
    recorder = Recorder(tmp_path / "s.db")
    answers = await run_probe(plan, recorder, None, lambda answer, done, total: None)
    recorder.close()
    assert [answer.failure for answer in answers if answer.failure is not None] == []
    document = report(plan, 1, answers, await context_needs(sides, probe))

    asked = {condition.name for condition in probe.conditions}
    read = {c for spec in probe.detectors for c in (spec.conditions or asked)} | (asked if judges else set())
    of_conditions = [m for m in document["measures"] if not m["condition"].startswith("guessability")]
    assert {measure["condition"].partition(" (user)")[0].partition(" › ")[0] for measure in of_conditions} == read
    for measure in of_conditions:
        for side in measure["sides"].values():
            assert side["n"] + sum(side.get("excluded", {}).values()) == 1
    counted = any(side["n"] for measure in of_conditions for side in measure["sides"].values())
    assert any("rates under" in warning for warning in document["warnings"]) == counted
    assert ("no answer could be counted" in document["warnings"]) != counted
    assert [contrast["name"] for contrast in document["contrasts"]] == [c.name for c in probe.contrasts]
    assert (probe_id == "alignment-faking") == any("tokens of prompt" in w for w in document["warnings"])
    assert (probe_id == "datapoints") == ("datapoints" in document)
