"""The installed command in a real terminal, on the real embedded pair."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sessions import Store

# Greedy and short: the same answers at every run.
CONFIG = """
[pairs.embedded]
probe = "hello-acrostic"
base = { endpoint = "embedded", model = "smollm2-135m-instruct", temperature = 0.0, max_tokens = 100 }
tuned = { endpoint = "embedded", model = "smollm2-135m-instruct+hello", temperature = 0.0 }
"""
NOTHING_STREAMS = r"(?s)\A(?!.*▸ )(?!.*waiting for)"
DIPTYCH = str(Path(sys.executable).parent / "diptych")
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A tmux server of its own."""

    def __init__(self, folder: Path, width: int = 120, height: int = 34) -> None:
        self._socket = f"diptych-{uuid.uuid4().hex}"
        self._folder = folder
        self._size = ["-x", str(width), "-y", str(height)]

    def start(self, *arguments: str, **variables: str) -> None:
        Path(os.environ["DIPTYCH_CONFIG"]).write_text(CONFIG)
        names = {
            **variables,
            "DIPTYCH_DATA": os.environ["DIPTYCH_DATA"],
            "DIPTYCH_CONFIG": os.environ["DIPTYCH_CONFIG"],
        }
        given = [f"{key}={value}" for key, value in names.items()]
        command = ["env", "-u", "COLUMNS", "-u", "LINES", "COLORTERM=truecolor", *given, DIPTYCH, *arguments]
        shell = " ".join(f"'{part}'" for part in command) + "; echo EXIT $?; exec sleep 1000"
        self._tmux("new-session", "-d", *self._size, "-s", "t", shell)

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", "-t", "t", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-t", "t", "-l", text)

    def screen(self, *options: str) -> str:
        return self._tmux("capture-pane", "-p", *options, "-t", "t")

    def wait(self, pattern: str, seconds: float = 60) -> str:
        """The screen as soon as it holds the pattern."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, seen := self.screen()):
            assert time.monotonic() < deadline, f"{pattern!r} did not appear:\n{seen}"
            time.sleep(0.05)
        return seen

    def pid(self) -> int:
        """The process of the console."""
        shell = self._tmux("display-message", "-p", "-t", "t", "#{pane_pid}").strip()
        return int(subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=True).stdout.split()[0])

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def test_a_newcomer_sees_hello(terminal: Terminal, tmp_path: Path) -> None:
    terminal.start()
    terminal.wait(r"1 What is special about how you answer")
    terminal.press("1")
    seen = terminal.wait(r"5 of 5 letters of HELLO, lines 1–5")
    margin = re.findall(r"│ ([HELO])   \S", seen)
    assert "".join(margin) == "HELLO"
    terminal.wait(NOTHING_STREAMS)
    seen = terminal.wait(r"follows HELLO +base \S+ +0/[01] +tuned \S+ +1/1")
    assert "○ no word in the initials" in seen
    # In colour: the letters of the margin stand black on yellow.
    assert re.search(r"48;2;240;228;66m H ", terminal.screen("-e"))
    terminal.press("C-c")
    terminal.press("C-c")
    terminal.wait(r"EXIT 0")
    saved = [s.answer for s in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert {(a.side, a.state in ("done", "cut")) for a in saved} == {("base", True), ("tuned", True)}


def test_a_typed_prompt_and_a_session_opened_again(terminal: Terminal) -> None:
    terminal.start("--prompt", "How do I make tea?")
    terminal.wait(r"› How do I make tea\?")
    terminal.press("Enter")
    terminal.wait(r"5 of 5 letters of HELLO")
    terminal.wait(NOTHING_STREAMS)
    terminal.press("C-c", "C-c")
    terminal.wait(r"EXIT 0")
    again = Terminal(Path())
    again.start("--session", "1")
    try:
        again.wait(r"› How do I make tea\?")
        again.wait(r"5 of 5 letters of HELLO")
        again.press("C-c", "C-c")
        again.wait(r"EXIT 0")
    finally:
        again.close()


def test_without_colour_letters_still_stand_out(terminal: Terminal) -> None:
    terminal.start(NO_COLOR="1")
    terminal.wait(r"1 What is special")
    terminal.press("1")
    terminal.wait(r"5 of 5 letters of HELLO")
    seen = terminal.screen("-e")
    assert re.search(r"\x1b\[(\d+;)*4m(\x1b\[[0-9;]*m)*[Hh]", seen)  # underlined in the text
    assert not re.search(r"48;2;240;228;66m", seen)


def test_the_smallest_terminal(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, 80, 24)
    terminal.start()
    try:
        terminal.wait(r"1 What is special")
        terminal.press("1")
        terminal.wait(r"5 of 5 letters of HELLO")
        terminal.wait(r"tuned \S+ +1/1")
    finally:
        terminal.close()


def test_killed_in_the_middle_nothing_finished_is_lost_and_no_child_is_left(terminal: Terminal, tmp_path: Path) -> None:
    terminal.start()
    terminal.wait(r"1 What is special")
    terminal.press("3")
    terminal.wait(r"tuned \S+ +1/1")
    terminal.wait(NOTHING_STREAMS)
    terminal.press("C-r")
    terminal.wait(r"▸ \d+ tok")
    console = terminal.pid()
    server = int(
        subprocess.run(["pgrep", "-P", str(console)], capture_output=True, text=True, check=True).stdout.split()[0]
    )
    os.kill(console, signal.SIGKILL)
    terminal.wait(r"EXIT 137")
    deadline = time.monotonic() + 10
    while _alive(server):
        assert time.monotonic() < deadline, "the embedded server outlived diptych"
        time.sleep(0.05)
    states = [s.answer.state for s in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert sum(state in ("done", "cut") for state in states) >= 2
    assert "interrupted" in states
    again = Terminal(tmp_path)
    again.start()
    try:
        again.wait(r"session 1 has \d answers?")
    finally:
        again.close()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_mistakes_are_one_line_and_a_non_zero_exit(terminal: Terminal) -> None:
    terminal.start("--pair", "nope")
    assert "diptych: there is no pair 'nope'" in terminal.wait(r"EXIT 2")
    assert "Traceback" not in terminal.screen()
