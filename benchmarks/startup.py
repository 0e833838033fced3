"""Time to the first painted screen: python -m benchmarks.startup.

Starts `diptych` in a pseudo-terminal and waits for the first row of its screen; the peer is the smallest Textual app,
started in the same way, which no Textual program can undercut. Both are warm: their bytecode is on disk, as that of
installed programs is.
"""

import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, tell

ROUNDS = 7
MOST_TIMES = 2.0
"""Of the time that the smallest Textual app takes."""
QUESTION = rb"s?k both sides"
"""The first row that stands on the screen."""
SMALLEST = "from textual.app import App\nfrom textual.widgets import Label\n\nclass A(App):\n    def compose(self):\n        yield Label('painted')\n\nA().run()"  # noqa: E501


def first_paint(command: list[str], pattern: bytes, folder: str) -> float:
    """Seconds from the start of the process until `pattern` is written to the terminal."""
    main, child = pty.openpty()
    environment = {
        **os.environ, "DIPTYCH_DATA": folder, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "34",
        "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
    }  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True, close_fds=True
    )
    os.close(child)
    seen = b""
    while not re.search(pattern, seen):
        ready, _, _ = select.select([main], [], [], 20)
        assert ready, "nothing was painted"
        seen += os.read(main, 65536)
    elapsed = time.perf_counter() - began
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    os.close(main)
    return elapsed


def figures() -> Iterator[Figure]:
    """The medians of the rounds."""
    diptych, smallest = [str(Path(sys.executable).parent / "diptych")], [sys.executable, "-c", SMALLEST]
    with tempfile.TemporaryDirectory() as folder:
        first_paint(diptych, QUESTION, folder)
        first_paint(smallest, b"painted", folder)
        rounds = [
            (first_paint(diptych, QUESTION, folder), first_paint(smallest, b"painted", folder)) for _ in range(ROUNDS)
        ]
    mine, peer = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(b / a for a, b in rounds)
    yield Figure(
        "first paint of a warm start", mine, "s", peer="the smallest Textual app", peer_value=peer,
        most_times=MOST_TIMES, measured_ratio=ratio,
    )  # fmt: skip


if __name__ == "__main__":
    tell(figures())
