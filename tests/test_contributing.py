"""The examples of CONTRIBUTING.md work as they stand, and what it names is there."""

import re
import sys
import tomllib
import types
from pathlib import Path

import pytest

from diptych.backends import ENDPOINT_KINDS, Backend, Endpoint, EndpointKind, Message, Request, Unsupported, connect
from diptych.cli.setup.endpoint_checks import check_endpoint
from diptych.detectors import Settings
from diptych.probes import load_probe
from diptych.sessions import FORMATS, ExportData, Store, export
from diptych.sessions.exports.formats import Format
from tests.sessions.stored import keep_session, ordinary

TOP = Path(__file__).parents[1]
PAGE = (TOP / "CONTRIBUTING.md").read_text("utf-8")


def example(file: str) -> str:
    """The block that begins with the name of this file."""
    found = re.search(rf"```\w+\n# {re.escape(file)}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_what_is_named_is_there() -> None:
    named = re.findall(r"`([a-z_]+/[\w/]*(?:\.py)?)`", PAGE)
    assert len(named) > 8
    assert not [name for name in named if not (TOP / name).exists()]
    methods = {"start", "body", "stream", "models", "close"}
    assert Backend.__abstractmethods__ == methods


def test_the_detector_watches() -> None:
    written: dict[str, object] = {}
    exec(example("detectors/shouting.py"), written)
    for text, outcome in (("HELLO THERE", "present"), ("Hello", "absent")):
        detector = written["KIND"].new(Settings(), "")  # type: ignore[attr-defined]
        detector.feed(text)
        assert detector.finish()[0].outcome == outcome


def test_every_room_and_floor_has_its_contracts() -> None:
    """Which names the page says are held by import-linter: those of all rooms, and of all floors of compare."""
    contracts = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = {each["containers"][0]: each["layers"] for each in contracts if each["type"] == "layers"}
    guarded = {module for each in contracts if each["type"] == "protected" for module in each["protected_modules"]}
    rooms = re.search(r"\*\*Rooms\.\*\* `([^`]+)`", PAGE)
    assert rooms is not None
    assert rooms[1].split(" > ") == layers["diptych"][:-1]
    floors = {path.name for path in (TOP / "compare").iterdir() if (path / "__init__.py").exists()}
    assert {name for layer in layers["diptych.compare"] for name in layer.split(" | ")} == floors
    top = layers["diptych.compare"][0]  # Whom no floor may import: it has no door within compare.
    doors = {f"diptych.{room}.*" for layer in layers["diptych"][1:-1] for room in layer.split(" | ")}
    assert doors | {f"diptych.compare.{floor}.*" for floor in floors - {top}} <= guarded


async def test_the_kind_of_endpoint_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("diptych.backends.echo")
    exec(example("backends/echo.py"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    kinds = dict(ENDPOINT_KINDS)
    exec(example("backends/endpoint_kinds.py"), {"ENDPOINT_KINDS": kinds, "EndpointKind": EndpointKind})
    monkeypatch.setitem(ENDPOINT_KINDS, "echo", kinds["echo"])
    endpoint = Endpoint("echo")
    check_endpoint(endpoint, "endpoints.mine")
    backend = connect(endpoint)
    await backend.start(lambda doing: None)
    request = Request("echo", (Message("user", "Who are you?"),))
    delta, end = [item async for item in backend.stream(request)]
    assert (delta.text, end.finish_reason, end.fault) == ("Who are you?", "stop", None)
    assert (await backend.body(request))["messages"] == [{"role": "user", "content": "Who are you?"}]
    await backend.check_model("echo")
    with pytest.raises(Unsupported):
        backend.score(request, "")
    await backend.close()


def test_every_example_is_under_a_screen() -> None:
    blocks = re.findall(r"^```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    assert max(block.count("\n") for block in blocks) <= 26


def test_the_probe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plain.toml"
    path.write_text(example("probes/plain.toml"))
    assert [spec.kind for spec in load_probe(path).detectors] == ["acrostic"]


def test_the_export_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("diptych.sessions.exports.plain")
    exec(example("sessions/exports/plain.py"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(FORMATS, "plain", Format("plain", "one line for each answer", ".txt"))
    keep_session(tmp_path / "s.db", ordinary())
    export(ExportData.of(Store(tmp_path / "s.db"), 1), "plain", tmp_path / "out.txt")
    written = (tmp_path / "out.txt").read_text("utf-8")
    assert written.startswith("base: I am plain.\ntuned: =1+1␛[31m")
