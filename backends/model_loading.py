"""Waiting for models that a server is still loading.

Requests for one model wait together. One of them, the prober, asks again from time to time; the others go on when it
gets an answer.
"""

import asyncio
import time

from diptych.backends.listeners import tell

_FORGOTTEN_SECONDS = 60.0
"""After this time without news, a model that is loading counts as having started over."""
FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0
"""The pause between two probes: the first, and the longest unless the server names a longer one."""
_LONGEST_NAMED_SECONDS = 30.0
TICK_SECONDS = 1.0


class _Load:
    """One model that is not ready."""

    def __init__(self) -> None:
        self.since = self.last_news = time.monotonic()
        self.prober: LoadWait | None = None
        self.over = False


class ModelLoads:
    """The models of one server that are not ready."""

    def __init__(self, limit: float) -> None:
        """`limit`: seconds that a model may take to load."""
        self.limit = limit
        self._loads: dict[str, _Load] = {}

    def wait(self, model: str) -> "LoadWait":
        """A context manager for one request, from its first try to its last."""
        return LoadWait(self, model)

    def of(self, model: str) -> _Load:
        """The loading of a model."""
        return self._loads.setdefault(model, _Load())

    def end(self, model: str, load: _Load) -> None:
        """The model has answered, or the server has reported something else."""
        load.over = True
        if self._loads.get(model) is load:
            del self._loads[model]


class LoadWait:
    """One request, which may find that its model is not ready."""

    def __init__(self, loads: ModelLoads, model: str) -> None:
        self._loads = loads
        self._model = model
        self._load: _Load | None = None
        self._given_up = False

    def __enter__(self) -> "LoadWait":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        load = self._load
        if load is None or load.prober is not self:
            return
        load.prober = None
        if not self._given_up and not (kind is not None and issubclass(kind, asyncio.CancelledError | GeneratorExit)):
            self._loads.end(self._model, load)

    def loaded(self) -> None:
        """The model has answered."""
        if self._load is not None:
            self._loads.end(self._model, self._load)
            tell("")
            self._load = None

    async def until_retry(self, named: float | None) -> bool:
        """Wait until the request may be sent again: after `named` seconds if the server says so. False when the model
        has taken too long."""
        load, now = self._loads.of(self._model), time.monotonic()
        if now - load.last_news > _FORGOTTEN_SECONDS:
            load.since = now
        load.last_news, self._load = now, load
        probe_at = now + _pause(now - load.since, named)
        while not load.over:
            now = time.monotonic()
            if (left := load.since + self._loads.limit - now) <= 0:
                self._given_up = True
                return False
            if load.prober is None:
                load.prober = self
            if load.prober is self and now >= probe_at:
                return True
            tell(f"the model is loading · {now - load.since:.0f} s")
            pause = min(TICK_SECONDS, left)
            await asyncio.sleep(min(pause, max(0.0, probe_at - now)) if load.prober is self else pause)
        return True


def _pause(since: float, named: float | None) -> float:
    """Seconds until the next probe, of a model that has been loading for `since` seconds."""
    if named:
        return min(named, _LONGEST_NAMED_SECONDS)
    return min(_LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS + since / 10)
