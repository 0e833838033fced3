"""The console, in a real terminal, with a vLLM server that it starts and ends."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from diptych.sessions import Store
from tests.end_to_end.terminal import Terminal
from tests.vllm import environment
from tests.vllm.conftest import ARGS
from tests.vllm.processes import marked, none_left

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


def group_of_server(mark: str) -> int:
    """The process group of the vLLM server that the console with this mark has started."""
    servers = [pid for pid in marked(mark.encode()) if b"api_server" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return os.getpgid(servers[0])


def test_from_the_boot_to_the_end(terminal: Terminal, tmp_path: Path) -> None:
    mark = f"vllm-console-{os.getpid()}"
    terminal.start(config(), **{MARK: mark})
    terminal.wait(r"base +base +· vLLM: (starting · [1-9]|loading)", 60)
    group = group_of_server(mark)
    terminal.press("Escape")
    terminal.wait(r"(?s)\A(?!.*enter ask)")
    terminal.type("l")
    terminal.wait(r"Server log of base(?s:.)*INFO", 60)
    terminal.press("Escape")
    terminal.wait(r"vLLM \d+ tok/s · 0 running · 0 waiting · cache \d+ %", 180)
    terminal.press("1")
    terminal.wait(r"5 of 5 letters of HELLO", 120)
    terminal.wait(r"tuned \S+ +1/1")
    terminal.press("F5")
    terminal.wait(r"tuned's answer +log p\(tuned\) − log p\(base\)  \+\d", 120)
    terminal.press("Escape")
    terminal.wait(r"ask both sides")
    terminal.press("F11")
    terminal.wait(r"hello · adapter of")
    terminal.press("Tab")
    terminal.wait(r"enter: load this adapter")
    terminal.type(f"other {environment.model('hello')}")
    terminal.press("Enter")
    terminal.wait(r"✓ other is loaded", 60)
    terminal.press("Escape")
    terminal.wait(r"(?s)\A(?!.*Models of)")
    terminal.press("C-c", "C-c")
    terminal.wait(r"EXIT 0", 30)
    assert asyncio.run(none_left(group, mark.encode()))
    answers = [s.answer for s in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert {(a.side, a.model) for a in answers} == {("base", "base"), ("tuned", "hello")}


def test_killed_while_the_server_boots(terminal: Terminal) -> None:
    mark = f"vllm-killed-{os.getpid()}"
    terminal.start(config(), **{MARK: mark})
    terminal.wait(r"base +base +· vLLM: (starting · [1-9]|loading)", 60)
    group = group_of_server(mark)
    os.kill(terminal.pid(), signal.SIGKILL)
    terminal.wait(r"EXIT 137")
    assert asyncio.run(none_left(group, mark.encode()))
