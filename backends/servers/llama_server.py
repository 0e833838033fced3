"""A server of llama.cpp that diptych starts, for a base model and its adapters at any dose."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diptych.backends.backend_errors import BackendError, NotReady, UnknownModel, Unsupported
from diptych.backends.interface import Delta, End, Model, Progress, Request
from diptych.backends.servers.adapter_doses import is_adapter_name
from diptych.backends.servers.llama_backend import LlamaBackend
from diptych.backends.servers.llama_process import LlamaProcess
from diptych.backends.servers.model_places import MOST, ModelPlaces, PlacedModel, shared_places
from diptych.backends.thoughts import TAGS
from diptych.errors import AGAIN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from diptych.backends.endpoint import Patience
    from diptych.backends.servers.adapter_doses import AdapterDose, DosedModel
    from diptych.backends.servers.llama_files import LlamaModel
    from diptych.backends.servers.llama_routes import LlamaRoutes


class LlamaServer(LlamaBackend):
    """A backend that starts its server, watches it, and ends it.

    The models named at the beginning are loaded at once, as far as there is room, others when they are first asked.
    Only some are in memory at the same time: one that nobody asks makes room for one that somebody waits for.
    """

    holds_models = MOST

    @property
    def models_at_once(self) -> int:  # type: ignore[override]
        """As many as there are processors for."""
        return min(MOST, self._process.at_once)

    def __init__(
        self,
        model: LlamaModel,
        patience: Patience,
        models: Sequence[str] = (),
        thinking_tags: Sequence[str] = TAGS,
        places: ModelPlaces | None = None,
    ) -> None:
        """`models`: the names of those that will be asked. `places`: where models are loaded; by default all endpoints
        of the program share some."""
        super().__init__()
        self._model = model
        self._process = LlamaProcess(model, patience, thinking_tags)
        self._places = places
        self._named = {read.name: read for read in map(self._read_or_none, models) if read is not None}
        """The models that were asked for, by name."""
        self._lock = asyncio.Lock()
        self._ready = False
        self._served: dict[tuple[AdapterDose, ...], _ServedModel] = {}
        """By the adapters that change something: equal models are one."""
        self._faults: dict[str, BackendError] = {}
        """Why models could not be loaded the last time, by name."""
        self._memory = ""
        """What they take, in words."""
        self._in_turn: list[str] = []
        """That they do not fit into memory at once, where this is so."""

    @property
    def log(self) -> Sequence[str]:  # type: ignore[override]
        """The last lines that the server wrote."""
        return self._process.log

    @property
    def notices(self) -> list[str]:  # type: ignore[override]
        """What the reader should know about the model."""
        header = self._process.file.header if self._process.file is not None else None
        if header is None or self._model.chat_template or "tokenizer.chat_template" in header.values:
            return self._in_turn
        template = f"{self._model.name} has no chat template, and is asked in ChatML; chat_template sets another"
        return [template, *self._in_turn]

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid

    @property
    def key(self) -> str:
        """The key that its requests need; "" before it was started."""
        return self._process.key

    async def start(self, progress: Progress) -> None:
        """Load the models that were named, as far as there is room. Models that cannot be loaded do not prevent others.
        Raises NotReady where none can be."""
        async with self._lock:
            if self._process.lost:
                await self._end()
            if not self._ready:
                await self._start(progress)
                self._ready = True

    async def _start(self, progress: Progress) -> None:
        await self._process.check()
        self._named = self._named or {self._model.name: self.read(self._model.name)}
        first, *others = {model.active: model for model in self._named.values()}.values()
        self._foresee_memory(1 + len(others))
        progress(", ".join(filter(None, (f"loading {self._model.name}", self._memory, await self._process.reading()))))
        if not self._shared.has_room(self._served_model(first)):
            # Other endpoints have filled the memory: it is loaded in the place of one of theirs when it is asked.
            return
        loaded = await self._loads(first)
        for model in others:
            if not loaded or self._shared.has_room(self._served_model(model)):
                loaded = await self._loads(model) or loaded
        if not loaded:
            raise next(iter(self._faults.values()))

    def _foresee_memory(self, models: int) -> None:
        try:
            self._memory, self._in_turn = self._process.check_memory(min(models, self._shared.most)), []
        except NotReady as error:
            self._memory = ""
            if models > 1:
                self._in_turn = [f"{error.message}: its models are loaded in turn; a lower context makes room for them"]

    async def _loads(self, model: DosedModel) -> bool:
        """Load a model; whether that worked."""
        try:
            async with self.routes(model):
                return True
        except BackendError:
            return False

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        try:
            async for item in super().stream(request, samples):
                yield item
        except BackendError:
            if await self._process.ended(within=0.5):
                raise self._process.died("ended in the middle of the answer") from None
            raise

    async def models(self) -> list[Model]:
        """The base, its adapters, and the other models that were asked for."""
        return self.listed(self._process.context or None, tuple(self._named))

    async def check_model(self, model: str) -> None:
        """Raises UnknownModel; NotReady where the model could not be loaded."""
        if (fault := self.model_fault(model)) is not None:
            raise fault

    def model_fault(self, model: str) -> BackendError | None:
        """Why a model cannot be asked, as far as that has shown."""
        try:
            return self._faults.get(self.read(model).name)
        except UnknownModel as error:
            return error

    async def description(self) -> str:
        """The file, its context, and its memory."""
        if self._process.file is None:
            return ""
        words = f"{self._process.file.path.name}, context {self._process.context:,}"
        return f"{words}, {self._memory}" if self._memory else words

    async def close(self) -> None:
        """End the child."""
        async with self._lock:
            await self._end()

    def names(self) -> tuple[str, tuple[str, ...]]:
        """The names of the base and of its adapters."""
        return self._model.name, tuple(self._process.adapter_paths)

    @property
    def model_file(self) -> Path | None:  # type: ignore[override]
        """The file of its model."""
        return self._process.file.path if self._process.file is not None else None

    async def adapters_fixed(self) -> None:
        """Adapters can be loaded."""

    async def load_adapter(self, name: str, path: str) -> None:
        """Add an adapter from a file or folder. It is loaded when it is first asked for. Raises NotReady."""
        if not is_adapter_name(name):
            raise NotReady(f"an adapter cannot be named {name!r}", "give it a name without + and @")
        process = self._process
        if process.file is None:
            raise NotReady(f"the server of {self._model.name} does not run", AGAIN)
        given = _expanded(path)
        file = await process.checked(name, given)
        if process.adapters.get(name, file) != file:
            raise NotReady(f"there is an adapter {name!r} already", "give the new one another name")
        process.adapter_paths[name], process.adapters[name] = given, file

    async def unload_adapter(self, name: str) -> None:
        """Raises Unsupported."""
        raise Unsupported("llama.cpp keeps its adapters until diptych ends", "put another model on the side")

    def fields(self, model: DosedModel) -> dict[str, Any]:
        """The fields of every request to a model that say which one it is."""
        return {"model": model.name}

    def turn(self, model: DosedModel) -> AbstractAsyncContextManager[None]:
        """Nothing to wait for: each model has a server of its own."""
        return nullcontext()

    @asynccontextmanager
    async def routes(self, model: DosedModel) -> AsyncIterator[LlamaRoutes]:
        """The routes for a model, which is loaded until the block ends. Waits for room in memory. Raises NotReady."""
        served = self._served_model(model)
        async with AsyncExitStack() as held:
            try:
                await self._process.find_adapters(model)
                await held.enter_async_context(self._shared.hold(served))
            except BackendError as error:
                self._faults[model.name] = error
                raise
            self._faults.pop(model.name, None)
            self._named.setdefault(model.name, model)
            yield served.routes

    @property
    def _shared(self) -> ModelPlaces:
        if self._places is None:
            self._places = shared_places()
        return self._places

    def _served_model(self, model: DosedModel) -> _ServedModel:
        return self._served.setdefault(model.active, _ServedModel(model, self._process))

    def _read_or_none(self, name: str) -> DosedModel | None:
        try:
            return self.read(name)
        except UnknownModel:
            return None

    async def _end(self) -> None:
        self._ready = False
        why = NotReady(f"the server of {self._model.name} was ended", AGAIN)
        served, self._served = self._served, {}
        await self._shared.remove(served.values(), why)
        await self._process.end()


def _expanded(path: str) -> Path:
    return Path(path).expanduser()


class _ServedModel(PlacedModel):
    """A base with some adapters, or with none."""

    def __init__(self, model: DosedModel, process: LlamaProcess) -> None:
        self._model = model
        self._process = process
        self._loaded: tuple[str, LlamaRoutes] | None = None
        """Its address and its routes."""

    @property
    def memory(self) -> int:
        """Bytes that it takes if it is loaded now."""
        return self._process.memory

    @property
    def routes(self) -> LlamaRoutes:
        """Where it is asked while it is loaded."""
        assert self._loaded is not None
        return self._loaded[1]

    async def load(self) -> None:
        """Serve it. Raises NotReady."""
        self._loaded = await self._process.serve(self._model)

    async def unload(self) -> None:
        """End it."""
        assert self._loaded is not None
        (address, _), self._loaded = self._loaded, None
        await self._process.end_model(address)
