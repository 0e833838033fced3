"""From one session to another in a real terminal."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from diptych.sessions import Session, Store
from diptych.sessions.imports.incoming_session import IncomingSession, save_session
from tests.end_to_end.terminal import Terminal
from tests.sessions.stored import SIDES, answer

# Nobody answers there, and nothing is asked.
CONFIG = """
default_pair = "here"
[endpoints.nowhere]
kind = "openai"
base_url = "http://127.0.0.1:9/v1"
[pairs.here]
base = { endpoint = "nowhere", model = "plain-model" }
tuned = { endpoint = "nowhere", model = "special-model" }
"""
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def kept(title: str, pair: str, text: str) -> None:
    store = Path(os.environ["DIPTYCH_DATA"], "sessions.db")
    session = Session(0, title, "2026-11-25T10:00:00+00:00", pair, "hello-acrostic", SIDES)
    save_session(IncomingSession(session, ((answer(side, text=text), ()) for side in SIDES)), store)


def test_another_session_is_opened_and_one_that_cannot_be_is_played_again(terminal: Terminal, tmp_path: Path) -> None:
    kept("First", "here", "Said in the first.")
    kept("Second", "here", "Said in the second.")
    kept("Third", "elsewhere", "Said in the third.")
    terminal.start(CONFIG, "--session", "1")
    terminal.wait("Said in the first")
    terminal.press("F6")
    terminal.wait("3 of 3")
    terminal.press("/")
    # The keys of the search, and no longer those of the list.
    terminal.wait(r"(?m)^ *f1 help .*esc back")
    terminal.type("second")
    terminal.wait("1 of 3")
    terminal.press("Enter")
    terminal.wait("enter open")
    terminal.press("Enter")
    terminal.wait("session 2 · saved")
    terminal.press("F6")
    terminal.wait("enter open")
    terminal.press("Enter")
    terminal.wait(r"(?s)session 3 is replayed: the pair 'elsewhere' .*config")
    terminal.wait("replay of session 3")
    terminal.wait("Said in the third")
    terminal.press("q")
    terminal.wait("session 2 · saved")
    terminal.press("C-c")
    terminal.press("C-c")
    terminal.wait("EXIT 0")
    assert len(Store(tmp_path / "data" / "sessions.db").sessions()) == 3
