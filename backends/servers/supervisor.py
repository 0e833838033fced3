"""A process between diptych and a server that diptych starts. It ends the server, whole, when diptych is gone.

It is started as `python -P -m diptych.backends.servers.supervisor`. One line of JSON on standard input says what to
run. The server's output goes to standard error, and the number of its process group to standard output. Standard input
stays open as long as diptych lives. When it closes, for whatever reason, every process of the server is ended, and then
this one. When the server ends by itself, the processes that it leaves behind are killed, and its exit status is passed
on. When this process receives SIGTERM, it does the same as when diptych is gone. When this process is killed, the
system sends SIGTERM to the server (Linux only).
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import msgspec
import psutil

GRACE_SECONDS = 5.0
"""Time between SIGTERM and SIGKILL."""
_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_KILL_ROUNDS = 100
"""How often the remaining processes are killed, 0.01 s apart."""
_LOOK_SECONDS = 1.0
"""How often the process tree is read where orphans get lost."""


class Settings(msgspec.Struct, frozen=True):
    """What diptych writes on standard input."""

    command: tuple[str, ...]
    environment: dict[str, str]
    """Added to the environment of this process."""


class _ProcessTree:
    """The server's process group, and all processes that it has started, in whatever group they are.

    Linux makes orphans children of this process, so the tree below it is complete. Elsewhere an orphan is found only if
    the tree was read before its parent died.
    """

    def __init__(self, group: int) -> None:
        self._group = group
        self._known: set[psutil.Process] = set()
        self._lock = threading.Lock()

    def living(self) -> list[psutil.Process]:
        """All processes that are alive."""
        with self._lock:
            self._known.update(psutil.Process().children(recursive=True))
            self._known = {process for process in self._known if _is_alive(process)}
            return list(self._known)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to all of them."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._group, number)
        for process in self.living():
            with suppress(psutil.Error):
                process.send_signal(number)

    def kill(self) -> None:
        """Kill until none is left: a process may start another one just before it is killed."""
        for _ in range(_KILL_ROUNDS):
            self.send(signal.SIGKILL)
            if not self.living():
                return
            time.sleep(0.01)

    def end(self) -> None:
        """Ask all of them to end, kill those that do not, and end this process."""
        self.send(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and self.living():
            time.sleep(0.05)
        self.kill()
        os._exit(0)


def main() -> None:
    """Start the server and watch it."""
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
    tree = _ProcessTree(server.pid)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=tree.end).start())
    threading.Thread(target=_end_with_parent, args=(tree,), daemon=True).start()
    # Without a parent nobody reads the number, and the thread ends the server.
    with suppress(BrokenPipeError):
        print(server.pid, flush=True)
    status = _wait(server, tree)
    # The engine and its workers outlive a server process that was killed.
    tree.kill()
    os._exit(status if status >= 0 else 128 - status)


def _wait(server: subprocess.Popen[bytes], tree: _ProcessTree) -> int:
    """The server's exit status, once it has ended."""
    if _LINUX:
        return server.wait()
    while True:
        with suppress(subprocess.TimeoutExpired):
            return server.wait(_LOOK_SECONDS)
        tree.living()


def _end_with_parent(tree: _ProcessTree) -> None:
    sys.stdin.buffer.read()
    tree.end()


def _is_alive(process: psutil.Process) -> bool:
    """Whether it runs. A zombie does not: only its exit status is left."""
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _adopt_orphans() -> None:
    """Make processes whose parent dies children of this process, so that none gets lost (Linux only)."""
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_with_supervisor() -> None:
    """Runs in the server's process before the server: let the system send it SIGTERM when this process is gone (Linux
    only)."""
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == "__main__":
    main()
