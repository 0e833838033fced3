"""The child process of one base model: it serves models on that base, and ends those that make room for others."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING

import msgspec

from diptych.backends.backend_errors import NotReady
from diptych.backends.credentials import key_credentials
from diptych.backends.servers.child_process import ChildProcess
from diptych.backends.servers.llama_child import End, Reply, Serve, Settings
from diptych.backends.servers.llama_files import ModelFile, checked_adapter, checked_model, read_template
from diptych.backends.servers.llama_memory import Memory, check_memory, lacking_to_score, memory_of, scoring_words
from diptych.backends.servers.llama_routes import LlamaRoutes
from diptych.backends.servers.one_pass import OnePass
from diptych.backends.servers.reading_time import reading_words
from diptych.backends.servers.scoring_child import Adapters, ScoringSettings
from diptych.errors import AGAIN, LOG

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from pathlib import Path

    from diptych.backends.endpoint import Patience
    from diptych.backends.openai_client import OpenAIClient
    from diptych.backends.servers.adapter_doses import DosedModel
    from diptych.backends.servers.llama_files import LlamaModel

SLOTS = 4
"""Answers of one model at the same time."""
CONTEXT = 4096
"""Tokens of a slot, where the model could take more and nothing is set. Each takes memory in each slot."""
_LOADING = "loading model '"
"""In the line that llama.cpp writes when it begins to load a model."""
_ERROR = re.compile(r"[\d.]+ E (?:\S+ +)?\w+: (?:error loading model: |failed to apply lora adapter: )?(.+)")
"""An error in its log. The first is the reason, the others follow from it."""
_LOG_POLL_SECONDS, _LOG_POLLS = 0.05, 20


class LlamaProcess:
    """The process runs while it has models."""

    def __init__(self, model: LlamaModel, patience: Patience, thinking_tags: Sequence[str]) -> None:
        self._model = model
        self._patience = patience
        self._thinking_tags = thinking_tags
        self._child = ChildProcess("diptych.backends.servers.llama_child")
        self._exchanges = asyncio.Lock()
        """Held while the child is started, ended or asked."""
        self._expected = False
        """Whether the child should run."""
        self._threads = model.threads or default_threads()
        self.at_once = max(1, (os.cpu_count() or 1) // self._threads)
        """Models for whose threads there are processors."""
        self._passes = asyncio.Semaphore(self.at_once)
        self._one_passes: dict[str, OnePass] = {}
        """Of the models that are served, by address."""
        self._scoring_log: list[str] = []
        """Why models that have ended did not score in one pass, if they did not."""
        self._clients: dict[str, OpenAIClient] = {}
        """Of the models that are served, by address."""
        self.key = ""
        self.file: ModelFile | None = None
        """Its model, once it was checked."""
        self.context = model.context or 0
        """Tokens that prompt and answer may have together."""
        self.adapter_paths = dict(model.adapters)
        """The adapters by name: those of the endpoint, and those that were loaded since."""
        self.adapters: dict[str, Path] = {}
        """The files of the adapters that were asked for."""

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines that were written about its models."""
        scoring = (line for one_pass in self._one_passes.values() for line in one_pass.log)
        return (*self._child.log, *dict.fromkeys((*self._scoring_log, *scoring)))

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid

    @property
    def lost(self) -> bool:
        """Whether the child has ended although nobody ended it."""
        return self._expected and not self._child.running

    @property
    def memory(self) -> int:
        """Bytes that one more model takes; 0 where a GPU has its own memory."""
        if self._model.gpu_layers or self.file is None:
            return 0
        estimate = self._memory_of(self.file)
        return estimate.each if self._clients else estimate.weights + estimate.each

    async def check(self) -> None:
        """Check the file of the model. Raises NotReady."""
        self.file = file = await asyncio.to_thread(_find, self._model)
        trained = file.header.of_architecture("context_length")
        self.context = self._model.context or min(trained if isinstance(trained, int) else CONTEXT, CONTEXT)

    async def find_adapters(self, model: DosedModel) -> None:
        """Check the files of the adapters of a model. Raises NotReady."""
        self._check_started()
        for name, _ in model.active:
            if name not in self.adapters:
                self.adapters[name] = await self.checked(name, self.adapter_paths[name])

    async def checked(self, name: str, path: Path) -> Path:
        """The file of an adapter for this base. Raises NotReady."""
        assert self.file is not None
        return await asyncio.to_thread(checked_adapter, name, path, self.file)

    def check_memory(self, new: int) -> str:
        """The memory that `new` models take, also to score, in words; "" where a GPU has its own. Raises NotReady."""
        assert self.file is not None
        if self._model.gpu_layers:
            return ""
        memory = self._memory_of(self.file)
        return f"{check_memory(self.file, memory, new, len(self._clients))}, {scoring_words(memory, new)}"

    async def reading(self) -> str:
        """How long the file takes to read, in words; "" where that cannot be told."""
        assert self.file is not None
        return await asyncio.to_thread(reading_words, self.file)

    async def serve(self, model: DosedModel) -> tuple[str, LlamaRoutes]:
        """Serve a model whose adapters were found. Returns its address, and its routes. Raises NotReady."""
        async with self._exchanges:
            self._check_started()
            try:
                return await self._serve(model)
            except BaseException:
                if not self._clients:
                    await self._end_child()
                raise

    async def end_model(self, address: str) -> None:
        """End a model, and the child with its last one."""
        async with self._exchanges:
            if (client := self._clients.pop(address, None)) is not None:
                await client.close()
            if (one_pass := self._one_passes.pop(address, None)) is not None:
                await self._end_one_pass(one_pass)
            if not self._clients:
                await self._end_child()
            elif self._child.running:
                await self._reply(self._child.ask(End(address)))

    async def end(self) -> None:
        """End the child with all its models. The file is checked again before anything else is served."""
        self.file = None
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.close()
        await self._end_child()

    async def ended(self, within: float) -> bool:
        """Whether the child has ended, or ends within some seconds."""
        return bool(self._clients) and await self._child.ended(within)

    def died(self, how: str) -> NotReady:
        """The error for a child that has ended, with the reason that it wrote."""
        lines = list(self._child.log)
        begins = max((number for number, line in enumerate(lines) if _LOADING in line), default=0)
        reason = next(iter((*_errors(lines[begins:]), *_errors(lines))), "")
        return NotReady(f"the server of {self._model.name} {how}{f': {reason}' if reason else ''}", AGAIN)

    def _check_started(self) -> None:
        if self.lost or self.file is None:
            raise NotReady(f"the server of {self._model.name} does not run", AGAIN)

    async def _serve(self, model: DosedModel) -> tuple[str, LlamaRoutes]:
        self.check_memory(1)
        if not self._child.running:
            await self._start_child()
        adapters = tuple((str(self.adapters[name]), dose) for name, dose in model.active)
        before = self._child.lines
        reply = await self._reply(self._child.ask(Serve(model.name, adapters)))
        if reply.fault:
            reason = await self._reason_since(before) or reply.fault
            raise NotReady(f"{model.name} cannot be served: {reason}", f"{LOG}, then {AGAIN}")
        client = self._new_client(reply.address)
        await client.start()
        self._clients[reply.address] = client
        self._one_passes[reply.address] = one_pass = self._new_one_pass(adapters)
        return reply.address, LlamaRoutes(client, SLOTS - 1, {"model": model.name}, one_pass.score)

    def _new_one_pass(self, adapters: Adapters) -> OnePass:
        assert self.file is not None
        settings = ScoringSettings(str(self.file.path), self.context, self._threads, self._model.gpu_layers, adapters)
        return OnePass(settings, self._passes, self._lacking_to_score)

    def _lacking_to_score(self) -> str:
        assert self.file is not None
        return "" if self._model.gpu_layers else lacking_to_score(self._memory_of(self.file))

    def _memory_of(self, file: ModelFile) -> Memory:
        return memory_of(file, self.context, SLOTS)

    async def _start_child(self) -> None:
        from secrets import token_urlsafe

        assert self.file is not None
        self.key = token_urlsafe(24)
        settings = Settings(
            model=str(self.file.path),
            key=self.key,
            slots=SLOTS,
            context=self.context,
            threads=self._threads,
            chat_template=read_template(self._model.chat_template),
            gpu_layers=self._model.gpu_layers,
        )
        self._expected = True
        reply = await self._reply(self._child.start(settings))
        if reply.fault:
            raise NotReady(reply.fault, "remove gpu_layers from the endpoint, or install another build of xllamacpp")

    async def _end_child(self) -> None:
        self._expected = False
        one_passes, self._one_passes = self._one_passes, {}
        for one_pass in one_passes.values():
            await self._end_one_pass(one_pass)
        await self._child.end()

    async def _end_one_pass(self, one_pass: OnePass) -> None:
        self._scoring_log += one_pass.log
        await one_pass.close()

    def _new_client(self, address: str) -> OpenAIClient:
        from diptych.backends.openai_client import OpenAIClient

        key = self.key
        return OpenAIClient(
            f"{address}/v1", lambda: key_credentials(key), self._patience, thinking_tags=self._thinking_tags
        )

    async def _reply(self, answer: Awaitable[bytes]) -> Reply:
        seconds = self._patience.loading
        try:
            line = await asyncio.wait_for(answer, seconds)
        except TimeoutError:
            await self._child.end()
            hint = f"raise loading_timeout of the endpoint, then {AGAIN}"
            raise NotReady(f"{self._model.name} was not loaded after {seconds:g} s", hint) from None
        if not line:
            raise self.died("did not start")
        return msgspec.json.decode(line, type=Reply)

    async def _reason_since(self, lines: int) -> str:
        """What llama.cpp wrote about an error after the first `lines` lines of its log, which may come a moment later
        than the answer of the child; "" where nothing comes."""
        for _ in range(_LOG_POLLS):
            if errors := _errors(self._child.log_since(lines)):
                return errors[0]
            await asyncio.sleep(_LOG_POLL_SECONDS)
        return ""


def _errors(lines: Sequence[str]) -> list[str]:
    """The errors in lines of the log, the first one first; behind them what only mentions one, the last one first."""
    errors = [match[1] for line in lines if (match := _ERROR.match(line))]
    errors += [line for line in reversed(lines) if "error" in line.lower()]
    return [error.strip()[:160] for error in errors]


def _find(model: LlamaModel) -> ModelFile:
    return checked_model(model.find())


def default_threads() -> int:
    """Half of the processors, at most four: the threads wait actively for each other, and the console needs one too."""
    return max(1, min(4, (os.cpu_count() or 2) // 2))
