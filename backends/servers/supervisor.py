"""A process between diptych and a server that it starts: it ends the server, whole, when diptych is gone.

Started as `python -P -m backends.servers.supervisor`. One line of JSON on standard input says what to run. The
server's output goes to standard error; its process group is written to standard output. Standard input stays open as
long as diptych lives: when it closes, however diptych ended, every process of the server is ended and this one too.
A server that ends by itself takes whatever it left behind with it, and its exit status is passed on.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import msgspec

GRACE_SECONDS = 5.0
"""Between the request to end and the end."""
_PR_SET_CHILD_SUBREAPER = 36


class Settings(msgspec.Struct, frozen=True):
    """What the parent says on standard input."""

    command: tuple[str, ...]
    environment: dict[str, str]
    """Laid over the environment of this process."""


def main() -> None:
    """Run and watch."""
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=Settings)
    _adopt_orphans()
    try:
        server = subprocess.Popen(
            settings.command,
            env={**os.environ, **settings.environment},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            stderr=sys.stderr,
            start_new_session=True,
        )
    except OSError as error:
        print(f"cannot start {settings.command[0]}: {error.strerror}", file=sys.stderr, flush=True)
        sys.exit(127)
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    threading.Thread(target=_end_with_parent, args=(server.pid,), daemon=True).start()
    status = server.wait()
    # The engine and its workers outlive a server process that was killed.
    _kill(server.pid, signal.SIGKILL)
    os._exit(status if status >= 0 else 128 - status)


def _end_with_parent(group: int) -> None:
    sys.stdin.buffer.read()
    _kill(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and _members(group):
        time.sleep(0.05)
    _kill(group, signal.SIGKILL)
    os._exit(0)


def _kill(group: int, number: signal.Signals) -> None:
    """Signal the server's process group, and children that left it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
    for pid in _descendants():
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return bool(_descendants())
    return True


def _descendants() -> list[int]:
    """All processes below this one, where the system tells them (Linux)."""
    below: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        children = Path(f"/proc/{waiting.pop()}/task")
        for task in children.iterdir() if children.exists() else ():
            with suppress(OSError):
                found = [int(pid) for pid in (task / "children").read_text().split()]
                below += found
                waiting += found
    return below


def _adopt_orphans() -> None:
    """Processes whose parent dies become children of this one, so that none gets lost (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
