"""A process of ours that lives as long as its standard input is open."""

import asyncio
import re
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

LOG_LINES = 400
_MAIN = "import importlib, sys; importlib.import_module(sys.argv[1]).main()"
_EXIT_POLL_SECONDS = 0.1
_LAST_WORDS_SECONDS = 1.0
"""How long the log of a process that is gone is still read: one that it started may hold the pipe open."""
_LINE_END = re.compile(rb"[\r\n]+")


class ChildProcess:
    """Started as a module of this program; what it is told goes in as lines of JSON, and a line comes back for each."""

    def __init__(self, module: str, worth_keeping: Callable[[str], bool] = bool) -> None:
        """`worth_keeping` says which lines of its log are kept."""
        self._module = module
        self._worth_keeping = worth_keeping
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        """The last lines that it wrote to standard error."""

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def exit_status(self) -> int | None:
        """How it ended, if it has; the number of a signal is negative."""
        return self._process.returncode if self._process is not None else None

    async def start(self, settings: msgspec.Struct) -> bytes:
        """Start it; returns its first line of output, or nothing when it ended before."""
        self.log.clear()
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            # Not -m, which loads twice a module that the package has loaded already, and warns of it in the log.
            *("-P", "-c", _MAIN, self._module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # A ctrl+c at the terminal is the console's to handle, not the child's.
            start_new_session=True,
        )
        assert process.stderr is not None
        self._reader = asyncio.create_task(self._read_log(process.stderr))
        return await self.ask(settings)

    async def ask(self, wanted: msgspec.Struct) -> bytes:
        """Send a line of JSON, one at a time; returns the line that it answers with, or nothing when it has ended."""
        process, reader = self._process, self._reader
        if process is None or process.stdin is None or process.stdout is None:
            return b""
        with suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(wanted) + b"\n")
        line = await process.stdout.readline()
        if not line and reader is not None:
            await _exit(process)
            await _finish(reader)
        return line

    async def ended(self, within: float) -> bool:
        """Whether it is gone, or is so within some seconds; one that was just killed needs a moment to be reaped."""
        if self._process is None:
            return True
        try:
            await asyncio.wait_for(_exit(self._process), within)
        except TimeoutError:
            return False
        return True

    async def end(self, grace: float = 0.0) -> None:
        """Close its standard input, and kill it when it has not ended within `grace` seconds."""
        process, reader = self._process, self._reader
        self._process, self._reader = None, None
        if process is not None:
            if process.stdin is not None and grace:
                process.stdin.close()
            try:
                await asyncio.wait_for(_exit(process), grace or 0.001)
            except TimeoutError:
                process.kill()
                await _exit(process)
        if reader is not None:
            await _finish(reader)
        if process is not None:
            # Closes pipes that what it left still holds open; asyncio has no public way to do so.
            process._transport.close()  # type: ignore[attr-defined]

    async def _read_log(self, stream: asyncio.StreamReader) -> None:
        """Lines end at a newline or, as those of progress bars, at a carriage return."""
        rest = b""
        while data := await stream.read(65536):
            *lines, rest = _LINE_END.split(rest + data)
            self._keep(*lines)
        self._keep(rest)

    def _keep(self, *lines: bytes) -> None:
        texts = (line.decode(errors="replace").rstrip() for line in lines)
        self.log.extend(text for text in texts if text and self._worth_keeping(text))


async def _exit(process: asyncio.subprocess.Process) -> None:
    """Wait until the process is gone. Its own `wait` also waits for the pipes, and what it left may hold them open."""
    while process.returncode is None:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _EXIT_POLL_SECONDS)


async def _finish(reader: asyncio.Task[None]) -> None:
    """Let a reader come to the end of its pipe, if that has one."""
    await asyncio.wait([reader], timeout=_LAST_WORDS_SECONDS)
    reader.cancel()
