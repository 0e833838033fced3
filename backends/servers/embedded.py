"""The embedded endpoint: one child process in which llama.cpp serves the base and its adapters."""

import asyncio
import os
import secrets
import sys
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from backends.client import OpenAIClient, chat_body
from backends.errors import BackendError, NotReady, UnknownModel
from backends.servers import weights
from backends.servers.llama import Ready, Settings
from backends.types import Delta, End, Progress, Request

SLOTS = 4
CONTEXT = 2048
"""Tokens a slot."""
START_SECONDS = 60.0
LOG_LINES = 400
_SAMPLING = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0}
"""The plain distribution, as the OpenAI API means it; llama.cpp's own defaults cut its tail."""


class EmbeddedServer:
    """A backend that starts its server, watches it, and ends it."""

    def __init__(self, timeout: float) -> None:
        """`timeout` in seconds, to the first piece of an answer and between pieces."""
        self._timeout = timeout
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._clients: dict[str, OpenAIClient] = {}
        self._reader: asyncio.Task[None] | None = None
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        """The last lines that the server wrote."""

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process is not None else None

    async def start(self, progress: Progress) -> None:
        """Start the child unless it runs. Raises NotReady."""
        async with self._lock:
            if self._running:
                return
            await self._end()
            base, adapters = weights.base_file(), weights.adapter_files()
            progress("starting the embedded model")
            key = secrets.token_urlsafe(24)
            settings = Settings(
                model=str(base),
                adapters={name: str(path) if path else None for name, path in adapters.items()},
                key=key,
                slots=SLOTS,
                context=CONTEXT,
                threads=_threads(),
            )
            try:
                addresses = await asyncio.wait_for(self._spawn(settings), START_SECONDS)
            except TimeoutError:
                await self._end()
                raise NotReady(
                    f"the embedded server was not ready after {START_SECONDS:g} s", "press r to try again"
                ) from None
            clients = {name: OpenAIClient(f"{a}/v1", lambda: key, self._timeout) for name, a in addresses.items()}
            for client in clients.values():
                await client.start(progress)
            self._clients = clients

    def body(self, request: Request) -> dict[str, Any]:
        """The request exactly as it will be sent. Raises UnknownModel."""
        names = weights.model_names()
        if request.model not in names:
            raise UnknownModel(f"the embedded server has no model {request.model!r}", f"use one of: {', '.join(names)}")
        # Every prompt is read anew: what a cached one leaves behind differs by some hundredths of a nat.
        return {**_SAMPLING, **chat_body(request), "cache_prompt": False}

    async def stream(self, request: Request) -> AsyncIterator[Delta | End]:
        """Yield the deltas of one answer and, last, its End. Raises BackendError."""
        body = self.body(request)
        client = self._clients.get(request.model)
        if client is None:
            raise NotReady("the embedded server was not started", "press r to ask again")
        try:
            async for item in client.send(body):
                yield item
        except BackendError:
            if await self._ended():
                raise self._died("ended in the middle of the answer") from None
            raise

    async def close(self) -> None:
        """End the child."""
        async with self._lock:
            await self._end()

    @property
    def _running(self) -> bool:
        return bool(self._clients) and self._process is not None and self._process.returncode is None

    async def _spawn(self, settings: Settings) -> dict[str, str]:
        """Start the child and wait for its addresses, one a model."""
        self.log.clear()
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "backends.servers.llama",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # A ctrl+c at the terminal is the console's to handle, not the child's.
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._reader = asyncio.create_task(self._read_log(process.stderr))
        process.stdin.write(msgspec.json.encode(settings) + b"\n")
        line = await process.stdout.readline()
        if not line:
            await process.wait()
            await self._reader
            raise self._died("did not start")
        return msgspec.json.decode(line, type=Ready).addresses

    async def _read_log(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.log.append(line.decode(errors="replace").rstrip())

    async def _ended(self) -> bool:
        """Whether the child is gone; a process that was just killed needs a moment to be reaped."""
        if self._process is None:
            return True
        try:
            await asyncio.wait_for(self._process.wait(), 0.5)
        except TimeoutError:
            return False
        return True

    def _died(self, how: str) -> NotReady:
        last = next((line for line in reversed(self.log) if "error" in line.lower()), "")
        said = f": {last.strip()[:160]}" if last else ""
        return NotReady(f"the embedded server {how}{said}", "press r to start it again")

    async def _end(self) -> None:
        clients, process, reader = self._clients, self._process, self._reader
        self._clients, self._process, self._reader = {}, None, None
        for client in clients.values():
            await client.close()
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()
        if reader is not None:
            await reader


def _threads() -> int:
    """Half of the processors, at most four: the threads spin at barriers, and the console needs one too."""
    return max(1, min(4, (os.cpu_count() or 2) // 2))
