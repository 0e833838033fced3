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

from diptych.backends.credentials import of_key
from diptych.backends.endpoint import Endpoint, Serve
from diptych.backends.errors import BackendError, Dropped, NotReady, ServerError, TimedOut, Unreachable
from diptych.backends.interface import Delta, End, Progress, Request, ScoredToken
from diptych.backends.openai_client import OpenAIClient
from diptych.backends.replicas import Replicas
from diptych.backends.servers import vllm_log
from diptych.backends.servers.child_process import ChildProcess
from diptych.backends.servers.supervisor import GRACE_SECONDS, Settings
from diptych.backends.servers.vllm import VLLM
from diptych.errors import AGAIN

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The highest LoRA ranks that a vLLM server can be started with."""
_LEAST_RANK = 16
"""So that adapters which are loaded later find room."""
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
"""Arguments that only diptych can give, and why."""


class VLLMProcess(VLLM):
    """A server that diptych starts on this machine, watches, and ends."""

    def __init__(self, serve: Serve, endpoint: Endpoint) -> None:
        self._serve = serve
        self._endpoint = endpoint
        self._key = ""
        self._child = ChildProcess("diptych.backends.servers.supervisor", vllm_log.worth_keeping)
        self._group: int | None = None
        self._boot: asyncio.Task[None] | None = None
        self._ready = False
        self._told: list[Progress] = []
        super().__init__(Replicas(()), endpoint.samples_per_request, apart=not endpoint.together)

    @property
    def log(self) -> Sequence[str]:  # type: ignore[override]
        """The last lines that the server wrote, without its key."""
        key = self._key or "\0"
        return tuple(line.replace(key, "(the key)") for line in self._child.log)

    @property
    def pid(self) -> int | None:
        """The server's process group while it runs."""
        return self._group

    async def start(self, progress: Progress) -> None:
        """Start the server unless it runs; this can take minutes. Raises BackendError.

        All who wait share one start; it goes on when one of them is cancelled, until the server is closed.
        """
        if self._ready and self._child.running:
            return
        if self._boot is None or self._boot.done():
            self._boot = asyncio.create_task(self._start_afresh())
            self._boot.add_done_callback(_look_at)
        self._told.append(progress)
        boot_task = self._boot
        try:
            await asyncio.shield(boot_task)
        except asyncio.CancelledError:
            if not boot_task.cancelled():
                raise
            raise NotReady("vLLM was ended while it started", AGAIN) from None
        finally:
            self._told.remove(progress)

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        try:
            async for item in super().stream(request, samples):
                yield item
        except _SIGNS_OF_DEATH as error:
            raise await self._why(error) from error

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield how likely the model finds `answer`. Raises BackendError."""
        try:
            async for scored in super().score(request, answer):
                yield scored
        except _SIGNS_OF_DEATH as error:
            raise await self._why(error) from error

    async def close(self) -> None:
        """End the server and all its processes, also one that is still starting."""
        if self._boot is not None and not self._boot.done():
            self._boot.cancel()
            await asyncio.wait([self._boot])
        await self._end()

    async def _why(self, error: BackendError) -> BackendError:
        """The error, or that the server has ended: one whose engine has died needs a moment to notice and to end."""
        if await self._child.ended(within=_ENGINE_SECONDS if _ENGINE_DIED in error.message else _DEATH_SECONDS):
            return vllm_log.ended(self.log, self._child.exit_status)
        return error

    async def _start_afresh(self) -> None:
        await self._end()
        self._say("starting vLLM")
        serve = _checked(self._serve)
        port = _port(self._endpoint)
        self._key = secrets.token_urlsafe(24)
        environment = {
            # Not among the arguments: a key in a process list is no secret.
            "VLLM_API_KEY": self._key,
            "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
            "VLLM_NO_USAGE_STATS": "1",
            "PYTHONUNBUFFERED": "1",
            # A folder named vllm where diptych was started is not the vLLM that is meant.
            "PYTHONSAFEPATH": "1",
            # Downloads are told of to a terminal only, unless this says otherwise.
            "TQDM_POSITION": "-1",
        }
        try:
            first = await self._child.start(Settings(command_line(serve, port, self._serve.model), environment))
            if not first:
                raise vllm_log.not_started(self.log, self._child.exit_status)
            self._group = int(first)
            base_url = f"http://127.0.0.1:{port}/v1"
            await self._wait_until_ready(base_url, time.monotonic())
            endpoint = self._endpoint
            client = OpenAIClient(
                base_url, lambda: of_key(self._key), endpoint.patience, thinking_tags=endpoint.thinking_tags
            )
            self._api = Replicas((client,))
            await self._api.start()
            await self.models()
            self._keep_apart(self._apart or any(vllm_log.tells_of_cpu(line) for line in self._child.log))
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
        await self._api.close()
        await self._child.end(grace=GRACE_SECONDS + 2)
        if self._group is not None:
            # Only if the supervisor was killed is anything left here.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)
            self._group = None

    def _say(self, doing: str) -> None:
        for progress in self._told:
            progress(doing)


def command_line(serve: Serve, port: int, name: str | None = None) -> tuple[str, ...]:
    """How the server is started; `name`: what the base is called besides "base", if not by its folder or id."""
    command = [
        *(serve.python, "-m", "vllm.entrypoints.openai.api_server"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--model", serve.model, "--served-model-name", "base", name or serve.model),
        # The plain distribution unless a side says otherwise, not what the model's files recommend.
        *("--generation-config", "vllm"),
    ]
    if serve.adapters:
        ranks = [rank for path in serve.adapters.values() if (rank := _rank(path)) is not None]
        highest = next((r for r in _RANKS if r >= max([_LEAST_RANK, *ranks])), _RANKS[-1])
        command += ["--enable-lora", "--max-loras", str(len(serve.adapters)), "--max-lora-rank", str(highest)]
        command += ["--lora-modules", *(f"{name}={path}" for name, path in serve.adapters.items())]
    # Later arguments win: what the user says goes last.
    return (*command, *serve.args)


def _checked(serve: Serve) -> Serve:
    """What is to be served, with ~ written out. Raises NotReady for what cannot be: vLLM takes a minute to say so."""
    for argument in serve.args:
        name = argument.partition("=")[0]
        if name in _OURS:
            raise NotReady(f"vLLM did not start, {name} stands in serve.args", f"take it out: {_OURS[name]}")
    if {"base", serve.model} & serve.adapters.keys():
        raise NotReady("vLLM did not start, an adapter has the name of its base", "rename it in serve.adapters")
    return msgspec.structs.replace(
        serve,
        model=_there(serve.model),
        adapters={name: _there(path) for name, path in serve.adapters.items()},
        python=str(Path(serve.python).expanduser()),
    )


def _there(path: str) -> str:
    """A folder that is there, or an id of the hub, which only vLLM can look up. Raises NotReady."""
    if not path.startswith(("/", "./", "../", "~")):
        return path
    folder = Path(path).expanduser()
    if not folder.exists():
        raise NotReady(f"vLLM did not start, {path} is not there", "check the paths in serve")
    return str(folder)


def _rank(path: str) -> int | None:
    """The rank that an adapter on this machine says it has."""
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


def _look_at(task: asyncio.Task[None]) -> None:
    """Whoever waits is told what went wrong; where nobody does, it is no news."""
    if not task.cancelled():
        task.exception()
