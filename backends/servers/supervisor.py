"""A process between diptych and a server that it starts: it ends the server, whole, when diptych is gone.

Started as `python -P -m diptych.backends.servers.supervisor`. One line of JSON on standard input says what to run. The
server's output goes to standard error; its process group is written to standard output. Standard input stays open as
long as diptych lives: when it closes, however diptych ended, every process of the server is ended and this one too.
A server that ends by itself takes whatever it left behind with it, and its exit status is passed on. When this process
is asked to end, it does the same as for its parent; when it is killed, the system asks the server to end (Linux).
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
_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 100
"""Of killing what is still there, each a hundredth of a second after the one before."""


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
            preexec_fn=_end_with_supervisor,
        )
    except OSError as error:
        print(f"cannot start {settings.command[0]}: {error.strerror}", file=sys.stderr, flush=True)
        sys.exit(127)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=_end, args=(server.pid,)).start())
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    threading.Thread(target=_end_with_parent, args=(server.pid,), daemon=True).start()
    status = server.wait()
    # The engine and its workers outlive a server process that was killed.
    _kill_all(server.pid)
    os._exit(status if status >= 0 else 128 - status)


def _end_with_parent(group: int) -> None:
    sys.stdin.buffer.read()
    _end(group)


def _end(group: int) -> None:
    """Ask the server to end, and make it."""
    _kill(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and _left(group):
        time.sleep(0.05)
    _kill_all(group)
    os._exit(0)


def _kill_all(group: int) -> None:
    """Kill until nothing is left: what is killed may just have started something."""
    for _ in range(_ROUNDS):
        _kill(group, signal.SIGKILL)
        if not _left(group):
            return
        time.sleep(0.01)


def _kill(group: int, number: signal.Signals) -> None:
    """Signal the server's process group, and children that left it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
    for pid in _descendants():
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _left(group: int) -> bool:
    """Whether anything of the server lives."""
    if _LINUX:
        return bool(_descendants())
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _descendants() -> list[int]:
    """All living processes below this one, where the system tells them (Linux)."""
    below: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        children = Path(f"/proc/{waiting.pop()}/task")
        for task in children.iterdir() if children.exists() else ():
            with suppress(OSError):
                found = [int(pid) for pid in (task / "children").read_text().split()]
                below += [pid for pid in found if _lives(pid)]
                waiting += found
    return below


def _lives(pid: int) -> bool:
    """Whether it is there, and no mere entry that waits to be read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _adopt_orphans() -> None:
    """Processes whose parent dies become children of this one, so that none gets lost (Linux)."""
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_with_supervisor() -> None:
    """In the server, before it runs: be asked to end when this process is gone (Linux)."""
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == "__main__":
    main()
