"""Asking a hosted API that a local server stands in for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from diptych.backends import (
    Backend,
    BackendError,
    Delta,
    End,
    Endpoint,
    Message,
    Request,
    Sampling,
    connect,
)
from tests.openai_server import Reply, Server, serve


def request(model: str = "gpt-base", **sampling: Any) -> Request:
    return Request(model, (Message("user", "Hi"),), Sampling(**sampling))


@asynccontextmanager
async def hosted(reply: Reply, **endpoint: Any) -> AsyncIterator[tuple[Backend, Server]]:
    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url, timeout=endpoint.pop("timeout", 5.0), **endpoint))
        await backend.start(lambda doing: None)
        try:
            yield backend, server
        finally:
            await backend.close()


async def read(backend: Backend, wanted: Request, samples: int = 1) -> tuple[list[str], dict[int, End], list[Delta]]:
    """The texts by sample, the ends by sample, and the deltas."""
    items = [item async for item in backend.stream(wanted, samples)]
    deltas = [item for item in items if isinstance(item, Delta)]
    texts = ["".join(d.text for d in deltas if d.sample == sample) for sample in range(samples)]
    return texts, {item.sample: item for item in items if isinstance(item, End)}, deltas


async def fault(backend: Backend, wanted: Request) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await read(backend, wanted)
    return caught.value
