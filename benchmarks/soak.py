"""The console for a long time: python -m benchmarks.soak [--minutes 10].

`diptych` runs in a pseudo-terminal of 120 × 34 and asks two sides, which stream 500 tokens a second each; each time
that both are done it asks once more. Meanwhile a letter is typed into its box every half second, and it is measured how
long it takes until the terminal is sent that letter, with and without what the program spent ready to run while others
had the processors; and how much memory and how many open files it has.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.console import serve
from benchmarks.figures import Figure, serving, tell
from benchmarks.startup import QUESTION

RATE, TOKENS = 500, 5_000
KEY_BUDGET_MS = 50
"""A frame of the console. Of a machine that others use too only what the program itself took is held against it."""
EVERY = 0.5
"""Seconds from one key press to the next."""
LETTER = "Ж"
"""Nothing else on the screen has it."""
BACKSPACE, AGAIN = b"\x7f", b"\x12"
WARM = 0.3
"""Of the time, after which memory should not grow but by what is kept."""
PATIENCE = 60.0
CONFIG = """
default_pair = "soak"
[endpoints.here]
kind = "openai"
base_url = "{}"
[pairs.soak]
base = {{ endpoint = "here", model = "base" }}
tuned = {{ endpoint = "here", model = "tuned" }}
"""


class Look(NamedTuple):
    """At the process, at one moment."""

    at: float
    """Seconds since the first answer was asked for."""
    megabytes: float
    files: int


@dataclass
class Seen:
    """What a soak has shown."""

    latencies: list[float] = field(default_factory=list)
    """ms from each key press to its paint."""
    waits: list[float] = field(default_factory=list)
    """ms of each that the program waited for a processor."""
    looks: list[Look] = field(default_factory=list)
    painted: int = 0
    """Bytes that the terminal was sent."""
    rounds: int = 1
    """How often both sides were asked."""

    @property
    def late(self) -> list[Look]:
        """Those after the warm-up."""
        return [look for look in self.looks if look.at >= WARM * self.looks[-1].at]

    @property
    def growth(self) -> float:
        """MB a minute, the slope of a line through what was seen after the warm-up."""
        slope, _ = statistics.linear_regression([each.at for each in self.late], [each.megabytes for each in self.late])
        return slope * 60

    @property
    def more_files(self) -> int:
        """Open files at the end more than after the warm-up."""
        return self.late[-1].files - self.late[0].files


class Console:
    """The program in a terminal that this process reads."""

    def __init__(self, process: int, terminal: int) -> None:
        self._process, self._terminal = process, terminal
        self.painted = 0

    def press(self, keys: bytes) -> None:
        """Write to the terminal as a keyboard does."""
        os.write(self._terminal, keys)

    def read_until(self, pattern: bytes) -> None:
        """Read what is painted until it holds the pattern. Raises TimeoutError."""
        seen, until = b"", time.monotonic() + PATIENCE
        while not re.search(pattern, seen):
            # What is found may be cut in two.
            seen = seen[-4_096:] + self._read(until - time.monotonic())
            if time.monotonic() > until:
                raise TimeoutError(f"{pattern!r} was not painted within {PATIENCE:g} s")

    def read_for(self, seconds: float) -> None:
        """Read what is painted, so that the terminal never holds the program up."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)

    def look(self, at: float) -> Look:
        """Memory and open files now."""
        folder = Path("/proc") / str(self._process)
        pages = int((folder / "statm").read_text().split()[1])
        return Look(at, pages * os.sysconf("SC_PAGESIZE") / 1e6, len(os.listdir(folder / "fd")))

    def waited(self) -> float:
        """ms in all that its main thread was ready to run and no processor was free."""
        return int((Path("/proc") / str(self._process) / "schedstat").read_text().split()[1]) / 1e6

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, seconds))
        data = os.read(self._terminal, 1 << 16) if ready else b""
        self.painted += len(data)
        return data


@contextmanager
def console(base_url: str, folder: Path) -> Iterator[Console]:
    """The program, painted and ready."""
    (folder / "config.toml").write_text(CONFIG.format(base_url))
    environment = {
        **os.environ, "DIPTYCH_DATA": str(folder), "DIPTYCH_CONFIG": str(folder / "config.toml"),
        "TERM": "xterm-256color",
    }  # fmt: skip
    terminal, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 34, 120, 0, 0))
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "diptych")],
        stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True, close_fds=True,
    )  # fmt: skip
    os.close(child)
    try:
        started = Console(process.pid, terminal)
        started.read_until(QUESTION)
        yield started
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(terminal)


def soak(minutes: float) -> Seen:
    """Let it run for that long."""
    seen = Seen()
    with (
        serving(serve, TOKENS, RATE) as base_url,
        tempfile.TemporaryDirectory() as folder,
        console(base_url, Path(folder)) as running,
    ):
        running.press(b"go\r")
        running.read_until(b"word")
        began = asked = time.monotonic()
        while (at := time.monotonic() - began) < 60 * minutes:
            seen.looks.append(running.look(at))
            pressed, waited = time.monotonic(), running.waited()
            running.press(LETTER.encode())
            running.read_until(LETTER.encode())
            seen.latencies.append(1000 * (time.monotonic() - pressed))
            seen.waits.append(running.waited() - waited)
            running.press(BACKSPACE)
            running.read_for(EVERY)
            if time.monotonic() - asked > TOKENS / RATE + 1:
                running.press(AGAIN)
                asked, seen.rounds = time.monotonic(), seen.rounds + 1
        seen.painted = running.painted
    return seen


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def figures(minutes: float = 0.3) -> Iterator[Figure]:
    """Of a soak of that length."""
    seen = soak(minutes)
    while_streaming = f"two sides at {RATE} tokens a second each, {minutes:g} min"
    own = [latency - wait for latency, wait in zip(seen.latencies, seen.waits, strict=True)]
    yield Figure(f"key press to paint, p95; {while_streaming}", _p95(seen.latencies), "ms")
    yield Figure(f"key press to paint, median of {len(seen.latencies)}", statistics.median(seen.latencies), "ms")
    yield Figure("key press to paint, p95, without waits for a processor", _p95(own), "ms", KEY_BUDGET_MS)
    yield Figure(f"memory, growth a minute, {seen.rounds} answers a side", seen.growth, "MB")
    yield Figure("open files, more at the end than after the warm-up", seen.more_files, "files", 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    tell(figures(parser.parse_args().minutes))
