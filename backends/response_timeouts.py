"""How long a server may be silent while it is asked for answers."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from diptych.backends.endpoint import Patience
from diptych.backends.listeners import tell

WHOLE_TOKENS_PER_SECOND = 10.0
"""The slowest speed of an answer that is not streamed: nothing of it comes until it is complete."""
QUIET_SECONDS = 10.0
"""After this time without a response, listeners are told that the model may still be loading."""


class ResponseTimeouts:
    """The time that one server gets. A model that has not answered yet gets the time for loading as well."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._responded: set[str] = set()
        """Models that have responded."""

    def between_bytes(self, body: Mapping[str, Any]) -> float:
        """Seconds without a byte after which nothing more is expected of this request."""
        if body["stream"]:
            return self.patience.timeout
        longest = body.get("max_tokens") or body.get("max_completion_tokens") or 0
        return self.patience.timeout + float(longest) / WHOLE_TOKENS_PER_SECOND

    def first_byte(self, body: Mapping[str, Any]) -> float:
        """Seconds until the first byte. A server may load a model without a word."""
        if self.patience.strict or body["model"] in self._responded:
            return self.between_bytes(body)
        return max(self.between_bytes(body), self.patience.loading)

    def note_response(self, model: str) -> None:
        """The model has responded: it is loaded."""
        self._responded.add(model)

    @contextmanager
    def silence_reported(self, model: str) -> Iterator[None]:
        """While this is open, tell listeners how long a model that has not yet responded has been silent."""
        if model in self._responded:
            yield
            return
        reporting = asyncio.create_task(_report_silence())
        try:
            yield
        finally:
            reporting.cancel()


async def _report_silence() -> None:
    began = time.monotonic()
    await asyncio.sleep(QUIET_SECONDS)
    while True:
        tell(f"no answer yet, the model may still be loading · {time.monotonic() - began:.0f} s")
        await asyncio.sleep(1.0)
