"""A server of llama.cpp that diptych starts: one child process for a base model and its adapters."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.backends.backend_errors import BackendError, NotReady, UnknownModel, Unsupported
from diptych.backends.credentials import key_credentials
from diptych.backends.interface import Delta, End, Model, Progress, Request
from diptych.backends.servers.adapter_doses import is_adapter_name
from diptych.backends.servers.child_process import ChildProcess
from diptych.backends.servers.llama_backend import LlamaBackend
from diptych.backends.servers.llama_child import Reply, Serve, Settings
from diptych.backends.servers.llama_files import ModelFile, checked_adapter, checked_model, read_template
from diptych.backends.servers.llama_memory import Memory, check_memory, lacking_to_score, memory_of, scoring_words
from diptych.backends.servers.llama_routes import LlamaRoutes
from diptych.backends.servers.one_pass import OnePass
from diptych.backends.servers.reading_time import reading_words
from diptych.backends.servers.scoring_child import Adapters, ScoringSettings
from diptych.backends.thoughts import TAGS
from diptych.errors import AGAIN, LOG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    from diptych.backends.endpoint import Patience
    from diptych.backends.openai_client import OpenAIClient
    from diptych.backends.servers.adapter_doses import AdapterDose, DosedModel
    from diptych.backends.servers.llama_files import LlamaModel

SLOTS = 4
"""Answers of one model at the same time."""
CONTEXT = 4096
"""Tokens of a slot, where the model could take more and nothing is set. Each takes memory in each slot."""
_LOADING = "loading model '"
"""In the line that llama.cpp writes when it begins to load a model."""
_ERROR = re.compile(r"[\d.]+ E (?:\S+ +)?\w+: (?:error loading model: |failed to apply lora adapter: )?(.+)")
"""An error in its log. The first is the reason, the others follow from it."""


class LlamaServer(LlamaBackend):
    """A backend that starts its server, watches it, and ends it.

    The models named at the beginning are served at once, others when they are first asked for.
    """

    def __init__(
        self, model: LlamaModel, patience: Patience, models: Sequence[str] = (), thinking_tags: Sequence[str] = TAGS
    ) -> None:
        """`models`: the names of those that will be asked."""
        super().__init__()
        self._model = model
        self._patience = patience
        self._thinking_tags = thinking_tags
        self._threads = model.threads or default_threads()
        self._adapter_paths = dict(model.adapters)
        """The adapters by name: those of the endpoint, and those that were loaded since."""
        self._named = {read.name: read for read in map(self._read_or_none, models) if read is not None}
        """The models that were asked for, by name."""
        self._lock = asyncio.Lock()
        self._asking = asyncio.Lock()
        self._child = ChildProcess("diptych.backends.servers.llama_child")
        self._one_passes: list[OnePass] = []
        self._passes = asyncio.Semaphore(max(1, (os.cpu_count() or 1) // self._threads))
        """As many as there are processors for their threads."""
        self.key = ""
        self._file: ModelFile | None = None
        self._context = 0
        self._adapters: dict[str, Path] = {}
        """The files of the adapters that were asked for."""
        self._served: dict[tuple[AdapterDose, ...], asyncio.Task[LlamaRoutes]] = {}
        """What is served, by the adapters that change something: equal models share a server."""
        self._clients: list[OpenAIClient] = []
        self._memory = ""

    @property
    def log(self) -> Sequence[str]:  # type: ignore[override]
        """The last lines that the server wrote."""
        return (*self._child.log, *dict.fromkeys(line for one_pass in self._one_passes for line in one_pass.log))

    @property
    def notices(self) -> list[str]:  # type: ignore[override]
        """What the reader should know about the model."""
        header = self._file.header if self._file is not None else None
        if header is None or self._model.chat_template or "tokenizer.chat_template" in header.values:
            return []
        return [f"{self._model.name} has no chat template, and is asked in ChatML; chat_template sets another"]

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid

    async def start(self, progress: Progress) -> None:
        """Start the child unless it runs. Raises NotReady."""
        async with self._lock:
            if not (self._served and self._child.running):
                await self._end()
                await self._start(progress)
            for model in list(self._named.values()):
                await self.routes(model)

    async def _start(self, progress: Progress) -> None:
        from secrets import token_urlsafe

        self._file = file = await asyncio.to_thread(_find, self._model)
        self._named = self._named or {self._model.name: self.read(self._model.name)}
        trained = file.header.of_architecture("context_length")
        self._context = self._model.context or min(trained if isinstance(trained, int) else CONTEXT, CONTEXT)
        for adapter in {adapter for model in self._named.values() for adapter, _ in model.active}:
            await self._find_adapter(adapter)
        models = len({model.active for model in self._named.values()})
        words = self._check_memory(models)
        scoring = scoring_words(self._memory_of(file), models) if words else ""
        reading = await asyncio.to_thread(reading_words, file)
        progress(", ".join(filter(None, (f"loading {self._model.name}", words, reading, scoring))))
        self.key = token_urlsafe(24)
        settings = Settings(
            model=str(file.path),
            key=self.key,
            slots=SLOTS,
            context=self._context,
            threads=self._threads,
            chat_template=read_template(self._model.chat_template),
            gpu_layers=self._model.gpu_layers,
        )
        self._memory, self._one_passes = ", ".join(filter(None, (words, scoring))), []
        reply = await self._reply(self._child.start(settings))
        if reply.fault:
            await self._child.end()
            raise NotReady(reply.fault, "remove gpu_layers from the endpoint, or install another build of xllamacpp")

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        try:
            async for item in super().stream(request, samples):
                yield item
        except BackendError:
            if self._served and await self._child.ended(within=0.5):
                raise self._died("ended in the middle of the answer") from None
            raise

    async def models(self) -> list[Model]:
        """The base, its adapters, and the other models that were asked for."""
        return self.listed(self._context or self._model.context, tuple(self._named))

    async def description(self) -> str:
        """The file, its context, and its memory."""
        if self._file is None:
            return ""
        words = f"{self._file.path.name}, context {self._context:,}"
        return f"{words}, {self._memory}" if self._memory else words

    async def close(self) -> None:
        """End the child."""
        async with self._lock:
            await self._end()

    def names(self) -> tuple[str, tuple[str, ...]]:
        """The names of the base and of its adapters."""
        return self._model.name, tuple(self._adapter_paths)

    @property
    def model_file(self) -> Path | None:  # type: ignore[override]
        """The file of its model."""
        return self._file.path if self._file is not None else None

    async def adapters_fixed(self) -> None:
        """Adapters can be loaded."""

    async def load_adapter(self, name: str, path: str) -> None:
        """Add an adapter from a file or folder. It is served when it is first asked for. Raises NotReady."""
        if not is_adapter_name(name):
            raise NotReady(f"an adapter cannot be named {name!r}", "give it a name without + and @")
        if self._file is None:
            raise NotReady(f"the server of {self._model.name} does not run", AGAIN)
        given = _expanded(path)
        file = await asyncio.to_thread(checked_adapter, name, given, self._file)
        if self._adapters.get(name, file) != file:
            raise NotReady(f"there is an adapter {name!r} already", "give the new one another name")
        self._adapter_paths[name], self._adapters[name] = given, file

    async def unload_adapter(self, name: str) -> None:
        """Raises Unsupported."""
        raise Unsupported("llama.cpp keeps its adapters until diptych ends", "put another model on the side")

    def fields(self, model: DosedModel) -> dict[str, Any]:
        """The fields of every request to a model that say which one it is."""
        return {"model": model.name}

    def turn(self, model: DosedModel) -> AbstractAsyncContextManager[None]:
        """Nothing to wait for: each model has a server of its own."""
        return nullcontext()

    async def routes(self, model: DosedModel) -> LlamaRoutes:
        """The routes for a model. It is served from the first time that it is asked for. Raises NotReady."""
        if not self._child.running:
            raise NotReady(f"the server of {self._model.name} does not run", AGAIN)
        if model.active not in self._served:
            self._served[model.active] = asyncio.create_task(self._serve(model))
        # Shielded: a task that is cancelled must not leave the child's answer to the next task.
        routes = await asyncio.shield(self._served[model.active])
        self._named.setdefault(model.name, model)
        return routes

    async def _serve(self, model: DosedModel) -> LlamaRoutes:
        """Let the child serve a model. A model that cannot be served is tried again when it is asked for again."""
        try:
            async with self._asking:
                for adapter, _ in model.active:
                    await self._find_adapter(adapter)
                if self._clients:
                    self._check_memory(1)
                adapters = tuple((str(self._adapters[name]), dose) for name, dose in model.active)
                serve = Serve(model.name, adapters)
                reply = await self._reply(self._child.ask(serve))
            if reply.fault:
                raise NotReady(
                    f"{model.name} cannot be served: {self._reason() or reply.fault}", f"{LOG}, then {AGAIN}"
                )
            client = self._new_client(reply.address)
            await client.start()
        except BackendError:
            self._served.pop(model.active, None)
            if not self._clients:
                await self._child.end()
            raise
        self._clients.append(client)
        return LlamaRoutes(client, SLOTS - 1, self.fields(model), self._new_one_pass(adapters).score)

    def _new_one_pass(self, adapters: Adapters) -> OnePass:
        assert self._file is not None
        settings = ScoringSettings(str(self._file.path), self._context, self._threads, self._model.gpu_layers, adapters)
        self._one_passes.append(OnePass(settings, self._passes, self._lacking_to_score))
        return self._one_passes[-1]

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
            raise self._died("did not start")
        return msgspec.json.decode(line, type=Reply)

    async def _find_adapter(self, name: str) -> None:
        assert self._file is not None
        if name not in self._adapters:
            path = self._adapter_paths[name]
            self._adapters[name] = await asyncio.to_thread(checked_adapter, name, path, self._file)

    def _check_memory(self, new: int) -> str:
        """The memory that `new` models take, in words; "" where a GPU has its own. Raises NotReady."""
        assert self._file is not None
        if self._model.gpu_layers:
            return ""
        return check_memory(self._file, self._memory_of(self._file), new, len(self._clients))

    def _lacking_to_score(self) -> str:
        assert self._file is not None
        return "" if self._model.gpu_layers else lacking_to_score(self._memory_of(self._file))

    def _memory_of(self, file: ModelFile) -> Memory:
        return memory_of(file, self._context, SLOTS)

    def _read_or_none(self, name: str) -> DosedModel | None:
        try:
            return self.read(name)
        except UnknownModel:
            return None

    def _reason(self) -> str:
        """What llama.cpp wrote about its last error."""
        lines = list(self._child.log)
        begins = max((number for number, line in enumerate(lines) if _LOADING in line), default=0)
        errors = [match[1] for line in lines[begins:] if (match := _ERROR.match(line))]
        errors += [line for line in reversed(lines) if "error" in line.lower()]
        return errors[0].strip()[:160] if errors else ""

    def _died(self, how: str) -> NotReady:
        reason = self._reason()
        return NotReady(f"the server of {self._model.name} {how}{f': {reason}' if reason else ''}", AGAIN)

    async def _end(self) -> None:
        served, self._served = self._served, {}
        for serving in served.values():
            serving.cancel()
            await asyncio.wait([serving])
        clients, self._clients = self._clients, []
        for client in clients:
            await client.close()
        for one_pass in self._one_passes:
            await one_pass.close()
        await self._child.end()


def _find(model: LlamaModel) -> ModelFile:
    return checked_model(model.find())


def default_threads() -> int:
    """Half of the processors, at most four: the threads wait actively for each other, and the console needs one too."""
    return max(1, min(4, (os.cpu_count() or 2) // 2))


def _expanded(path: str) -> Path:
    return Path(path).expanduser()
