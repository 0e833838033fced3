"""A vLLM server that diptych starts, watches, and ends."""

import asyncio
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from diptych.backends.backend_errors import (
    BackendError,
    Dropped,
    NotReady,
    ServerError,
    TimedOut,
    UnknownModel,
    Unreachable,
)
from diptych.backends.credentials import key_credentials
from diptych.backends.endpoint import Endpoint, Serve
from diptych.backends.interface import Delta, End, Progress, Request, ScoredToken
from diptych.backends.openai_client import OpenAIClient
from diptych.backends.replicas import Replicas
from diptych.backends.servers import vllm_log
from diptych.backends.servers.adapter_doses import DosedModel
from diptych.backends.servers.adapter_sums import Listing, is_sum
from diptych.backends.servers.child_process import ChildProcess
from diptych.backends.servers.supervisor import GRACE_SECONDS, Settings
from diptych.backends.servers.vllm import VLLM
from diptych.errors import AGAIN

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The highest LoRA ranks that a vLLM server can be started with."""
_LEAST_RANK = 16
"""Leaves room for adapters that are loaded later."""
_POLL_SECONDS = 0.25
_DEATH_SECONDS = 3.0
_ENGINE_SECONDS = 15.0
_ENGINE_DIED = "EngineCore encountered an issue"
_SIGNS_OF_DEATH = (Unreachable, Dropped, TimedOut, ServerError)
_OURS = {
    "--api-key": "diptych gives the server a key of its own",
    "--host": "it listens on 127.0.0.1",
    "--port": "the port is that of base_url",
}
"""Arguments that the user may not set, and why."""


class VLLMProcess(VLLM):
    """A server that diptych starts on this machine, watches, and ends."""

    def __init__(self, serve: Serve, endpoint: Endpoint, models: Sequence[str] = ()) -> None:
        """`models`: the names of those that will be asked. The server is started for adapters of their ranks."""
        self._serve = serve
        self._models = models
        self._endpoint = endpoint
        self.key = ""
        self._child = ChildProcess("diptych.backends.servers.supervisor", vllm_log.worth_keeping)
        self._group: int | None = None
        self._start_task: asyncio.Task[None] | None = None
        self._ready = False
        self._waiting: list[Progress] = []
        """The callbacks of all tasks that wait for the start."""
        super().__init__(Replicas(()), endpoint.samples_per_request, apart=not endpoint.together)

    @property
    def log(self) -> Sequence[str]:  # type: ignore[override]
        """The last lines that the server wrote, without its key."""
        key = self.key or "\0"
        return tuple(line.replace(key, "(the key)") for line in self._child.log)

    @property
    def pid(self) -> int | None:
        """The server's process group while it runs."""
        return self._group

    async def start(self, progress: Progress) -> None:
        """Start the server unless it runs. This can take minutes. Raises BackendError.

        All tasks that wait share one start. It continues when one of them is cancelled, until the backend is closed.
        """
        if self._ready and self._child.running:
            return
        if self._start_task is None or self._start_task.done():
            self._start_task = asyncio.create_task(self._start_afresh())
            self._start_task.add_done_callback(_ignore_outcome)
        self._waiting.append(progress)
        start_task = self._start_task
        try:
            await asyncio.shield(start_task)
        except asyncio.CancelledError:
            if not start_task.cancelled():
                raise
            raise NotReady("vLLM was ended while it started", AGAIN) from None
        finally:
            self._waiting.remove(progress)

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        try:
            async for item in super().stream(request, samples):
                yield item
        except _SIGNS_OF_DEATH as error:
            raise await self._cause(error) from error

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield how likely the model finds `answer`. Raises BackendError."""
        try:
            async for scored in super().score(request, answer):
                yield scored
        except _SIGNS_OF_DEATH as error:
            raise await self._cause(error) from error

    async def close(self) -> None:
        """End the server and all its processes, also while it starts."""
        if self._start_task is not None and not self._start_task.done():
            self._start_task.cancel()
            await asyncio.wait([self._start_task])
        await self._end()

    async def _cause(self, error: BackendError) -> BackendError:
        """The error, or that the server has ended. A server needs a moment to notice that its engine has died, and to
        end."""
        if await self._child.ended(within=_ENGINE_SECONDS if _ENGINE_DIED in error.message else _DEATH_SECONDS):
            return vllm_log.ended(self.log, self._child.exit_status)
        return error

    async def _start_afresh(self) -> None:
        await self._end()
        self._say("starting vLLM")
        serve, self._adapters.left_out = _checked(self._serve)
        port = _port(self._endpoint)
        self.key = secrets.token_urlsafe(24)
        environment = {
            # Not an argument: process lists show those.
            "VLLM_API_KEY": self.key,
            "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
            "VLLM_NO_USAGE_STATS": "1",
            "PYTHONUNBUFFERED": "1",
            # A folder named vllm where diptych was started must not be imported.
            "PYTHONSAFEPATH": "1",
            # Without this, progress of downloads is written to terminals only.
            "TQDM_POSITION": "-1",
        }
        try:
            first = await self._child.start(
                Settings(command_line(serve, port, self._serve.model, self._models), environment)
            )
            if not first:
                raise vllm_log.not_started(self.log, self._child.exit_status)
            self._group = int(first)
            base_url = f"http://127.0.0.1:{port}/v1"
            await self._wait_until_ready(base_url, time.monotonic())
            endpoint = self._endpoint
            client = OpenAIClient(
                base_url, lambda: key_credentials(self.key), endpoint.patience, thinking_tags=endpoint.thinking_tags
            )
            self.api = Replicas((client,))
            await self.api.start()
            await self.models()
            self._keep_apart(self._apart or any(vllm_log.runs_on_cpu(line) for line in self._child.log))
        except BaseException:
            await self._end()
            raise
        self._ready = True

    async def _wait_until_ready(self, base_url: str, began: float) -> None:
        import httpx2

        async with httpx2.AsyncClient(trust_env=False) as http:
            while True:
                if await self._child.ended(within=_POLL_SECONDS):
                    raise vllm_log.not_started(self.log, self._child.exit_status)
                stages = (stage for line in reversed(self._child.log) if (stage := vllm_log.stage(line)) is not None)
                doing = next(stages, "starting")
                self._say(f"vLLM: {doing} · {time.monotonic() - began:.0f} s")
                with suppress(httpx2.HTTPError):
                    if (await http.get(base_url.removesuffix("/v1") + "/health")).status_code == 200:
                        return

    async def _end(self) -> None:
        self._ready = False
        await self.api.close()
        await self._child.end(grace=GRACE_SECONDS + 2)
        if self._group is not None:
            # Anything is left only if the supervisor was killed.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)
            self._group = None

    def _say(self, doing: str) -> None:
        for progress in self._waiting:
            progress(doing)


def command_line(serve: Serve, port: int, name: str | None = None, models: Sequence[str] = ()) -> tuple[str, ...]:
    """The command that starts the server. `name`: a name of the base besides "base", its folder or id by default.
    `models`: those that will be asked."""
    base = name or serve.model
    command = [
        *(serve.python, "-m", "vllm.entrypoints.openai.api_server"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--model", serve.model, "--served-model-name", "base", base),
        # The plain distribution unless a side says otherwise, not the sampling that the model's files recommend.
        *("--generation-config", "vllm"),
    ]
    if serve.adapters:
        sums = _sums(Listing(("base", base), serve.adapters), models)
        ranks = [_rank(path) or 0 for path in serve.adapters.values()]
        ranks += [sum(_rank(serve.adapters[adapter]) or 0 for adapter, _ in each.active) for each in sums]
        highest = next((r for r in _RANKS if r >= max([_LEAST_RANK, *ranks])), _RANKS[-1])
        at_once = len(serve.adapters) + len(sums)
        command += ["--enable-lora", "--max-loras", str(at_once), "--max-lora-rank", str(highest)]
        command += ["--lora-modules", *(f"{name}={path}" for name, path in serve.adapters.items())]
    # Later arguments win, so those of the user come last.
    return (*command, *serve.args)


def _sums(listing: Listing, models: Sequence[str]) -> list[DosedModel]:
    """Those of the models whose adapters have to be summed."""
    sums = {}
    for name in models:
        with suppress(UnknownModel):
            read = listing.read(name)
            if read is not None and is_sum(read):
                sums[read.active] = read
    return list(sums.values())


def _checked(serve: Serve) -> tuple[Serve, dict[str, BackendError]]:
    """The settings with ~ expanded and without adapters that are not there, and why those are left out. Raises NotReady
    for mistakes that vLLM itself would report after a minute."""
    for argument in serve.args:
        name = argument.partition("=")[0]
        if name in _OURS:
            raise NotReady(f"vLLM did not start, {name} is in serve.args", f"take it out: {_OURS[name]}")
    if {"base", serve.model} & serve.adapters.keys():
        raise NotReady("vLLM did not start, an adapter has the name of its base", "rename it in serve.adapters")
    if (model := _existing(serve.model)) is None:
        raise NotReady(f"vLLM did not start, {serve.model} is not there", "check the paths in serve")
    found = {name: _existing(path) for name, path in serve.adapters.items()}
    faults: dict[str, BackendError] = {
        name: NotReady(
            f"the adapter {name} cannot be served, {serve.adapters[name]} is not there", "check the paths in serve"
        )
        for name, path in found.items()
        if path is None
    }
    adapters = {name: path for name, path in found.items() if path is not None}
    python = str(Path(serve.python).expanduser())
    return msgspec.structs.replace(serve, model=model, adapters=adapters, python=python), faults


def _existing(path: str) -> str | None:
    """A folder that exists, or an id of the hub, which only vLLM can look up; None for a folder that does not."""
    if not path.startswith(("/", "./", "../", "~")):
        return path
    folder = Path(path).expanduser()
    return str(folder) if folder.exists() else None


def _rank(path: str) -> int | None:
    """The rank in the configuration of an adapter on this machine; None where it cannot be read."""
    try:
        return int(json.loads((Path(path) / "adapter_config.json").read_text("utf-8"))["r"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _port(endpoint: Endpoint) -> int:
    """The port of base_url, or a free one. Raises NotReady when it is taken."""
    wanted = urlsplit(endpoint.base_urls[0]).port if endpoint.base_urls else None
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", wanted or 0))
        except OSError as error:
            raise NotReady(
                f"vLLM did not start, port {wanted} is taken", "stop the server that has it, or change base_url"
            ) from error
        return int(trial.getsockname()[1])


def _ignore_outcome(task: asyncio.Task[None]) -> None:
    """Mark the error of a start as seen: those who wait for it get it anyway, and without them nobody needs it."""
    if not task.cancelled():
        task.exception()
