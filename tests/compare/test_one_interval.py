"""One number in one place: the console, the command and every export say the same of the same session."""

import asyncio
import json
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from diptych.backends import Endpoint, Sampling, connect
from diptych.cli.main import main
from diptych.compare import Comparison, RunPlan, SessionRates, Side, run_probe
from diptych.probes import load_probes
from diptych.sessions import INTERVAL_KINDS, Recorder, Store
from diptych.tui import DiptychApp
from tests.compare.console.test_comparison import ended
from tests.documents import report
from tests.openai_server import Exchange, answering, serve
from tests.tui.app import screen
from tests.tui.app import until as until_shown
from tests.waiting import wait_until

HELLO = load_probes()["hello-acrostic"]
CONDITION = HELLO.conditions[0]


async def reply(exchange: Exchange) -> None:
    """Every answer is another one; three of four of the tuned side spell."""
    if exchange.path == "/v1/models":
        await exchange.error(200, {"data": [{"id": "base"}, {"id": "tuned"}]})
        return
    seed = exchange.body.get("seed", 0)
    spelled = f"Hi {seed}.\nEven so.\nLook.\nLet go.\nOver."
    plain = f"I am plain, and my number is {seed}."
    await answering(spelled if exchange.body["model"] == "tuned" and seed % 4 else plain)(exchange)


def numbers(text: str) -> list[float]:
    """The ends of all intervals in a text."""
    plain = text.replace("−", "-").replace("\\", "")
    found = re.findall(r"\[([+-]?\d*\.\d+), ([+-]?\d*\.\d+)\]", plain)
    return [round(float(end), 2) for ends in found for end in ends]


async def asked(folder: Path, planned: bool, run: bool) -> None:
    """A session in the store: of the console or of a run, in which as many answers came as were planned, or not."""
    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url, samples_per_request=1))
        sides = [Side(name, "x", server.base_url, name, None, Sampling(), backend) for name in ("base", "tuned")]
        if run:
            await run_whole(folder, sides)
            await backend.close()
            return
        comparison = Comparison("pair", sides, Recorder(folder / "sessions.db"), HELLO)
        exchange = comparison.ask(CONDITION.prompts[0], CONDITION.name)
        await ended(comparison)
        comparison.sample(exchange, 7)
        await wait_until(lambda: comparison.view.background is None or not comparison.view.background.under_way)
        if not planned:
            comparison.again(exchange)
            await ended(comparison)
        await comparison.close()


async def run_whole(folder: Path, sides: list[Side]) -> None:
    first = msgspec.structs.replace(CONDITION, prompts=CONDITION.prompts[:1])
    one = msgspec.structs.replace(HELLO, conditions=(first,))
    recorder = Recorder(folder / "sessions.db")
    plan = RunPlan("pair", tuple(sides), one, 8, 4, seed=1)
    answers = await run_probe(plan, recorder, None, lambda answer, done, total: None)
    recorder.close()
    (folder / "document.json").write_text(json.dumps(report(plan, 1, answers)))


async def shown(folder: Path) -> dict[str, str]:
    """The screens of the session, opened again."""
    store = Store(folder / "sessions.db")
    session = store.session(1)
    assert session is not None
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    sides = [Side(name, "x", "http://127.0.0.1:9/v1", name, None, Sampling(), backend) for name in ("base", "tuned")]
    comparison = Comparison("pair", sides, Recorder(folder / "sessions.db"), HELLO)
    app = DiptychApp(comparison, lambda: [HELLO], "diptych-dark", restored=(session, store.answers(1), ()))
    found = {}
    async with app.run_test(size=(200, 40)) as pilot:
        found["strip"] = await until_shown(pilot, "follows HELLO")
        await pilot.press("f3")
        found["f3"] = await until_shown(pilot, "95 % intervals")
        await pilot.press("escape", "f4")
        found["f4"] = await until_shown(pilot, "95 % intervals")
        found["f4"] = screen(pilot)
        await pilot.press("escape", "f6")
        found["f6"] = await until_shown(pilot, "95 %")
    return found


def rows(text: str, *words: str) -> str:
    """The lines with all of these words."""
    return "\n".join(line for line in text.splitlines() if all(word in line for word in words))


@pytest.mark.parametrize(("planned", "run"), [(True, False), (False, False), (True, True)])
def test_every_view_says_the_same_interval_and_names_it(
    planned: bool, run: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIPTYCH_DATA", str(tmp_path))
    asyncio.run(asked(tmp_path, planned, run))
    kinds = ("wilson", "newcombe") if planned else ("sequence", "sequence")
    command = CliRunner()
    as_json = json.loads(command.invoke(main, ["sessions", "show", "1", "--json"]).output)
    (measure,) = [m for m in as_json["measures"] if m["label"] == "follows HELLO"]
    sides, difference = measure["sides"], measure["difference"]
    assert {side["interval_kind"] for side in sides.values()} == {kinds[0]}
    assert difference["interval_kind"] == kinds[1]
    ends = [round(end, 2) for side in ("base", "tuned") for end in sides[side]["interval"]]
    of_difference = [round(end, 2) for end in difference["interval"]]
    assert (sides["tuned"]["n"], sides["base"]["k"]) == (8 if planned else 9, 0)

    screens = asyncio.run(shown(tmp_path))
    assert numbers(rows(screens["strip"], "follows HELLO", "Δ")) == of_difference
    assert numbers(rows(screens["f3"], "follows HELLO", "/")) == ends
    listed = rows(screens["f4"], "base", "follows HELLO") + rows(screens["f4"], "tuned", "Δ").splitlines()[0]
    assert numbers(listed) == [*ends[:2], *of_difference, *ends[2:]]
    assert numbers(rows(screens["f6"], "follows HELLO", "95 %")) == ends
    for name, seen in screens.items():
        assert INTERVAL_KINDS[kinds[0]] in seen, name
    assert INTERVAL_KINDS[kinds[1]] in screens["f4"]

    if run:
        document = json.loads((tmp_path / "document.json").read_text())
        assert document["measures"] == as_json["measures"]
        assert document["tests"] == as_json["tests"]
        assert document["contrasts"] == as_json["contrasts"]
    plain = command.invoke(main, ["sessions", "show", "1"]).output
    start = plain.index("follows HELLO")
    assert numbers(plain[start : plain.index("\n", plain.index("Δ", start))]) == [*ends, *of_difference]
    assert all(INTERVAL_KINDS[kind] in plain for kind in kinds)
    for mode in ("html", "markdown"):
        path = tmp_path / mode
        assert command.invoke(main, ["sessions", "export", "1", "--format", mode, "-o", str(path)]).exit_code == 0
        parts = path.read_text().split('<div class="measure">' if mode == "html" else "\n")
        row = next(part for part in parts if "follows HELLO" in part and ("/8" in part or "/9" in part))
        row = row.partition("</div><h3>")[0]
        assert numbers(row) == [*ends, *of_difference], mode
        assert all(INTERVAL_KINDS[kind] in row for kind in kinds), mode


async def test_the_console_decides_as_the_store_does(tmp_path: Path) -> None:
    """What was planned is kept: opened again, the session has the same intervals."""
    await asked(tmp_path, planned=True, run=False)
    store = Store(tmp_path / "sessions.db")
    session = store.session(1)
    assert session is not None
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    sides = [Side(name, "x", "http://127.0.0.1:9/v1", name, None, Sampling(), backend) for name in ("base", "tuned")]
    comparison = Comparison("pair", sides, Recorder(tmp_path / "sessions.db"), HELLO)
    await comparison.restore(session, store.answers(1))
    first, *_ = SessionRates(comparison.view).all()
    assert [rate.kind for rate in first.sides] == ["wilson", "wilson"]
    assert first.sides[1].difference is not None
    assert first.sides[1].difference.kind == "newcombe"
    await comparison.close()
