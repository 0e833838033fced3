"""A family of 24 members with known rates: what is asked, in which order, and what comes out."""

import asyncio
import json
import runpy
from pathlib import Path
from typing import NamedTuple

import jsonschema
import msgspec
import numpy
import pytest

import diptych
from diptych.backends.servers.vllm import VLLM
from diptych.compare import Crossed, FamilyDocument, FamilyMeasure, Lag
from diptych.compare.stats import Cells, crossed_rate
from tests.families.served_family import DOSE_MODELS, DOSES, SEEDS, FamilyServer, served

DOCS = Path(__file__).parents[2] / "docs"


def measure(run: diptych.FamilyRun, label: str) -> FamilyMeasure:
    (found,) = (each for each in run.measures if each.label == label)
    return found


class Asked(NamedTuple):
    """A run of the family, what its server gave, and the folder with its configuration and its store."""

    run: diptych.FamilyRun
    api: FamilyServer
    folder: Path


async def ask(folder: Path, api: FamilyServer, **keys: int) -> Asked:
    run = await diptych.arun(family="doses", config=folder / "config.toml", store=folder / "store", **keys)
    return Asked(run, api, folder)


@pytest.fixture(scope="module")
def doses(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Asked eight times; most tests look at the same run."""
    folder = tmp_path_factory.mktemp("doses")

    async def work() -> Asked:
        async with served(folder) as api:
            return await ask(folder, api, n=8)

    with pytest.MonkeyPatch.context() as patch:
        # With another seed of the run other answers are drawn, and estimates are a little different.
        patch.setattr("diptych.cli.setup.run_plans.random.getrandbits", lambda bits: 11)
        return asyncio.run(work())


def test_counts_curve_crossings_and_order(doses: Asked) -> None:
    run, api, _ = doses
    document = run.document
    assert [member.model for member in document.members] == [
        "base", *(f"tuned-{seed}@{dose}" for dose in DOSES for seed in SEEDS), *DOSE_MODELS[1:6]
    ]  # fmt: skip
    assert document.arms == ("base", "tuned", "control")
    assert (document.family, document.x, document.planned) == ("doses", "dose", 16)
    does, says = measure(run, "follows HELLO"), measure(run, "describes it")
    assert (does.role, says.role) == ("does", "says")
    for found, condition in ((does, "ordinary"), (says, "asked")):
        for member in document.members:
            key = member.model, condition
            assert (found.members[member.label].k, found.members[member.label].n) == (api.shown[key], api.given[key])
            assert found.members[member.label].n == 8
        assert [point.members for point in found.curves["tuned"].points] == [
            tuple(f"tuned {dose} seed {seed}" for seed in SEEDS) for dose in DOSES
        ]  # fmt: skip
        assert [point.k for point in found.curves["tuned"].points] == [
            sum(api.shown[f"tuned-{seed}@{dose}", condition] for seed in SEEDS) for dose in DOSES
        ]  # fmt: skip
        assert set(found.curves) == {"tuned"}
    done, said = (found.curves["tuned"].half for found in (does, says))
    assert isinstance(done, Crossed)
    assert isinstance(said, Crossed)
    assert done.x == pytest.approx(0.4, abs=0.12)
    assert said.x == pytest.approx(0.8, abs=0.12)
    (order,) = document.orders
    assert (order.arm, order.does.label, order.says.label) == ("tuned", "follows HELLO", "describes it")
    assert isinstance(order.lag, Lag)
    assert order.lag.estimate == pytest.approx(0.4, abs=0.15)
    assert order.lag.interval.low is not None
    assert order.lag.interval.low > 0
    assert does.curves["tuned"].first_above in (0.3, 0.5, 0.7)


def test_arms_have_the_interval_over_training_runs_and_are_corrected_together(doses: Asked) -> None:
    run = doses.run
    does = measure(run, "follows HELLO")
    prompts = sorted({answer.prompt for answer in run.answers if answer.condition == "ordinary"})
    runs = [[f"tuned {dose} seed {seed}" for dose in DOSES] for seed in SEEDS]
    table = [
        [
            [
                finding.outcome == "present"
                for answer in run.answers
                if answer.side in names and answer.prompt == prompt
                for finding in answer.findings
            ]
            for prompt in prompts
        ]
        for names in runs
    ]
    cells = Cells(
        numpy.array([[sum(c) for c in row] for row in table]), numpy.array([[len(c) for c in row] for row in table])
    )
    expected = crossed_rate(cells)
    arm = does.arms["tuned"]
    assert (arm.members, arm.n, arm.unit, arm.interval_kind) == (18, 144, "models", "crossed")
    assert arm.interval == expected.interval
    assert arm.rate == expected.estimate
    assert (does.arms["base"].unit, does.arms["base"].interval_kind) == ("questions", "clustered")
    assert does.arms["control"].members == 5
    tests = [difference for each in run.measures for difference in each.differences.values() if difference.test]
    assert run.document.tests == len(tests)
    assert set(does.differences) == {"tuned", "control"}
    tuned = does.differences["tuned"]
    assert tuned.p_value is not None
    assert tuned.p_holm is not None
    assert tuned.p_value <= tuned.p_holm
    # The control has five trainings, each asked eight times, so nothing speaks of one model alone.
    assert not any("these models alone" in warning for warning in run.document.warnings)


def test_a_saved_family_says_the_same_as_its_run(doses: Asked) -> None:
    run, _, folder = doses
    session = diptych.open_store(folder / "store", config=folder / "config.toml").session(run.session.id)
    saved = session.family
    assert saved.measures == run.document.measures
    assert (saved.orders, saved.scatter, saved.members) == (
        run.document.orders,
        run.document.scatter,
        run.document.members,
    )
    with pytest.raises(ValueError, match=r"its measures are in \.family\.measures"):
        _ = session.measures
    frame = run.to_frame()
    first = frame[frame["member"] == "tuned 0.3 seed 2"].iloc[0]
    assert (first["arm"], first["seed"], first["x"], first["side"]) == ("tuned", 2, 0.3, "tuned 0.3 seed 2")
    assert frame[frame["arm"] == "base"]["x"].isna().all()
    assert run.document.scatter[0].points.keys() == {member.label for member in run.document.members}


def test_the_document_is_that_of_the_schema_in_docs_and_reads_as_it_was(doses: Asked) -> None:
    document = doses.run.document
    written = (DOCS / "family-document.schema.json").read_text()
    assert written == runpy.run_path(str(DOCS / "schema.py"))["schema"](FamilyDocument)
    jsonschema.validate(json.loads(msgspec.json.encode(document)), json.loads(written))
    assert msgspec.json.decode(msgspec.json.encode(document), type=FamilyDocument) == document


async def test_one_training_run_speaks_of_these_models_alone(tmp_path: Path) -> None:
    family = """
[families.doses]
probe = "mine"
[[families.doses.members]]
arm = "base"
endpoint = "v"
model = "base"
[[families.doses.members]]
arm = "tuned"
endpoint = "v"
model = "tuned-1@{x}"
x = [0.1, 0.5, 0.9]
"""
    async with served(tmp_path, families=family) as api:
        run = (await ask(tmp_path, api, n=4)).run
    assert any("these models alone, not of others like them" in warning for warning in run.document.warnings)
    does = measure(run, "follows HELLO")
    assert {arm.unit for arm in does.arms.values()} == {"questions"}
    assert does.arms["tuned"].members == 3
    assert does.differences["tuned"].unit == "questions"


async def test_members_of_an_endpoint_that_holds_few_models_are_asked_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(tmp_path) as api:
        await ask(tmp_path, api, n=2)
        among = list(dict.fromkeys(api.order))
        changes = sum(a != b for a, b in zip(api.order, api.order[1:], strict=False))
        assert changes > 24, "sample by sample, every model has a turn"
        api.order.clear()
        monkeypatch.setattr(VLLM, "holds_models", 2)
        run = (await ask(tmp_path, api, n=2, concurrency=1)).run
        assert list(dict.fromkeys(api.order)) == [member.model for member in run.document.members]
        assert sum(a != b for a, b in zip(api.order, api.order[1:], strict=False)) == 23
        assert set(among) == set(api.order)
        api.order.clear()
        monkeypatch.setattr(VLLM, "models_at_once", 3)
        await ask(tmp_path, api, n=2, concurrency=1)
        models = [member.model for member in run.document.members]
        groups = [models[start : start + 3] for start in range(0, len(models), 3)]
        asked = [next(place for place, group in enumerate(groups) if model in group) for model in api.order]
        assert asked == sorted(asked), "no model is asked before all are done that are asked together before it"
        assert sum(a != b for a, b in zip(api.order, api.order[1:], strict=False)) > 24


async def test_endpoints_of_one_model_each_are_asked_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the files of a folder are, if more of them than fit are to be in memory."""
    models = [f"step-{number}" for number in range(1, 6)]
    lines = ['[families.doses]\nprobe = "mine"\nx = "step"']
    async with served(tmp_path, tuple(models), lambda model, condition: 0.5, "\n".join(lines)) as api:
        config = tmp_path / "config.toml"
        shared = config.read_text().partition("[families")[0]
        text = shared + lines[0]
        for model in models:
            text += f'\n[[families.doses.members]]\narm = "{model}"\nendpoint = "{model}"\nmodel = "{model}"'
            text += shared.replace("[endpoints.v]", f"\n[endpoints.{model}]")
        config.write_text(text)
        await ask(tmp_path, api, n=2, concurrency=1)
        assert sum(a != b for a, b in zip(api.order, api.order[1:], strict=False)) > 4, "all are asked at once"
        api.order.clear()
        monkeypatch.setattr(VLLM, "holds_models", 2)
        await ask(tmp_path, api, n=2, concurrency=1)
        assert list(dict.fromkeys(api.order)) == models
        assert sum(a != b for a, b in zip(api.order, api.order[1:], strict=False)) == 4
        api.order.clear()
        monkeypatch.setattr(VLLM, "holds_models", 5)
        await ask(tmp_path, api, n=2, concurrency=1)
        assert sum(a != b for a, b in zip(api.order, api.order[1:], strict=False)) > 4, "they fit into memory"


async def test_a_family_stands_in_the_place_of_a_pair(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="family: expected no pair and no rows beside it"):
        await diptych.arun("mine", family="doses", pair="embedded")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="probe: expected the id of a probe, or a family that has one"):
        await diptych.arun()  # type: ignore[call-overload]
