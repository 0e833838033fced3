"""Hostile text in the console, in a real terminal: each byte that reaches it, and what the terminal makes of them.

The same session is held with tame text, in which what acts is already shown as symbols. The screens must be alike, and
no sequence may reach the terminal that did not then.
"""

import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from diptych.compare import FASTEST
from diptych.sessions import visible
from tests.end_to_end.terminal import Terminal
from tests.hostile.conftest import Folder
from tests.hostile.items import ITEMS, NAME, Item, is_formula
from tests.hostile.server import BATCH, HostileServer, batch, listening

WIDTH, HEIGHT = 200, 110
STEADY = 8
"""So often a screen is seen the same before it is taken to be finished."""
HEAD = 5
"""Rows above the answers, in which the time that they took is told."""
BATCHES = range(-(-len(ITEMS) // BATCH))
SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-Z\\`-~])"
)
ACTING = next(item for item in ITEMS if item.category == "osc")
UNSEEN = "\u202e\u200b\U000e0041x"
"""What can be typed: the box takes no control characters."""
SCREENS = {"F2": "Probes", "F3": "g fold", "F4": "hostile · measures", "F6": "› +1 20", "F11": "Models of"}
"""Keys, and what the screens that they open can be known by."""
STATES = (
    "pane_title", "alternate_on", "cursor_flag", "insert_flag", "keypad_cursor_flag", "keypad_flag", "origin_flag",
    "wrap_flag", "mouse_any_flag", "mouse_sgr_flag", "mouse_utf8_flag", "scroll_region_upper", "scroll_region_lower",
)  # fmt: skip
"""What a terminal is in, and a program may set."""
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@dataclass
class Held:
    """A session with the console: the screens that were seen, what was written, and how it left the terminal."""

    screens: dict[str, list[str]] = field(default_factory=dict)
    written: str = ""
    recorded: str = ""
    """What `--record` kept of it."""
    states: list[str] = field(default_factory=list)
    clipboard: str = ""

    @property
    def sequences(self) -> Counter[str]:
        """How often each came; those to places on the screen as one, and colours by their kinds."""
        found = Counter(SEQUENCE.findall(self.written))
        for sequence in list(found):
            if place := re.fullmatch(r"\x1b\[(\d+);(\d+)H", sequence):
                assert (1, 1) <= (int(place[1]), int(place[2])) <= (HEIGHT, WIDTH), sequence
                found["to a place"] += found.pop(sequence)
            elif colours := re.fullmatch(r"\x1b\[([\d;]*)m", sequence):
                found[f"colours {re.sub(r'8;2;[0-9]+;[0-9]+;[0-9]+', '8;2', colours[1])}"] += found.pop(sequence)
        return found

    @property
    def text(self) -> str:
        return SEQUENCE.sub("", self.written).replace("\r\n", "\n")


def hold(
    folder: Path, monkeypatch: pytest.MonkeyPatch, batches: range, keys: Collection[str], like: Held | None = None
) -> Held:
    """Ask for the batches one after another, then look at the screens of these keys: with tame text, or
    with hostile text until each screen is like that of the tame one."""
    held, shown = Held(), visible if like is None else str
    folder.mkdir()
    monkeypatch.setenv("DIPTYCH_CONFIG", str(folder / "config.toml"))
    monkeypatch.setenv("DIPTYCH_DATA", str(folder / "data"))
    terminal = Terminal(WIDTH, HEIGHT, folder / "written")

    def keep(name: str, pattern: str, items: Sequence[Item] = ()) -> None:
        screen = _settled(terminal, pattern, like.screens[name] if like is not None else None)
        for item in items:
            assert sum(line.count(item.mark) for line in screen) >= 2, (item.id, "\n".join(screen))
        held.screens[name] = screen

    with listening(HostileServer(shown)) as url:
        first, *others = batches
        Folder(folder).write(url, [f"item 0| {shown(NAME)}"], shown(NAME))
        typed = f"batch {first}| {shown(UNSEEN)}"
        terminal.start(
            (folder / "config.toml").read_text(),
            "--prompt",
            typed,
            "--record",
            str(folder / "cast"),
            TERM="xterm-256color",
        )
        try:
            keep("typed", rf"(?s)· ready.*· ready.*› batch {first}\|")
            terminal.press("Enter")
            keep(f"batch {first}", _answered(first), batch(first))
            for number in others:
                terminal.type(f"batch {number}|")
                terminal.press("Enter")
                keep(f"batch {number}", _answered(number), batch(number))
            terminal.type("fail")
            terminal.press("Enter")
            keep("failed", "(?s)cannot n.*cannot n")
            for key in keys:
                words = SCREENS[key]
                terminal.press(key)
                keep(key, words)
                if key == "F6":
                    terminal.press("r")
                    keep("rename", "Title of session")
                    terminal.press("Escape")
                    terminal.wait(rf"(?s)\A(?!.*Title of session).*{words}")
                terminal.press("Escape")
                terminal.wait(rf"(?s)\A(?!.*{words}).*ask both sides")
            held.states = [terminal.state(name) for name in STATES]
            held.clipboard = terminal.clipboard()
            terminal.press("C-c", "C-c")
            terminal.wait("EXIT 0")
        finally:
            terminal.close()
    held.written = (folder / "written").read_bytes().decode()
    held.recorded = _output(folder / "cast")
    return held


def play(folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, like: Held | None = None) -> Held:
    """Ask for a batch in a run, and play the session."""
    held, shown = Held(), visible if like is None else str
    with listening(HostileServer(shown)) as url:
        Folder(folder).write(url, [f"batch {number}| {shown(UNSEEN)}"], shown(NAME))
        Folder(folder).prints("run", "hostile", "-n", "1")
    monkeypatch.setenv("DIPTYCH_CONFIG", str(folder / "config.toml"))
    monkeypatch.setenv("DIPTYCH_DATA", str(folder / "data"))
    terminal = Terminal(WIDTH, HEIGHT, folder / "played")
    terminal.start("", "sessions", "replay", "1", "--speed", str(FASTEST), TERM="xterm-256color")
    try:
        screen = _settled(terminal, "this was all of it", like.screens["answers"] if like is not None else None)
        for item in batch(number):
            assert sum(line.count(item.mark) for line in screen) >= 2, (item.id, "\n".join(screen))
        held.screens["answers"] = screen
        held.states = [terminal.state(name) for name in STATES]
        held.clipboard = terminal.clipboard()
        terminal.press("q")
        terminal.wait("EXIT 0")
    finally:
        terminal.close()
    held.written = (folder / "played").read_bytes().decode()
    return held


def _output(cast: Path) -> str:
    return "".join(event[2] for event in map(json.loads, cast.read_text("utf-8").splitlines()[1:]) if event[1] == "o")


def _answered(number: int) -> str:
    """A pattern of the screen once both sides have said all of a batch."""
    asked, done = rf"\A(?:[^\n]*\n){{1,3}} › batch {number}\|", r"base .*✓ \d+ tok.*tuned .*✓ \d+ tok"
    return rf"(?s){asked}.*{done}.*base \S+ +0/1 .*tuned \S+ +0/1 "


def _settled(terminal: Terminal, pattern: str, expected: list[str] | None) -> list[str]:
    """The screen once it holds the pattern and is as it is expected, or, where nothing is, stays as it is."""
    deadline = time.monotonic() + 30
    seen, same = terminal.wait(pattern), 0
    while (expected != _lines(seen)) if expected is not None else same < STEADY:
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
        before, seen = seen, terminal.wait(pattern)
        same = same + 1 if before == seen else 0
    return _lines(seen)


def _lines(screen: str) -> list[str]:
    return [_timeless(line, row < HEAD) for row, line in enumerate(screen.split("\n"))]


def _timeless(line: str, in_head: bool) -> str:
    """A line of the screen without what differs from one time to the next."""
    line = re.sub(r"\d\d:\d\d ", "##:## ", line)
    if not in_head:
        return line
    return re.sub(r" *✓ \d+ tok.*?( │|$)", r" ✓\1", line)


def test_nothing_of_an_answer_reaches_the_terminal_but_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ACTING.number // BATCH + 1
    _compare(tmp_path, monkeypatch, BATCHES[number : number + 1], ("F3", "F6"))


@pytest.mark.slow
def test_nothing_of_any_answer_reaches_the_terminal_but_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _compare(tmp_path, monkeypatch, BATCHES, SCREENS)


def _compare(folder: Path, monkeypatch: pytest.MonkeyPatch, batches: range, keys: Collection[str]) -> None:
    tame = hold(folder / "tame", monkeypatch, batches, keys)
    hostile = hold(folder / "hostile", monkeypatch, batches, keys, tame)
    _alike(hostile, tame)
    assert hostile.recorded
    assert not is_formula(SEQUENCE.sub("", hostile.recorded).replace("\r\n", "\n"))
    assert set(SEQUENCE.findall(hostile.recorded)) <= set(SEQUENCE.findall(hostile.written))


@pytest.mark.slow
def test_a_replay_writes_nothing_of_an_answer_but_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ACTING.number // BATCH
    tame = play(tmp_path / "tame", monkeypatch, number)
    _alike(play(tmp_path / "hostile", monkeypatch, number, tame), tame)


def _alike(hostile: Held, tame: Held) -> None:
    """Nothing came of the hostile text but what came of the tame one."""
    assert not is_formula(hostile.text)
    assert hostile.sequences.keys() <= tame.sequences.keys()
    assert {s: n for s, n in hostile.sequences.items() if _sets(s)} == {
        s: n for s, n in tame.sequences.items() if _sets(s)
    }
    assert "\x1b" not in hostile.text
    for name, screen in tame.screens.items():
        assert hostile.screens[name] == screen, name
    assert hostile.states == tame.states
    assert hostile.clipboard == ""


def _sets(sequence: str) -> bool:
    """Whether a sequence sets more than a colour, a place, or the bounds of a frame."""
    return not sequence.startswith(("colours ", "to a place", "\x1b]22;")) and "?2026" not in sequence
