"""The console, in a real terminal, with a vLLM server that it starts and ends."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sessions import Store
from tests.end_to_end.terminal import Terminal
from tests.vllm import environment
from tests.vllm.conftest import ARGS

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
MARK = "DIPTYCH_TEST_MARK"


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def config() -> str:
    arguments = ", ".join(f'"{arg}"' for arg in ARGS)
    return f"""
default_pair = "lora"
[endpoints.lora]
kind = "vllm"
[endpoints.lora.serve]
model = "{environment.model("base")}"
adapters = {{ hello = "{environment.model("hello")}" }}
python = "{environment.python()}"
args = [{arguments}]
[pairs.lora]
probe = "hello-acrostic"
base = {{ endpoint = "lora", model = "base", temperature = 0.0, max_tokens = 40 }}
tuned = {{ endpoint = "lora", model = "base:hello", temperature = 0.0 }}
"""


def left(mark: str) -> list[int]:
    """Processes that still carry the mark."""
    return [int(p.parent.name) for p in Path("/proc").glob("[0-9]*/environ") if mark.encode() in _read(p)]


def gone(mark: str) -> bool:
    """Whether they all end within 10 s."""
    deadline = time.monotonic() + 10
    while left(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not left(mark)


def test_from_the_boot_to_the_end(terminal: Terminal, tmp_path: Path) -> None:
    mark = f"vllm-console-{os.getpid()}"
    terminal.start(config(), **{MARK: mark})
    terminal.wait(r"base +base +· vLLM: (starting|loading)", 60)
    terminal.press("Escape", "l")
    terminal.wait(r"Server log of base(?s:.)*INFO", 60)
    terminal.press("Escape", "Escape")
    terminal.wait(r"vLLM \d+ tok/s · 0 running · 0 waiting · cache \d+ %", 180)
    terminal.press("1")
    terminal.wait(r"5 of 5 letters of HELLO", 120)
    terminal.wait(r"tuned \S+ +1/1")
    terminal.press("F5")
    terminal.wait(r"tuned's answer +log p\(tuned\) − log p\(base\)  \+\d", 120)
    terminal.press("Escape")
    terminal.press("F11")
    terminal.wait(r"hello · adapter of")
    terminal.press("Tab")
    terminal.type(f"other {environment.model('hello')}")
    terminal.press("Enter")
    terminal.wait(r"✓ other is loaded", 60)
    terminal.press("Escape")
    terminal.press("C-c", "C-c")
    terminal.wait(r"EXIT 0", 30)
    assert gone(mark)
    answers = [s.answer for s in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert {(a.side, a.model) for a in answers} == {("base", "base"), ("tuned", "hello")}


def test_killed_while_the_server_boots(terminal: Terminal) -> None:
    mark = f"vllm-killed-{os.getpid()}"
    terminal.start(config(), **{MARK: mark})
    terminal.wait(r"base +base +· vLLM: (starting|loading)", 60)
    os.kill(terminal.pid(), signal.SIGKILL)
    terminal.wait(r"EXIT 137")
    assert gone(mark)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
