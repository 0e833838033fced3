"""A child process that ends by itself."""

import asyncio

import msgspec
import pytest

from diptych.backends.servers import child_process
from diptych.backends.servers.child_process import ChildProcess


class Nothing(msgspec.Struct):
    """No settings."""


async def test_a_child_that_ends_while_it_is_being_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    child = ChildProcess("diptych.no_such_module")
    assert await child.start(Nothing()) == b""
    exited, times = child_process._exit, []

    async def noticed_late(process: asyncio.subprocess.Process) -> None:
        times.append(process)
        await (exited(process) if len(times) > 1 else asyncio.Event().wait())

    monkeypatch.setattr(child_process, "_exit", noticed_late)
    await child.end()
    assert len(times) == 2
    assert not child.running
