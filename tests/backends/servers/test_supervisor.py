"""A supervised server, played by small programs: whatever ends, nothing of it is left."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from diptych.backends.servers.child_process import ChildProcess
from diptych.backends.servers.supervisor import Settings
from tests.waiting import wait_until

MARK = "DIPTYCH_SUPERVISED"
# A server with a child in its group, one in a session of its own, and an orphan that nobody knows any more.
FAMILY = """
import subprocess, sys, time
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleeper)
subprocess.Popen(sleeper, start_new_session=True)
orphan = "import subprocess, sys; subprocess.Popen(%r, start_new_session=True)" % sleeper
subprocess.run([sys.executable, "-c", orphan])
print("up", file=sys.stderr, flush=True)
time.sleep(600)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + FAMILY
# What diptych is to the supervisor: a process that may die at any time.
PARENT = """
import asyncio, sys
from diptych.backends.servers.child_process import ChildProcess
from diptych.backends.servers.supervisor import Settings

async def main():
    child = ChildProcess("diptych.backends.servers.supervisor")
    await child.start(Settings((sys.executable, "-c", sys.argv[1]), {sys.argv[2]: sys.argv[3]}))
    while "up" not in child.log:
        await asyncio.sleep(0.01)
    print("up", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


class Server:
    """A program under supervision, and all processes that come of it."""

    def __init__(self) -> None:
        self.child = ChildProcess("diptych.backends.servers.supervisor")
        self.mark = uuid.uuid4().hex

    async def start(self, program: str, *, up: bool = True) -> int:
        """Its process group, once it says that it is up."""
        settings = Settings((sys.executable, "-c", program), {MARK: self.mark})
        group = int(await self.child.start(settings))
        await wait_until(lambda: not up or "up" in self.child.log)
        return group

    def left(self) -> list[int]:
        return [int(p.parent.name) for p in Path("/proc").glob("[0-9]*/environ") if self._marked(p)]

    async def gone(self, within: float = 10.0) -> bool:
        """Whether nothing is left, or is so in time."""
        try:
            await wait_until(lambda: not self.left(), seconds=within)
        except TimeoutError:
            return False
        return True

    def _marked(self, environ: Path) -> bool:
        try:
            return f"{MARK}={self.mark}".encode() in environ.read_bytes()
        except OSError:
            return False


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    yield server
    await server.child.end()
    for pid in server.left():
        os.kill(pid, signal.SIGKILL)


async def test_closed_nothing_is_left(server: Server) -> None:
    await server.start(FAMILY)
    assert len(server.left()) == 4
    await server.child.end(grace=10)
    assert server.left() == []


async def test_one_that_does_not_want_to_end(server: Server) -> None:
    await server.start(STUBBORN)
    await server.child.end(grace=10)
    assert server.left() == []


async def test_a_killed_parent(server: Server) -> None:
    command = [sys.executable, "-P", "-c", PARENT, FAMILY, MARK, server.mark]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert await asyncio.to_thread(parent.stdout.readline) == b"up\n"
    assert len(server.left()) == 4
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert await server.gone()


@pytest.mark.parametrize(
    ("last", "status"), [("sys.exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 128 + signal.SIGKILL)]
)
async def test_a_server_that_ends_takes_its_own_with_it(server: Server, last: str, status: int) -> None:
    await server.start(FAMILY.removesuffix("time.sleep(600)\n") + last)
    assert await server.child.ended(within=10)
    assert server.child.exit_status == status
    assert server.left() == []


async def test_a_server_that_is_killed(server: Server) -> None:
    group = await server.start(FAMILY)
    os.kill(group, signal.SIGKILL)
    assert await server.child.ended(within=10)
    assert server.child.exit_status == 128 + signal.SIGKILL
    assert server.left() == []


async def test_a_supervisor_that_is_asked_to_end(server: Server) -> None:
    await server.start(FAMILY)
    os.kill(server.child.pid or 0, signal.SIGTERM)
    assert await server.child.ended(within=10)
    assert server.left() == []


async def test_a_supervisor_that_is_killed(server: Server) -> None:
    """The server is asked to end; what it leaves holds the pipe of the log, and nobody waits for that."""
    group = await server.start(FAMILY)
    os.kill(server.child.pid or 0, signal.SIGKILL)
    assert await server.child.ended(within=10)
    assert server.child.exit_status == -signal.SIGKILL
    async with asyncio.timeout(10):
        await server.child.end(grace=5)
        await wait_until(lambda: group not in server.left())


async def test_an_interpreter_that_is_not_there(server: Server) -> None:
    assert await server.child.start(Settings(("/no/such/python", "-c", ""), {})) == b""
    assert server.child.exit_status == 127
    assert list(server.child.log) == ["cannot start /no/such/python: No such file or directory"]


async def test_the_log_holds_both_outputs_and_the_lines_of_progress_bars(server: Server) -> None:
    program = 'import sys; print("out", flush=True); sys.stderr.write("10%\\r20%\\n\\nlast"); sys.exit(1)'
    await server.start(program, up=False)
    assert await server.child.ended(within=10)
    await server.child.end()
    assert list(server.child.log) == ["out", "10%", "20%", "last"]
