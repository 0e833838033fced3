"""A vLLM server: one that runs already, or one that diptych starts and stops."""

import asyncio
import json
import os
import re
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from backends.bodies import chat_body, continued_body, text_body
from backends.client import OpenAIClient
from backends.endpoint import Endpoint, Serve
from backends.errors import BackendError, BadRequest, NotReady, ServerError
from backends.replicas import Replicas
from backends.scoring import TOP, Piece, aligned
from backends.servers import boot
from backends.servers.child import Child
from backends.servers.supervisor import GRACE_SECONDS, Settings
from backends.types import Backend, Delta, End, Message, Model, Progress, Request, ScoredToken

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The highest LoRA ranks that a vLLM server can be started with."""
_POLL_SECONDS = 0.25
_METRIC = re.compile(r"^vllm:(\w+)(?:\{[^}]*\})? ([-+\d.eE]+)$", re.MULTILINE)


class VLLM(Backend):
    """What is special about a vLLM server: it scores, goes on with given text, and loads adapters while it runs."""

    def __init__(self, api: Replicas, samples_per_request: int) -> None:
        self._api = api
        self.samples_per_request = samples_per_request
        self._adapters: frozenset[str] | None = None
        """Names of adapters that the server has, once it was asked."""
        self._counted: tuple[float, float] | None = None
        """When the generated tokens were last counted, and how many they were."""

    async def start(self, progress: Progress) -> None:
        """Make ready and learn which adapters there are. Raises BackendError."""
        await self._api.start()
        if self._adapters is None:
            await self.models()

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The request exactly as it is sent."""
        request = msgspec.structs.replace(request, model=self._served_name(request.model))
        if request.form == "text":
            return text_body(request, request.prefill, samples)
        if request.form == "user" or request.prefill:
            return continued_body(request, samples)
        return chat_body(request, samples)

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        async for item in self._api.send(await self.body(request, samples)):
            yield item

    async def models(self) -> list[Model]:
        """Base and adapters. Raises BackendError."""
        listed = (await self._api.ask("/models")).get("data", ())
        contexts = {m["id"]: m.get("max_model_len") for m in listed}
        models = [Model(m["id"], contexts[m["id"]] or contexts.get(m.get("parent")), m.get("parent")) for m in listed]
        self._adapters = frozenset(m.name for m in models if m.parent)
        return models

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield how likely the model finds `answer`, from the log-probabilities of a prompt that ends in it."""
        model = self._served_name(request.model)
        before = await self._prompt_ids(model, request)
        ids = await self._ids({"model": model, "prompt": answer, "add_special_tokens": False})
        body = {
            "model": model,
            "prompt": before + ids,
            "max_tokens": 1,
            "temperature": 0.0,
            "prompt_logprobs": TOP,
            "add_special_tokens": False,
        }
        reply = await self._api.ask("/completions", body)
        rows = reply["choices"][0]["prompt_logprobs"][len(before) :]

        async def pieces() -> AsyncIterator[Piece]:
            for token, row in zip(ids, rows, strict=True):
                yield _piece(token, row)

        async for scored in aligned(answer, pieces()):
            yield scored

    async def vitals(self) -> str:
        """Throughput since the last call, requests and cache; "" while the server does not tell."""
        try:
            texts = await self._api.ask_all("//metrics")
        except BackendError:
            return ""
        sums: dict[str, float] = {}
        for name, value in (pair for text in texts for pair in _METRIC.findall(str(text))):
            sums[name] = sums.get(name, 0.0) + float(value)
        now, tokens = time.monotonic(), sums.get("generation_tokens_total", 0.0)
        before, self._counted = self._counted, (now, tokens)
        rate = (tokens - before[1]) / (now - before[0]) if before is not None and now > before[0] else 0.0
        return (
            f"vLLM {max(0.0, rate):.0f} tok/s · {sums.get('num_requests_running', 0):.0f} running"
            f" · {sums.get('num_requests_waiting', 0):.0f} waiting"
            f" · cache {sums.get('kv_cache_usage_perc', 0) / len(texts) * 100:.0f} %"
        )

    async def load_adapter(self, name: str, path: str) -> None:
        """Make a LoRA adapter a model of the server. Raises BackendError."""
        await self._change_adapters("/load_lora_adapter", {"lora_name": name, "lora_path": path})

    async def unload_adapter(self, name: str) -> None:
        """Take an adapter away again. Raises BackendError."""
        await self._change_adapters("/unload_lora_adapter", {"lora_name": name})

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _change_adapters(self, path: str, body: Mapping[str, Any]) -> None:
        try:
            await self._api.ask_all(path, body)
        except ServerError as error:
            if (known := boot.fault_in(error.message)) is None:
                raise
            raise BadRequest(*known) from error
        except BackendError as error:
            if "Not Found" in error.message:
                raise BadRequest(
                    "the server does not change its adapters while it runs",
                    "start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True and --enable-lora",
                ) from error
            raise
        await self.models()

    def _served_name(self, model: str) -> str:
        """`base:adapter` is understood as the adapter."""
        _, colon, adapter = model.rpartition(":")
        return adapter if colon and adapter in (self._adapters or ()) else model

    async def _prompt_ids(self, model: str, request: Request) -> list[int]:
        """What the model reads before the answer, as tokens."""
        if request.form == "text":
            return await self._ids({"model": model, "prompt": request.prefill})
        messages = request.messages
        going_on = request.form == "user" or bool(request.prefill)
        if going_on:
            role = "user" if request.form == "user" else "assistant"
            messages = (*messages, Message(role, request.prefill))  # type: ignore[arg-type]
        return await self._ids(
            {
                "model": model,
                "messages": msgspec.to_builtins(messages),
                "add_generation_prompt": not going_on,
                "continue_final_message": going_on,
            }
        )

    async def _ids(self, body: Mapping[str, Any]) -> list[int]:
        return list((await self._api.ask("//tokenize", body))["tokens"])


class ServedVLLM(VLLM):
    """A server that diptych starts on this machine, watches, and ends."""

    def __init__(self, serve: Serve, endpoint: Endpoint) -> None:
        self._serve = serve
        self._endpoint = endpoint
        self._key = ""
        self._child = Child("backends.servers.supervisor")
        self._group: int | None = None
        self._booting = asyncio.Lock()
        self._ready = False
        self._told: list[Progress] = []
        super().__init__(Replicas(()), endpoint.samples_per_request)

    @property
    def log(self) -> Sequence[str]:  # type: ignore[override]
        """The last lines that the server wrote."""
        return tuple(self._child.log)

    @property
    def pid(self) -> int | None:
        """The server's process group while it runs."""
        return self._group

    async def start(self, progress: Progress) -> None:
        """Start the server unless it runs; this can take minutes. Raises BackendError."""
        self._told.append(progress)
        try:
            async with self._booting:
                if not (self._ready and self._child.running):
                    await self._end()
                    await self._boot()
        finally:
            self._told.remove(progress)

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        try:
            async for item in super().stream(request, samples):
                yield item
        except BackendError:
            # A server whose engine has died needs a moment to notice and to end.
            if await self._child.ended(within=2.0):
                raise boot.fault(self.log, self._child.exit_status, "ended") from None
            raise

    async def close(self) -> None:
        """End the server and all its processes."""
        async with self._booting:
            await self._end()

    async def _boot(self) -> None:
        self._say("starting vLLM")
        port = _port(self._endpoint)
        self._key = secrets.token_urlsafe(24)
        # In the environment, not among the arguments: a key in a process list is no secret.
        environment = {
            "VLLM_API_KEY": self._key,
            "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
            "VLLM_NO_USAGE_STATS": "1",
            "PYTHONUNBUFFERED": "1",
        }
        began = time.monotonic()
        first = await self._child.start(Settings(command_line(self._serve, port), environment))
        if not first:
            raise boot.fault(self.log, self._child.exit_status, "did not start")
        self._group = int(first)
        base_url = f"http://127.0.0.1:{port}/v1"
        try:
            await self._wait_until_ready(base_url, began)
        except BaseException:
            await self._end()
            raise
        self._api = Replicas((OpenAIClient(base_url, lambda: self._key, self._endpoint.timeout),))
        await self._api.start()
        await self.models()
        self._ready = True

    async def _wait_until_ready(self, base_url: str, began: float) -> None:
        import httpx2

        doing = "starting"
        async with httpx2.AsyncClient(trust_env=False) as http:
            while True:
                if await self._child.ended(within=_POLL_SECONDS):
                    raise boot.fault(self.log, self._child.exit_status, "did not start")
                for line in list(self._child.log)[-40:]:
                    doing = boot.stage(line) or doing
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


def command_line(serve: Serve, port: int) -> tuple[str, ...]:
    """How the server is started."""
    command = [
        *(serve.python, "-m", "vllm.entrypoints.openai.api_server"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--model", serve.model, "--served-model-name", "base", serve.model),
        # The plain distribution unless a side says otherwise, not what the model's files recommend.
        *("--generation-config", "vllm"),
    ]
    if serve.adapters:
        ranks = [rank for path in serve.adapters.values() if (rank := _rank(path)) is not None]
        highest = next((r for r in _RANKS if r >= max(ranks, default=16)), _RANKS[-1])
        command += ["--enable-lora", "--max-loras", str(len(serve.adapters)), "--max-lora-rank", str(highest)]
        command += ["--lora-modules", *(f"{name}={path}" for name, path in serve.adapters.items())]
    # Later arguments win: what the user says goes last.
    return (*command, *serve.args)


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


def _piece(token: int, row: Mapping[str, Mapping[str, Any]]) -> Piece:
    """One place of prompt_logprobs: the token that stands there, and the likeliest."""
    likely = sorted((alternative for alternative in row.values()), key=lambda a: a["rank"])
    own = row[str(token)]
    top = tuple((str(a["decoded_token"]), float(a["logprob"])) for a in likely if a["rank"] <= TOP)
    return Piece(str(own["decoded_token"]), float(own["logprob"]), top)
