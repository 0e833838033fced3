"""A server of llama.cpp that runs already: what it has loaded, and what it lacks."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, NamedTuple

from diptych.backends.backend_errors import BackendError, NotReady, ServerError, Unsupported
from diptych.backends.group_lock import GroupLock
from diptych.backends.hosted import listed_models
from diptych.backends.interface import Model, Progress
from diptych.backends.replicas import Replicas
from diptych.backends.servers.adapter_doses import DosedModel
from diptych.backends.servers.llama_backend import LlamaBackend
from diptych.backends.servers.llama_routes import APPLY_TEMPLATE, COMPLETION, TOKENIZE, LlamaRoutes
from diptych.backends.servers.server_recognition import is_no_path
from diptych.errors import AGAIN

_TRIALS: Mapping[str, Mapping[str, Any]] = {
    APPLY_TEMPLATE: {"messages": [{"role": "user", "content": "a"}]},
    TOKENIZE: {"content": "a"},
    COMPLETION: {"prompt": "a", "n_predict": 1, "cache_prompt": False},
}
"""A small request to each route of its own."""
_UNNAMEABLE = re.compile(r"[+@]")


class _Loaded(NamedTuple):
    """What a server has loaded."""

    base: str
    """The name under which it lists its model."""
    adapters: dict[str, tuple[int, float]]
    """The number of each adapter, and the scale at which it is applied to requests that set none."""
    context: int | None
    slots: int
    build: str


class AttachedLlama(LlamaBackend):
    """Asks a server that somebody else has started, with the adapters that it was started with.

    Every request sets the scales of all adapters: the name of a model means the same as where diptych starts the
    server. Models with other adapters are asked in turn. llama.cpp computes them one after the other anyway, and it may
    continue from the keys and values that it computed with another adapter (ggml-org/llama.cpp#26207).
    """

    def __init__(self, api: Replicas) -> None:
        super().__init__()
        self.api = api
        self._known: _Loaded | None = None
        self._group_lock = GroupLock()

    @property
    def notices(self) -> list[str]:  # type: ignore[override]
        """What the reader should know about how the endpoint is asked."""
        return self.api.notices

    async def start(self, progress: Progress) -> None:
        """Make ready, and ask what is loaded. Raises BackendError."""
        await self.api.start()
        if self._known is None:
            self._known = await self._look()

    async def models(self) -> list[Model]:
        """The model and its adapters. Raises BackendError."""
        self._known = await self._look()
        return self.listed(self._known.context)

    async def description(self) -> str:
        """The version of llama.cpp, the adapters with their scales, and the routes that it lacks. Raises
        BackendError."""
        loaded = self._loaded
        adapters = ", ".join(f"{name} at {scale:g}" for name, (_, scale) in loaded.adapters.items()) or "none"
        missing = [path[1:] for path, body in _TRIALS.items() if not await self._has(path, body)]
        lacks = f"; it has no {', '.join(missing)}, and refuses what needs that" if missing else ""
        return f"llama.cpp {loaded.build}, answers at once: {loaded.slots}, adapters: {adapters}{lacks}"

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()

    def names(self) -> tuple[str, tuple[str, ...]]:
        """The names of the model and of its adapters. Raises NotReady."""
        return self._loaded.base, tuple(self._loaded.adapters)

    def fields(self, model: DosedModel) -> dict[str, Any]:
        """The fields of every request to a model that say which one it is."""
        doses = dict(model.adapters)
        scales = [{"id": number, "scale": doses.get(name, 0.0)} for name, (number, _) in self._loaded.adapters.items()]
        # The server has one model and reads no name. The name says in every record which adapters were applied.
        return {"model": model.name, **({"lora": scales} if scales else {})}

    def turn(self, model: DosedModel) -> AbstractAsyncContextManager[None]:
        """Models with other adapters wait."""
        return self._group_lock.hold(model.active) if self._loaded.adapters else nullcontext()

    @asynccontextmanager
    async def routes(self, model: DosedModel) -> AsyncIterator[LlamaRoutes]:
        """The routes for a model."""
        yield LlamaRoutes(self.api, self._loaded.slots - 1, self.fields(model))

    @property
    def _loaded(self) -> _Loaded:
        if self._known is None:
            raise NotReady("the endpoint was not started", AGAIN)
        return self._known

    async def _look(self) -> _Loaded:
        props = await self._ask_if_there("//props")
        if not isinstance(props, dict) or "default_generation_settings" not in props:
            raise Unsupported(
                "the server is not llama.cpp's own: it has no /props", 'set kind to "openai" or "vllm" for it'
            )
        listed = listed_models(await self.api.ask("/models"))
        if not listed:
            raise ServerError("the server lists no model", "start it with a model")
        settings = props["default_generation_settings"]
        context = settings.get("n_ctx") if isinstance(settings, dict) else None
        slots = max(1, int(props.get("total_slots", 1)))
        adapters = _adapters(await self._ask_if_there("//lora-adapters") or [])
        return _Loaded(str(listed[0]["id"]), adapters, context, slots, str(props.get("build_info", "")))

    async def _has(self, path: str, body: Mapping[str, Any]) -> bool:
        try:
            await self.api.ask(path, {**body, **self.fields(DosedModel(self._loaded.base))})
        except BackendError as error:
            return not is_no_path(error)
        return True

    async def _ask_if_there(self, path: str) -> Any:
        """What the server answers at a path; None where it has no such path. Raises BackendError."""
        try:
            return await self.api.ask(path)
        except BackendError as error:
            if is_no_path(error):
                return None
            raise


def _adapters(entries: Any) -> dict[str, tuple[int, float]]:
    """Adapters by the name of their file. Where two files have one name, the number of the adapter is added."""
    found: dict[str, tuple[int, float]] = {}
    for entry in entries:
        file = re.split(r"[/\\]", str(entry["path"]))[-1]
        name = _UNNAMEABLE.sub("-", file.removesuffix(".gguf"))
        if not name or name in found:
            name = f"{name}-{entry['id']}"
        found[name] = (int(entry["id"]), float(entry["scale"]))
    return found
