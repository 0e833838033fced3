"""`diptych --record`: what was on the terminal can be played again."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from diptych.tui import Cast
from tests.end_to_end.terminal import DIPTYCH, Terminal
from tests.end_to_end.test_web import CONFIG, NOWHERE
from tests.openai_server import Exchange, answering, serve
from tests.tui.app import BASE, TUNED

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal(100, 30)
    yield terminal
    terminal.close()


@pytest.fixture
async def config() -> AsyncIterator[str]:
    async def reply(exchange: Exchange) -> None:
        await answering(TUNED if exchange.body["model"] == "tuned" else BASE)(exchange)

    async with serve(reply) as server:
        yield CONFIG.format(url=server.base_url)


def events(path: Path) -> tuple[dict[str, Any], list[tuple[float, str, str]]]:
    """The head and the events; every line must be whole."""
    head, *lines = path.read_text("utf-8").splitlines()
    return json.loads(head), [tuple(json.loads(line)) for line in lines]


def replayed(output: str, folder: Path, width: int, height: int) -> str:
    """The screen of a terminal that is sent this."""
    (folder / "bytes").write_text(output, encoding="utf-8", newline="")
    again = Terminal(width, height)
    try:
        again.show(f"cat {shlex.quote(str(folder / 'bytes'))}; exec sleep 1000")
        return again.wait("to leave")
    finally:
        again.close()


async def test_a_recording_shows_what_was_on_the_terminal(terminal: Terminal, config: str, tmp_path: Path) -> None:
    cast = tmp_path / "run.cast"

    def use() -> str:
        terminal.start(config, "--record", str(cast))
        terminal.wait("1 +What is special")
        terminal.press("1")
        terminal.wait("5 of 5 letters of HELLO")
        terminal.resize(110, 32)
        terminal.wait(r"(?m)^.{80,95}session 1")
        terminal.press("Escape")
        terminal.wait(r"(?s)\A(?!.*enter ask)")
        terminal.press("y")
        terminal.wait("Copied base's answer")
        terminal.wait(r"(?s)\A(?!.*Copied base)")
        terminal.press("C-c")
        seen = terminal.wait("ctrl.c once more to leave")
        terminal.press("C-c")
        terminal.wait("EXIT 0")
        return seen

    seen = await asyncio.to_thread(use)
    head, came = events(cast)
    assert (head["version"], head["width"], head["height"]) == (2, 100, 30)
    assert stat.S_IMODE(cast.stat().st_mode) == 0o600
    assert [time for time, _, _ in came] == sorted(time for time, _, _ in came)
    assert [data for _, kind, data in came if kind == "r"] == ["110x32"]
    assert {kind for _, kind, _ in came} == {"o", "r"}
    output = "".join(data for _, kind, data in came if kind == "o")
    assert "\x1b]52;" not in output
    inside, end, _ = output.partition("\x1b[?1049l")
    assert end
    again = await asyncio.to_thread(replayed, inside, tmp_path, 110, 32)
    assert "".join(re.findall(r"│ ([HELO])   \S", again)) == "HELLO"
    assert again.splitlines()[:-4] == seen.splitlines()[:-4]


@pytest.mark.slow
async def test_a_recording_that_is_cut_off_is_one(terminal: Terminal, config: str, tmp_path: Path) -> None:
    cast = tmp_path / "run.cast"

    def use() -> None:
        terminal.start(config, "--record", str(cast))
        terminal.wait("1 +What is special")
        terminal.press("1")
        terminal.wait("5 of 5 letters of HELLO")
        os.kill(terminal.pid(), signal.SIGKILL)
        terminal.wait("EXIT 137")

    await asyncio.to_thread(use)
    assert "Even a long" in re.sub(r"\x1b\[[0-9;]*m", "", "".join(data for _, _, data in events(cast)[1]))


def test_what_cannot_be_recorded_is_one_line(terminal: Terminal, tmp_path: Path) -> None:
    cast = tmp_path / "run.cast"
    cast.write_text("mine")
    terminal.start(CONFIG.format(url=NOWHERE), "--record", str(cast))
    # Where the line breaks depends on how long the folder's name is.
    said = "".join(terminal.wait("EXIT 2").split())
    assert "already exists; record into a new file".replace(" ", "") in said
    assert cast.read_text() == "mine"
    done = subprocess.run([DIPTYCH, "--record", "x", "probes", "list"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "diptych: --record works only for the console, not for probes\n")


def test_a_full_disk_ends_the_recording_and_is_told_once(tmp_path: Path) -> None:
    cast = Cast(tmp_path / "run.cast")
    (written,) = (fd for fd in Path("/proc/self/fd").iterdir() if fd.resolve() == tmp_path / "run.cast")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, int(written.name))
    os.close(full)
    told: list[str] = []
    cast.failed = told.append
    cast.output("one")
    cast.output("two")
    cast.resize(1, 1)
    assert told == ["No space left on device"]
