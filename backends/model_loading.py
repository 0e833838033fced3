"""Waiting for models that a server still loads: one request knocks for all that want the same."""

import asyncio
import time

from diptych.backends.listeners import tell

_FORGOTTEN_SECONDS = 60.0
"""After so long without news a model that is being loaded is being loaded anew."""
_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 5.0
"""How long there is between two knocks: at first, and at most unless the server says more."""
_LONGEST_TOLD_SECONDS = 30.0
_TICK_SECONDS = 1.0


class _Load:
    """One model that is not ready."""

    def __init__(self) -> None:
        self.since = self.heard = time.monotonic()
        self.knocker: Visit | None = None
        self.over = False


class Loads:
    """The models of one server that are not ready."""

    def __init__(self, limit: float) -> None:
        """`limit`: seconds for which a model is waited for."""
        self.limit = limit
        self._loads: dict[str, _Load] = {}

    def visit(self, model: str) -> "Visit":
        """For one question, from its first try to its last."""
        return Visit(self, model)

    def of(self, model: str) -> _Load:
        """That of a model."""
        return self._loads.setdefault(model, _Load())

    def end(self, model: str, load: _Load) -> None:
        """The model has answered, or the server has told of something else."""
        load.over = True
        if self._loads.get(model) is load:
            del self._loads[model]


class Visit:
    """A question that may find its model not ready."""

    def __init__(self, loads: Loads, model: str) -> None:
        self._loads = loads
        self._model = model
        self._load: _Load | None = None
        self._given_up = False

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        load = self._load
        if load is None or load.knocker is not self:
            return
        load.knocker = None
        if not self._given_up and not (kind is not None and issubclass(kind, asyncio.CancelledError | GeneratorExit)):
            self._loads.end(self._model, load)

    def passed(self) -> None:
        """The model answers."""
        if self._load is not None:
            self._loads.end(self._model, self._load)
            tell("")
            self._load = None

    async def again(self, told: float | None) -> bool:
        """Wait until the model is asked again, after `told` seconds if the server says so; False when it has been
        waited for long enough."""
        load, now = self._loads.of(self._model), time.monotonic()
        if now - load.heard > _FORGOTTEN_SECONDS:
            load.since = now
        load.heard, self._load = now, load
        knock_at = now + _pause(now - load.since, told)
        while not load.over:
            now = time.monotonic()
            if (left := load.since + self._loads.limit - now) <= 0:
                self._given_up = True
                return False
            if load.knocker is None:
                load.knocker = self
            if load.knocker is self and now >= knock_at:
                return True
            tell(f"the model is loading · {now - load.since:.0f} s")
            pause = min(_TICK_SECONDS, left)
            await asyncio.sleep(min(pause, max(0.0, knock_at - now)) if load.knocker is self else pause)
        return True


def _pause(since: float, told: float | None) -> float:
    """Until the next knock."""
    if told:
        return min(told, _LONGEST_TOLD_SECONDS)
    return min(_LONGEST_SECONDS, _FIRST_SECONDS + since / 10)
