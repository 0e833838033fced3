"""The `diptych` command as a process of its own, quickly: forked from one that has loaded it already.

A new interpreter and the official client take a second and more of a core for each command. tests/cli/test_start.py
starts the installed command itself.
"""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).parent.parent
LONGEST_SECONDS = 240.0
_LONGEST_REQUEST = 2**17
_LOADED = (
    "anyio._backends._asyncio", "diptych.backends.http_client", "diptych.backends.response_assembly",
    "diptych.cli.commands.pairs_check", "diptych.cli.commands.run_command", "diptych.cli.main",
    "diptych.compare.discovery.search", "h11", "httpcore2", "jiter", "numpy", "openai.lib.streaming.chat",
    "openai.resources.chat.chat", "openai.resources.completions", "openai.resources.models", "platformdirs",
    "truststore",
)  # fmt: skip
"""What most commands would load."""


class Result(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    """Negative where a signal has ended it, as subprocess has it."""
    out: str
    err: str


async def diptych(*arguments: str, environment: Mapping[str, str] | None = None) -> Result:
    """Run a command to its end, beside whatever runs here."""
    return await asyncio.to_thread(run, *arguments, environment=environment)


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> Result:
    """Run a command to its end."""
    request = {"arguments": arguments, "environment": dict(environment or os.environ), "folder": str(Path.cwd())}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            handed = [out.fileno(), err.fileno(), theirs.fileno()]
            socket.send_fds(_forker(), [json.dumps(request).encode()], handed)
            theirs.close()
            ours.settimeout(LONGEST_SECONDS)
            code = int(ours.recv(16))
        out.seek(0)
        err.seek(0)
        return Result(code, out.read().decode(), err.read().decode())


@cache
def _forker() -> socket.socket:
    """One for this process. It ends when nobody holds this socket any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "tests.commands"]
        subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ours


def _fork_for_each(requests: socket.socket) -> None:
    """Returns in the process of each command, ready to run it."""
    while True:
        request, (out, err, ended), _, _ = _received(requests)
        if os.fork() == 0:
            break
        for descriptor in (out, err, ended):
            os.close(descriptor)
    requests.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if (command := os.fork()) != 0:
        code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
        os.write(ended, str(code).encode())
        os._exit(0)
    os.close(ended)
    _become(json.loads(request), out, err)


def _received(requests: socket.socket) -> tuple[bytes, list[int], int, object]:
    request, handed, flags, address = socket.recv_fds(requests, _LONGEST_REQUEST, 3)
    if not request:
        os._exit(0)
    return request, handed, flags, address


def _become(request: dict[str, object], out: int, err: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
        os.close(source)
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    os.chdir(str(request["folder"]))
    sys.argv = ["diptych", *request["arguments"]]  # type: ignore[misc]


def main() -> None:
    """What runs in the process that is forked; in each fork it goes on as the command."""
    import diptych.backends.http_client
    import diptych.cli.commands.pairs_check
    import diptych.cli.commands.run_command  # noqa: F401
    from diptych.cli.main import entry

    # Nobody waits for those that wait for the commands.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _fork_for_each(socket.socket(fileno=os.dup(0)))
    try:
        entry()
    except SystemExit as end:
        _leave(end.code)
    _leave(None)


def _leave(code: object) -> NoReturn:
    """End as an interpreter does, but for the clearing away of every object, which would copy the memory first."""
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    main()
