"""A child process that runs as long as its standard input is open."""

import asyncio
import re
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

LOG_LINES = 400
"""How many lines of its log are kept."""
_MAIN = "import importlib, sys; importlib.import_module(sys.argv[1]).main()"
_EXIT_POLL_SECONDS = 0.1
_LAST_WORDS_SECONDS = 1.0
"""How long the log of an ended process is still read. A process that it started may hold the pipe open."""
_LINE_END = re.compile(rb"[\r\n]+")


class ChildProcess:
    """A module of diptych, run as a child process. It reads lines of JSON, and answers each with one line."""

    def __init__(self, module: str, worth_keeping: Callable[[str], bool] = bool) -> None:
        """`worth_keeping` says which lines of its log to keep."""
        self._module = module
        self._worth_keeping = worth_keeping
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        """The last lines that it wrote to standard error."""
        self._lines = 0
        """How many lines it has written."""

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
        """Its exit status, None while it runs. The number of a signal is negative."""
        return self._process.returncode if self._process is not None else None

    @property
    def lines(self) -> int:
        """How many lines it has written to standard error."""
        return self._lines

    def log_since(self, lines: int) -> list[str]:
        """The last lines, without those that it had written when `lines` was their number."""
        new = self._lines - lines
        return list(self.log)[-new:] if new > 0 else []

    async def start(self, settings: msgspec.Struct) -> bytes:
        """Start it; returns its first line of output, or b"" when it ended before."""
        self.log.clear()
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            # Not -m: it would load a module a second time that its package has loaded, and write a warning into the
            # log.
            *("-P", "-c", _MAIN, self._module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # The console handles ctrl+c, not the child.
            start_new_session=True,
        )
        assert process.stderr is not None
        self._reader = asyncio.create_task(self._read_log(process.stderr))
        return await self.ask(settings)

    async def ask(self, request: msgspec.Struct) -> bytes:
        """Send a line of JSON; returns the line that it answers, or b"" when it has ended. One call at a time."""
        process, reader = self._process, self._reader
        if process is None or process.stdin is None or process.stdout is None:
            return b""
        with suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(request) + b"\n")
        line = await process.stdout.readline()
        if not line and reader is not None:
            await _exit(process)
            await _finish(reader)
        return line

    async def ended(self, within: float) -> bool:
        """Whether it has ended, or ends within some seconds. A process that was just killed needs a moment."""
        if self._process is None:
            return True
        try:
            await asyncio.wait_for(_exit(self._process), within)
        except TimeoutError:
            return False
        return True

    async def end(self, grace: float = 0.0) -> None:
        """Close its standard input, and kill it when it has not ended within `grace` seconds. 0: kill it at once."""
        process, reader = self._process, self._reader
        self._process, self._reader = None, None
        if process is not None:
            if process.stdin is not None and grace:
                process.stdin.close()
            try:
                await asyncio.wait_for(_exit(process), grace or 0.001)
            except TimeoutError:
                # It may have ended by itself a moment ago.
                with suppress(ProcessLookupError):
                    process.kill()
                await _exit(process)
        if reader is not None:
            await _finish(reader)
        if process is not None:
            # Close the pipes: a process that it has left behind may hold them open. asyncio has no public way to do so.
            process._transport.close()  # type: ignore[attr-defined]

    async def _read_log(self, stream: asyncio.StreamReader) -> None:
        """Lines end in a newline or, in progress bars, in a carriage return."""
        rest = b""
        while data := await stream.read(65536):
            *lines, rest = _LINE_END.split(rest + data)
            self._keep(*lines)
        self._keep(rest)

    def _keep(self, *lines: bytes) -> None:
        texts = (line.decode(errors="replace").rstrip() for line in lines)
        kept = [text for text in texts if text and self._worth_keeping(text)]
        self.log.extend(kept)
        self._lines += len(kept)


async def _exit(process: asyncio.subprocess.Process) -> None:
    """Wait until the process has ended. Its own `wait` also waits until nobody holds the pipes open."""
    while process.returncode is None:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _EXIT_POLL_SECONDS)


async def _finish(reader: asyncio.Task[None]) -> None:
    """Let a reader come to the end of its pipe, if the pipe ends soon."""
    await asyncio.wait([reader], timeout=_LAST_WORDS_SECONDS)
    reader.cancel()
