"""Answers that are far longer than any model gives: the console goes on, runs and exports keep them."""

import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

from diptych.sessions import visible
from tests.end_to_end.terminal import Terminal
from tests.hostile.conftest import Folder
from tests.hostile.items import is_formula
from tests.hostile.server import HostileServer, listening

LONG = {
    "line": "word " * 200_000 + "the end",
    "newlines": "\n" * 100_000 + "the end",
    "wide": "漢" * 330_000 + "the end",
    "combining": ("a" + "\u0301" * 1000) * 300 + "the end",
    "stops": "." * 1_000_000 + "the end",
    "is_formula": "\x1b[31m\u202e<b>" * 50_000 + "the end",
}
PATIENT = 60.0
HERE = {
    "F1": "All keys of the screen",
    "F2": "Probes",
    "F3": "g fold",
    "F4": "· measures",
    "F5": "most surprising",
    "F6": "› +1 20",
}
"""Keys, and what the screens that they open can be known by."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "long")


@pytest.mark.parametrize("names", [("wide", "is_formula"), pytest.param(tuple(LONG), marks=pytest.mark.slow)])
def test_a_run_keeps_them_and_exports_hold_them(names: tuple[str, ...], folder: Folder, tmp_path: Path) -> None:
    texts = {LONG[name] for name in names}
    with listening(HostileServer(long=LONG)) as url:
        folder.write(url, [f"long {name}" for name in names], "plain")
        folder.prints("run", "hostile", "-n", str(len(names)))
    assert {row.answer.text for row in folder.store.answers(1)} == texts
    shown = {visible(text) for text in texts}
    printed = folder.prints("sessions", "show", "1")
    assert all(text.replace("\n", "\n    ") in printed for text in shown)
    assert folder.prints("sessions", "search", "the end").count("\n") == 1
    for name in ("html", "markdown", "csv", "jsonl"):
        folder.prints("sessions", "export", "1", "--format", name, "-o", str(tmp_path / name))
        assert not is_formula((tmp_path / name).read_bytes().decode().replace("\r\n", "\n"))
    csv.field_size_limit(sys.maxsize)
    with (tmp_path / "csv").open(newline="", encoding="utf-8") as file:
        assert {row["answer"].removeprefix("'") for row in csv.DictReader(file)} == shown
    there = Folder(tmp_path / "there")
    there.prints("sessions", "import", str(tmp_path / "jsonl"))
    assert {row.answer.text for row in there.store.answers(1)} == texts
    assert len(json.loads(there.prints("sessions", "show", "1", "--json"))["answers"]) == 2 * len(names)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("is_formula", "drip"), ("newlines", "drip"), ("combining", "drip"), ("huge", "long")],
)
def test_the_console_answers_keys(name: str, kind: str, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"huge": "word " * 2_000_000 + "the end", **LONG}
    folder.path.mkdir()
    monkeypatch.setenv("DIPTYCH_CONFIG", str(folder.path / "config.toml"))
    monkeypatch.setenv("DIPTYCH_DATA", str(folder.path / "data"))
    terminal = Terminal(160, 40)

    def see(key: str, words: str) -> None:
        terminal.press(key)
        terminal.wait(words, PATIENT)

    with listening(HostileServer(long=texts)) as url:
        folder.write(url, ["x"], "plain")
        terminal.start((folder.path / "config.toml").read_text(), "--prompt", f"{kind} {name}|", TERM="xterm-256color")
        try:
            terminal.wait(rf"› {kind}")
            see("Enter", r"base .*✓ \d+ tok.*tuned .*✓ \d+ tok")
            for key, words in HERE.items():
                see(key, words)
                see("Escape", rf"(?s)\A(?!.*{words}).*ask both sides")
            see("Escape", "r again here")
            see("End", "the end")
            see("y", "Copied ")
            terminal.resize(120, 34)
            terminal.wait(r"(?m)\A(?!^.{121,})", PATIENT)
            see("Home", r"(?s)\A(?!.*the end)")
            terminal.press("C-c", "C-c")
            terminal.wait("EXIT 0", PATIENT)
        finally:
            terminal.close()
    assert {row.answer.text for row in folder.store.answers(1)} == {texts[name]}
