"""Places in memory for models: a small number at once, so that any number of models can be asked in turn.

A model keeps its place after its answers, because it is often asked again. When another model needs a place, the one
that was idle for longest is ended. When all are busy, the model that was asked least recently gets no further requests
until those under way have ended, and then gives up its place. So every model gets its turn, and none is ended while it
answers.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Literal
from weakref import WeakKeyDictionary

from diptych.backends.backend_errors import BackendError
from diptych.backends.servers import llama_memory

MOST = 6
"""Models in memory at once: the four sides of a pair, and two that were asked before."""


class PlacedModel(ABC):
    """A model that takes memory while it is loaded."""

    @property
    @abstractmethod
    def memory(self) -> int:
        """Bytes that it takes if it is loaded now."""

    @abstractmethod
    async def load(self) -> None:
        """Load it. Raises BackendError."""

    @abstractmethod
    async def unload(self) -> None:
        """End it, and give back its memory."""


class _Place:
    """The place of one model."""

    def __init__(self) -> None:
        self.state: Literal["loading", "loaded", "ending"] = "loading"
        self.users = 0
        """Requests under way."""
        self.work: asyncio.Task[None] | None = None
        """The task that loads or ends the model."""


class ModelPlaces:
    """The places, and who waits for one."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._places: dict[PlacedModel, _Place] = {}
        """The model that was asked least recently first."""
        self._waiting: list[tuple[PlacedModel, asyncio.Future[_Place]]] = []
        """Requests, in the order in which they came."""

    @asynccontextmanager
    async def hold(self, model: PlacedModel) -> AsyncIterator[None]:
        """Wait until the model is loaded; until the block ends it is not ended. Do not hold two models in one task.
        Raises BackendError where the model cannot be loaded."""
        place = await self._enter(model)
        try:
            yield
        finally:
            place.users -= 1
            self._settle()

    def has_room(self, model: PlacedModel) -> bool:
        """Whether the model has a place, or can get one without ending another."""
        return model in self._places or self._fits(model)

    async def remove(self, models: Iterable[PlacedModel], why: BackendError) -> None:
        """Take models out, whatever they are doing, because their server ends or has ended. Whoever waits for one gets
        the error `why`."""
        for model in models:
            place = self._places.pop(model, None)
            if place is not None and place.work is not None:
                place.work.cancel()
                await asyncio.wait([place.work])
            self._refuse(model, why)
        self._settle()

    async def _enter(self, model: PlacedModel) -> _Place:
        turn: asyncio.Future[_Place] = asyncio.get_running_loop().create_future()
        waiter = (model, turn)
        self._waiting.append(waiter)
        self._settle()
        try:
            return await turn
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif not turn.cancelled() and turn.exception() is None:
                # It was let in before it was cancelled.
                turn.result().users -= 1
            self._settle()
            raise

    def _settle(self) -> None:
        """Load what is waited for, end what has to make room for it, and let in whoever need not wait."""
        missing = [model for model in dict.fromkeys(model for model, _ in self._waiting) if model not in self._places]
        while missing and self._fits(missing[0]):
            self._begin(missing.pop(0))
        leaving = self._make_room(len(missing))
        for model in {model for model, _ in self._waiting} - leaving:
            if model in self._places and self._places[model].state == "loaded":
                self._let_in(model)

    def _fits(self, model: PlacedModel) -> bool:
        """Whether there is a free place, and memory for it. What cannot be loaded alone says so when it is loaded."""
        if not self._places:
            return True
        if len(self._places) >= self.most:
            return False
        loading = sum(other.memory for other, place in self._places.items() if place.state == "loading")
        return loading + model.memory <= llama_memory.free_memory()

    def _make_room(self, models: int) -> set[PlacedModel]:
        """End idle models, so many that `models` others get a place. Returns those that are to end, the busy ones
        too."""
        ending = sum(place.state == "ending" for place in self._places.values())
        loaded = [model for model, place in self._places.items() if place.state == "loaded"]
        idle_first = sorted(loaded, key=lambda model: self._places[model].users > 0)
        leaving = idle_first[: max(0, models - ending)]
        for model in leaving:
            place = self._places[model]
            if not place.users:
                place.state = "ending"
                place.work = asyncio.create_task(self._unload(model))
        return set(leaving)

    def _begin(self, model: PlacedModel) -> None:
        self._places[model] = place = _Place()
        place.work = asyncio.create_task(self._load(model, place))

    async def _load(self, model: PlacedModel, place: _Place) -> None:
        try:
            await model.load()
        except Exception as error:
            del self._places[model]
            self._refuse(model, error)
        else:
            place.state = "loaded"
            # Before anything else: otherwise it might have to make room before it was asked.
            self._let_in(model)
        self._settle()

    async def _unload(self, model: PlacedModel) -> None:
        with suppress(BackendError):
            await model.unload()
        del self._places[model]
        self._settle()

    def _let_in(self, model: PlacedModel) -> None:
        """Let in all requests that wait for a loaded model, which is now the one that was asked last."""
        self._places[model] = place = self._places.pop(model)
        for turn in self._taken_from_queue(model):
            place.users += 1
            turn.set_result(place)

    def _refuse(self, model: PlacedModel, error: Exception) -> None:
        for turn in self._taken_from_queue(model):
            turn.set_exception(error)

    def _taken_from_queue(self, model: PlacedModel) -> list[asyncio.Future[_Place]]:
        taken = [turn for waited_for, turn in self._waiting if waited_for is model]
        self._waiting = [waiter for waiter in self._waiting if waiter[0] is not model]
        # A request that was cancelled just now is still among them.
        return [turn for turn in taken if not turn.cancelled()]


_SHARED: WeakKeyDictionary[asyncio.AbstractEventLoop, ModelPlaces] = WeakKeyDictionary()


def shared_places() -> ModelPlaces:
    """The places that all endpoints of this program share."""
    return _SHARED.setdefault(asyncio.get_running_loop(), ModelPlaces())
