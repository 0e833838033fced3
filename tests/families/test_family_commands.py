"""What a family looks like in the commands: run, resume, and everything that opens its session."""

import asyncio
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from diptych.cli.commands.open_replay import replay_app
from diptych.cli.setup.config import load
from diptych.probes import FileError
from diptych.sessions import FORMATS
from tests.commands import diptych
from tests.families.served_family import of_doses, served

FAMILY = """
[families.doses]
about = "two trainings at three doses"
probe = "mine"
x = "dose"
[[families.doses.members]]
arm = "base"
endpoint = "v"
model = "base"
[[families.doses.members]]
arm = "tuned"
endpoint = "v"
model = "tuned-{seed}@{x}"
x = [0.1, 0.5, 0.9]
seed = [1, 2]
"""
MODELS = ("base", *(f"tuned-{seed}@{x}" for x in (0.1, 0.5, 0.9) for seed in (1, 2)))


class Saved(NamedTuple):
    """A finished run of the family, as a session of the store in `folder`."""

    folder: Path
    environment: dict[str, str]
    out: str
    err: str


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("family")
    environment = {
        "DIPTYCH_DATA": str(folder / "data"),
        "DIPTYCH_CONFIG": str(folder / "config.toml"),
        "COLUMNS": "80",
        "HOME": str(folder),
        "PATH": "",
    }

    async def work() -> Saved:
        async with served(folder, MODELS, of_doses, FAMILY):
            ran = await diptych("run", "--family", "doses", "-n", "4", environment=environment)
        assert ran.code == 0, ran.err
        return Saved(folder, environment, ran.out, ran.err)

    return asyncio.run(work())


async def test_the_run_says_what_it_asks_and_prints_a_table_for_80_columns(saved: Saved) -> None:
    assert "session 1: 7 members, 56 answers to collect; at most 3,360 tokens" in saved.err
    lines = saved.out.splitlines()
    assert lines[0] == "session 1  mine  doses"
    assert lines[1] == "7 members: 1 base, 6 tuned"
    table = lines[: next(n for n, line in enumerate(lines) if line.startswith("95 % intervals"))]
    assert max(map(len, table)) <= 80, [line for line in table if len(line) > 80]
    rows = [line for line in table if re.match(r"  tuned 0\.\d seed \d +\d/4 +\[\.\d\d, [.1]", line)]
    assert len(rows) == 12
    assert any(re.match(r"  Δ tuned +[+−]?[.1]\d+ \[", line) for line in table)
    assert any("describes it against follows HELLO" in line or "against follows HELLO" in line for line in table)


async def test_showing_it_says_the_same_as_the_run(saved: Saved) -> None:
    shown = await diptych("sessions", "show", "1", environment=saved.environment)
    assert shown.code == 0, shown.err
    for line in saved.out.splitlines():
        if re.match(r"  (tuned|base|Δ)", line):
            assert line in shown.out
    document = json.loads((await diptych("sessions", "show", "1", "--json", environment=saved.environment)).out)
    assert document["family"] == {"name": "doses", "x": "dose", "scale": "linear"}
    assert [member["label"] for member in document["members"]][:2] == ["base", "tuned 0.1 seed 1"]
    assert document["sides"][1]["training_seed"] == 1
    assert len(document["answers"]) == 56
    assert set(document["measures"][0]) >= {"members", "arms", "differences", "curves", "role"}


@pytest.mark.parametrize("name", FORMATS)
async def test_every_export(saved: Saved, name: str, tmp_path: Path) -> None:
    if name == "inspect":
        pytest.importorskip("inspect_ai")
    if name == "parquet":
        pytest.importorskip("pyarrow")
    to = tmp_path / f"out{FORMATS[name].ending}"
    done = await diptych("sessions", "export", "1", "--format", name, "-o", str(to), environment=saved.environment)
    assert (done.code, done.out) == (0, f"exported session 1 to {to}\n"), done.err
    assert "Traceback" not in done.err
    text = to.read_text("utf-8") if to.is_file() and name != "parquet" else ""
    if name == "csv":
        head, first = text.splitlines()[:2]
        assert ",side," in head
        assert "member,arm,seed,x" in head
        assert ",base,base,,," in first
    if name == "html":
        assert "family doses" in text
        assert "all tuned (6)" in text
        assert "tuned − base" in text
    if name == "markdown":
        assert "family doses" in text
        assert re.search(r"\| tuned 0\.5 seed 2 \| \d/4", text)
    if name == "inspect":
        assert len(list(to.iterdir())) == 7


async def test_commands_that_open_its_session(saved: Saved) -> None:
    listed = await diptych("sessions", "list", environment=saved.environment)
    assert re.search(r"1 .* doses +Mine", listed.out)
    found = await diptych("sessions", "search", "first letters of my lines", environment=saved.environment)
    assert found.code == 0
    discovered = await diptych("sessions", "discover", "1", "--json", environment=saved.environment)
    assert discovered.code == 0, discovered.err
    (against,) = json.loads(discovered.out)["against"]
    assert (against["base"], against["tuned"], against["answers"]) == ("base", "tuned", {"base": 8, "tuned": 48})
    again = await diptych("sessions", "redetect", "1", environment=saved.environment)
    assert again.code == 0, again.err
    assert "0 of" in again.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "mine", "--pair", "embedded", "--family", "doses"), "--pair embedded and --family doses: name one of"),
        (("--pair", "embedded", "run", "mine", "--family", "doses"), "--pair embedded and --family doses: name one of"),
        (("run", "mine", "--family", "none"), "there is no family 'none'; config.toml has: doses, hello-dose"),
        (("run", "nothing", "--family", "doses"), "there is no probe 'nothing'"),
        (("run", "mine", "--family", "doses", "--rows", "x"), "--rows is the training file of a pair"),
        (("run", "--resume", "1", "--pair", "embedded"), "session 1 uses family doses, not pair embedded"),
        (("run", "--resume", "1", "--family", "other"), "session 1 uses family doses, not other; omit the family"),
        (("run", "--resume", "1", "-n", "2"), "session 1 was planned with 4 samples"),
        (("sessions", "score", "1"), "session 1 asks the family doses; only the sides of a pair read"),
        (("sessions", "discover", "1", "--judge"), "session 1 asks a family; --judge compares the sides of a pair"),
        (("families", "check"), "name one of the families: doses, hello-dose"),
    ],
)
async def test_what_cannot_be_is_told_in_one_line(saved: Saved, arguments: tuple[str, ...], said: str) -> None:
    result = await diptych(*arguments, environment=saved.environment)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert result.err.count("\n") == 1


async def test_listing_and_checking_families(saved: Saved) -> None:
    listed = await diptych("families", "list", environment=saved.environment)
    assert "doses           base: 1, tuned: 6  two trainings at three doses" in listed.out
    rows = json.loads((await diptych("families", "list", "--json", environment=saved.environment)).out)
    doses = next(row for row in rows if row["name"] == "doses")
    assert doses["members"][-1] == {"arm": "tuned", "endpoint": "v", "model": "tuned-2@0.9", "x": 0.9, "seed": 2}
    unreachable = await diptych("families", "check", "doses", environment=saved.environment)
    assert (unreachable.code, "not ready: base, tuned 0.1 seed 1" in unreachable.out) == (3, True)


async def test_a_family_is_checked_with_one_list_of_models_and_an_answer_of_each_arm(tmp_path: Path) -> None:
    async with served(tmp_path, MODELS[:-1], of_doses, FAMILY) as api:
        result = await diptych("families", "check", "doses", "--json")
        assert result.code == 1, result.err
        document = json.loads(result.out)
        assert {label for label, each in document["members"].items() if not each["usable"]} == {"tuned 0.9 seed 2"}
        assert document["members"]["tuned 0.5 seed 1"] | {"base_url": None, "hint": ""} == {
            "arm": "tuned", "x": 0.5, "seed": 1, "endpoint": "v", "base_url": None, "model": "tuned-1@0.5",
            "usable": True, "reached": True, "check": "model", "works": True, "detail": "the endpoint has it",
            "hint": "",
        }  # fmt: skip
        assert api.order == ["base", "tuned-1@0.1"]


def test_a_replay_says_that_it_cannot_show_it(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIPTYCH_DATA", saved.environment["DIPTYCH_DATA"])
    with pytest.raises(FileError, match="session 1 asks the family doses, and a replay shows the sides of a pair"):
        replay_app(load(saved.folder / "config.toml"), 1)
