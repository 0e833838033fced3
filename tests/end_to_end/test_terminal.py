"""The installed command in a real terminal, on the real embedded pair."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from diptych.sessions import Store
from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until_sync

# Greedy and short: the same answers at every run.
CONFIG = """
[pairs.embedded]
probe = "hello-acrostic"
base = { endpoint = "embedded", model = "smollm2-135m-instruct", temperature = 0.0, max_tokens = 100 }
tuned = { endpoint = "embedded", model = "smollm2-135m-instruct+hello", temperature = 0.0 }
"""
NOTHING_STREAMS = r"(?s)\A(?!.*▸ )(?!.*waiting for)"
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def test_a_newcomer_sees_hello(terminal: Terminal, tmp_path: Path) -> None:
    terminal.start(CONFIG)
    terminal.wait(r"1 +What is special about how you answer")
    terminal.press("1")
    seen = terminal.wait(r"5 of 5 letters of HELLO, lines 1–5")
    margin = re.findall(r"│ ([HELO])   \S", seen)
    assert "".join(margin) == "HELLO"
    terminal.wait(NOTHING_STREAMS)
    seen = terminal.wait(r"follows HELLO +base \S+ +0/[01] +tuned \S+ +1/1")
    assert "○ initials do not spell HELLO" in seen
    # In colour: the letters of the margin stand black on yellow.
    assert re.search(r"48;2;240;228;66m H ", terminal.screen("-e"))
    terminal.press("C-c")
    terminal.press("C-c")
    terminal.wait(r"EXIT 0")
    saved = [s.answer for s in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert {(a.side, a.state in ("done", "cut")) for a in saved} == {("base", True), ("tuned", True)}


@pytest.mark.slow
def test_a_typed_prompt_and_a_session_opened_again(terminal: Terminal) -> None:
    terminal.start(CONFIG, "--prompt", "How do I make tea?")
    terminal.wait(r"› How do I make tea\?")
    terminal.press("Enter")
    terminal.wait(r"5 of 5 letters of HELLO")
    terminal.wait(NOTHING_STREAMS)
    terminal.press("C-c", "C-c")
    terminal.wait(r"EXIT 0")
    again = Terminal()
    again.start(CONFIG, "--session", "1")
    try:
        again.wait(r"› How do I make tea\?")
        again.wait(r"5 of 5 letters of HELLO")
        again.press("C-c", "C-c")
        again.wait(r"EXIT 0")
    finally:
        again.close()


@pytest.mark.slow
def test_without_colour_letters_still_stand_out(terminal: Terminal) -> None:
    terminal.start(CONFIG, NO_COLOR="1")
    terminal.wait(r"1 +What is special")
    terminal.press("1")
    terminal.wait(r"5 of 5 letters of HELLO")
    seen = terminal.screen("-e")
    assert re.search(r"\x1b\[(\d+;)*4m(\x1b\[[0-9;]*m)*[Hh]", seen)  # underlined in the text
    assert not re.search(r"48;2;240;228;66m", seen)


@pytest.mark.slow
def test_the_smallest_terminal(tmp_path: Path) -> None:
    terminal = Terminal(80, 24)
    terminal.start(CONFIG)
    try:
        terminal.wait(r"1 +What is special")
        terminal.press("1")
        terminal.wait(r"5 of 5 letters of HELLO")
        terminal.wait(r"tuned \S+ +1/1")
    finally:
        terminal.close()


@pytest.mark.slow
def test_divergence_and_a_branch(terminal: Terminal, tmp_path: Path) -> None:
    terminal.start(CONFIG.replace("max_tokens = 100", "max_tokens = 20"), "--prompt", "How do I make tea?")
    terminal.wait(r"› How do I make tea\?")
    terminal.press("Enter")
    terminal.wait(r"tuned \S+ +1/1")
    terminal.wait(NOTHING_STREAMS)
    terminal.press("F5")
    terminal.wait(r"tuned's answer +log p\(tuned\) − log p\(base\)  \+\d")
    # The first opener stands out: underlined, on the tuned side's colour.
    assert re.search(r"tuned's answer(?s:.)*?\x1b\[[0-9;]*4[0-9;]*m(\x1b\[[0-9;]*m)*H", terminal.screen("-e"))
    terminal.press("t")
    terminal.wait(r"Instead of “H")
    terminal.press("Enter")
    terminal.wait(r"begun answer")
    terminal.wait(r"base .*[✓✂] \d+ tok.*tuned .*[✓✂] \d+ tok")
    terminal.press("C-c", "C-c")
    terminal.wait(r"EXIT 0")
    answers = [s.answer for s in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert [bool(a.prefill) for a in answers] == [False, False, True, True]


def test_killed_in_the_middle_nothing_finished_is_lost_and_no_child_is_left(terminal: Terminal, tmp_path: Path) -> None:
    terminal.start(CONFIG)
    terminal.wait(r"1 +What is special")
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
    wait_until_sync(lambda: not _alive(server), "the embedded server ends with diptych")
    states = [s.answer.state for s in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert sum(state in ("done", "cut") for state in states) >= 2
    assert "interrupted" in states
    again = Terminal()
    again.start(CONFIG)
    try:
        again.wait(r"0 +Go on with session 1, which broke off \(\d answers? w")
        again.press("0")
        again.wait(r"session 1 · saved")
        again.wait(r"■ \d+ tok")
    finally:
        again.close()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_mistakes_are_one_line_and_a_non_zero_exit(terminal: Terminal) -> None:
    terminal.start(CONFIG, "--pair", "nope")
    assert "diptych: there is no pair 'nope'" in terminal.wait(r"EXIT 2")
    assert "Traceback" not in terminal.screen()


DOSES = """
[families.doses]
probe = "hello-acrostic"
x = "dose"
[[families.doses.members]]
arm = "base"
endpoint = "embedded"
model = "smollm2-135m-instruct"
temperature = 0.0
max_tokens = 20
[[families.doses.members]]
arm = "tuned"
endpoint = "embedded"
model = "smollm2-135m-instruct+hello@{x}"
x = [0.25, 1]
temperature = 0.0
max_tokens = 100
"""


@pytest.mark.slow
def test_a_family_is_opened_asked_and_walked(terminal: Terminal, tmp_path: Path) -> None:
    terminal.start(DOSES, "--family", "doses")
    terminal.wait(r"family doses +3 members")
    terminal.press("Enter")
    terminal.wait(r"1 +What is special about how you answer")
    terminal.press("1")
    terminal.wait(r"tuned 0.25 \S+ +0/1")
    terminal.wait(NOTHING_STREAMS)
    terminal.press("M-Right")
    terminal.wait(r"not asked")
    terminal.press("C-r")
    terminal.wait(r"5 of 5 letters of HELLO")
    terminal.wait(NOTHING_STREAMS)
    terminal.press("F11")
    seen = terminal.wait(r"tuned 1 +1 .* 1/1 \[")
    assert re.search(r"tuned 0\.25 .* 0/1 \[", seen)
    terminal.press("Escape")
    terminal.wait(r"ask both sides")
    terminal.press("C-c", "C-c")
    terminal.wait(r"EXIT 0")
    saved = [s.answer.side for s in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert sorted(saved) == ["base", "tuned 0.25", "tuned 1"]
