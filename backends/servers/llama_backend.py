"""What the servers of llama.cpp have in common: the one that diptych starts, and one that runs already."""

import asyncio
from abc import abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from diptych.backends.backend_errors import UnknownModel
from diptych.backends.interface import Backend, Delta, End, Model, Request, ScoredToken
from diptych.backends.request_bodies import chat_body, text_body
from diptych.backends.servers.adapter_doses import DosedModel, read_name
from diptych.backends.servers.llama_routes import LlamaRoutes
from diptych.backends.token_alignment import aligned

_SAMPLING = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0}
"""The plain distribution, as in the OpenAI API. The defaults of llama.cpp cut off its tail."""


class LlamaBackend(Backend):
    """Answers as a base model with any of its adapters at any dose. The name of a model says which."""

    def __init__(self) -> None:
        self._scoring: defaultdict[tuple[object, ...], asyncio.Lock] = defaultdict(asyncio.Lock)

    @abstractmethod
    def names(self) -> tuple[str, tuple[str, ...]]:
        """The names of the base and of its adapters."""

    @abstractmethod
    def fields(self, model: DosedModel) -> dict[str, Any]:
        """The fields of every request to a model that say which one it is."""

    @abstractmethod
    def routes(self, model: DosedModel) -> AbstractAsyncContextManager[LlamaRoutes]:
        """The routes for a model, which can be asked until the block ends. Raises BackendError."""

    @abstractmethod
    def turn(self, model: DosedModel) -> AbstractAsyncContextManager[None]:
        """Held while a model is asked, so that no other model is where the server would mix them up."""

    def read(self, name: str) -> DosedModel:
        """The model of that name. Raises UnknownModel."""
        base, adapters = self.names()
        model = read_name(name, (base,))
        if model is None or not {adapter for adapter, _ in model.adapters} <= set(adapters):
            listed = ", ".join((base, *(f"{base}+{adapter}" for adapter in adapters)))
            doses = "; a dose goes behind the adapter: +name@.5" if adapters else ""
            raise UnknownModel(f"the endpoint has no model {name!r}", f"use one of: {listed}{doses}")
        return model

    def model_name(self, name: str) -> str:
        """The name as it is written: equal doses alike."""
        model = read_name(name, (name.partition("+")[0],))
        return name if model is None else model.name

    def dosed_model(self, name: str) -> DosedModel:
        """The base and the adapters that a name stands for. Raises UnknownModel."""
        return self.read(name)

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The request exactly as it is sent. Raises UnknownModel."""
        model = self.read(request.model)
        if _is_plain_chat(request):
            return self._complete(model, chat_body(request, samples))
        async with self.routes(model) as routes:
            return await self._body(model, request, samples, routes)

    async def _body(self, model: DosedModel, request: Request, samples: int, routes: LlamaRoutes) -> dict[str, Any]:
        if _is_plain_chat(request):
            return self._complete(model, chat_body(request, samples))
        return self._complete(model, text_body(request, await routes.rendered(request), samples))

    def _complete(self, model: DosedModel, body: dict[str, Any]) -> dict[str, Any]:
        # Without the cache every prompt is read in full. A cached one changes log-probabilities by some hundredths.
        return {**_SAMPLING, **body, **self.fields(model), "cache_prompt": False}

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        model = self.read(request.model)
        async with self.routes(model) as routes:
            body = await self._body(model, request, samples, routes)
            async with self.turn(model):
                async for item in routes.client.send(body, request.prefill):
                    yield item

    async def check_model(self, model: str) -> None:
        """Raises UnknownModel."""
        self.read(model)

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield how likely the model finds `answer`, each token as soon as it is known. Raises BackendError."""
        model = self.read(request.model)
        async with self._scoring[model.active], self.routes(model) as routes, self.turn(model):
            async for token in aligned(answer, routes.scored(request, answer)):
                yield token

    async def prompt_tokens(self, request: Request) -> int:
        """The number of tokens that the model reads before its answer. Raises BackendError."""
        async with self.routes(self.read(request.model)) as routes:
            return len(await routes.prompt_ids(request))

    def listed(self, context: int | None, further: tuple[str, ...] = ()) -> list[Model]:
        """The base, each adapter on it, and `further` models."""
        base, adapters = self.names()
        names = dict.fromkeys((*(f"{base}+{adapter}" for adapter in adapters), *further))
        return [Model(base, context), *(Model(name, context, base) for name in names if name != base)]


def _is_plain_chat(request: Request) -> bool:
    """Whether the server applies the chat template itself, because no turn is continued."""
    return request.mode == "chat" and not request.prefill
