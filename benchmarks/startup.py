"""Time to the first painted screen: python -m benchmarks.startup.

Starts `diptych` in a pseudo-terminal and waits for the first row of its screen; the peer is the smallest Textual app,
started in the same way, which no Textual program can undercut.
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
from pathlib import Path

ROUNDS = 7
BUDGET = 0.5
SMALLEST = "from textual.app import App\nfrom textual.widgets import Label\n\nclass A(App):\n    def compose(self):\n        yield Label('painted')\n\nA().run()"  # noqa: E501


def first_paint(command: list[str], pattern: bytes, folder: str) -> float:
    """Seconds from the start of the process until `pattern` is written to the terminal."""
    main, child = pty.openpty()
    environment = {**os.environ, "DIPTYCH_DATA": folder, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "34"}
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


def main() -> None:
    """Measure in turn and print."""
    diptych = [str(Path(sys.executable).parent / "diptych")]
    smallest = [sys.executable, "-c", SMALLEST]
    with tempfile.TemporaryDirectory() as folder:
        first_paint(diptych, b"ask both sides|sk both sides", folder)
        pairs = [
            (first_paint(diptych, b"ask both sides|sk both sides", folder), first_paint(smallest, b"painted", folder))
            for _ in range(ROUNDS)
        ]
    mine, peer = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"first paint of a warm start, median of {ROUNDS}")
    print(f"  diptych                 {mine:.2f} s   budget {BUDGET} s")
    print(f"  the smallest Textual app {peer:.2f} s   diptych takes {ratio:.2f} times as long")


if __name__ == "__main__":
    main()
