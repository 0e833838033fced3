"""The adapters of a vLLM server: what its models are called, and how further adapters and sums of them are loaded."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any, Protocol

from diptych.backends.backend_errors import (
    BackendError,
    BadRequest,
    NotReady,
    ServerError,
    UnknownModel,
    Unsupported,
)
from diptych.backends.interface import Model
from diptych.backends.replicas import Replicas
from diptych.backends.servers.adapter_doses import DosedModel
from diptych.backends.servers.adapter_sums import Listing, folder_of, is_sum, written_sum
from diptych.backends.servers.server_recognition import REAL_VLLM, is_no_path


class Server(Protocol):
    """The server that has them."""

    api: Replicas

    async def models(self) -> list[Model]:
        """Ask what it has, and tell its adapters."""

    async def software(self) -> str:
        """Its software."""


class VLLMAdapters:
    """What is known of the adapters, and what is done with them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._listing: Listing | None = None
        self.left_out: dict[str, BackendError] = {}
        """Why adapters of the configuration are not served, by name."""
        self._loads = 0
        self._summed: set[str] = set()
        """The sums of adapters that are loaded, by the name under which they are served."""
        self._summing = asyncio.Lock()
        self._asked: dict[str, str] = {}
        """Other names for sums that were asked for, and those under which they are served."""

    @property
    def known(self) -> bool:
        """Whether the server was asked."""
        return self._listing is not None

    @property
    def _has(self) -> Listing:
        return self._listing if self._listing is not None else Listing()

    def note(self, models: Sequence[Model], folders: dict[str, str]) -> list[Model]:
        """Take what the server lists, and where each adapter is. Returns the models under all their names."""
        bases = tuple(model.name for model in models if not model.parent)
        self._listing = Listing(bases, {**dict.fromkeys(self.left_out, ""), **folders})
        by_name = {model.name: model for model in models}
        asked = ((name, by_name[served]) for name, served in self._asked.items() if served in by_name)
        return [*models, *(Model(name, model.context, model.parent) for name, model in asked)]

    def __contains__(self, served: str) -> bool:
        """Whether a model of that name is the base with an adapter."""
        return served in self._has.adapters

    def served_name(self, model: str) -> str:
        """The name of a model on the server."""
        read = self._has.read(model)
        return model if read is None else self._has.served_name(read)

    def fault(self, model: str) -> BackendError | None:
        """Why a model cannot be asked, as far as its adapters are concerned."""
        try:
            read = self._has.read(model)
        except UnknownModel as error:
            return error
        adapters = [adapter for adapter, _ in read.adapters] if read is not None else []
        return next((self.left_out[adapter] for adapter in adapters if adapter in self.left_out), None)

    def dosed_model(self, model: str) -> DosedModel | None:
        """The base and the adapters that a name stands for; None where they cannot be had at another dose, because
        their files are not here. Raises UnknownModel."""
        read = self._has.read(model)
        try:
            for adapter, _ in read.adapters if read is not None else ():
                folder_of(adapter, self._has.adapters[adapter])
        except NotReady:
            return None
        return read

    async def loaded(self, model: str) -> str:
        """The name of a model on the server, which has its adapter from now on. Raises BackendError."""
        if isinstance(self.fault(model), UnknownModel):
            await self._server.models()  # It may have been loaded since.
        if (fault := self.fault(model)) is not None:
            raise fault
        read, served = self._has.read(model), self.served_name(model)
        if read is not None and is_sum(read):
            async with self._summing:
                if served not in self._summed or served not in self:
                    await self._load_sum(served, read)
                    self._summed.add(served)
            if served != model:
                self._asked[model] = served
        return served

    async def fixed(self) -> Unsupported | None:
        """Why adapters cannot be loaded or unloaded; None where they can. Raises BackendError."""
        if (software := await self._server.software()) not in (REAL_VLLM, ""):
            return Unsupported(f"{software} does not load adapters as vLLM does", "use a vLLM server")
        # A request that names no adapter: a server with this path refuses it, and loads nothing.
        for answer in await self._server.api.ask_all("/load_lora_adapter", {}):
            if isinstance(answer, BackendError) and (isinstance(answer, UnknownModel) or is_no_path(answer)):
                return _adapters_fixed()
        return None

    async def load(self, name: str, path: str) -> None:
        """Load an adapter into every replica, or into none. Raises BackendError."""
        self._loads += 1
        api, body = self._server.api, {"lora_name": name, "lora_path": _new_spelling(path, self._loads)}
        answers = await api.ask_all("/load_lora_adapter", body)
        if (error := _first_error(answers)) is not None:
            loaded = [number for number, answer in enumerate(answers) if not isinstance(answer, BackendError)]
            await api.ask_these(loaded, "/unload_lora_adapter", {"lora_name": name})
            raise _of_adapters(error)
        await self._server.models()

    async def unload(self, name: str) -> None:
        """Unload an adapter. Raises BackendError."""
        answers = await self._server.api.ask_all("/unload_lora_adapter", {"lora_name": name})
        await self._server.models()
        if (error := _first_error(answers)) is not None:
            raise _of_adapters(error)

    async def _load_sum(self, served: str, model: DosedModel) -> None:
        """Write the sum of a model's adapters, and load it. Raises NotReady."""
        there = self._has.adapters.get(served)
        try:
            folder = str(await asyncio.to_thread(written_sum, model, self._has.adapters))
        except NotReady:
            if there is not None:
                return  # Somebody has written and loaded it where the files are.
            raise
        if there is not None and _plain(there) == folder:
            return
        if (fixed := await self.fixed()) is not None:
            raise NotReady(f"{served} is an adapter that has to be loaded, and {fixed.message}", fixed.hint)
        try:
            if there is not None:
                await self.unload(served)
            await self.load(served, folder)
        except (BadRequest, ServerError, Unsupported, UnknownModel) as error:
            raise NotReady(f"{served} ({folder}) cannot be loaded: {error.message}", error.hint) from error


def _new_spelling(path: str, times: int) -> str:
    """Another spelling of the same folder.

    vLLM caches what it has computed by the name and path of an adapter. An adapter that was trained again, and is
    loaded again from the same path, would use what the old one left in the cache.
    """
    return path.rstrip("/") + "/." * times if path.startswith("/") else path


def _plain(path: str) -> str:
    """The first spelling of a folder."""
    return os.path.normpath(path)


def _first_error(answers: Sequence[Any]) -> BackendError | None:
    return next((answer for answer in answers if isinstance(answer, BackendError)), None)


def _of_adapters(error: BackendError) -> BackendError:
    """The error for a failed change of adapters."""
    from diptych.backends.servers import vllm_log

    if (known := vllm_log.fault_in(error.message)) is not None:
        return BadRequest(*known)
    return _adapters_fixed() if is_no_path(error) else error


def _adapters_fixed() -> Unsupported:
    return Unsupported(
        "the server does not change its adapters while it runs",
        "start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True and --enable-lora",
    )
