"""Servers for the tests, each started by diptych's own code."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from diptych.backends import Endpoint, Serve, connect
from diptych.backends.servers.vllm_process import VLLMProcess
from tests.vllm import environment

HERE = Path(__file__).parent
ARGS = ("--dtype", "float32", "--max-model-len", "2048", "--enforce-eager")
NEEDED = "DIPTYCH_VLLM_NEEDED"
"""Set where a missing environment is a fault, not a reason to skip."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.vllm)


@pytest.fixture(scope="session", autouse=True)
def made() -> None:
    """The environment with vLLM."""
    if not environment.ready():
        (pytest.fail if os.environ.get(NEEDED) else pytest.skip)("make it first: python -m tests.vllm.environment")


@pytest.fixture(scope="session", autouse=True)
def small_and_offline() -> None:
    """What the servers find in their environment."""
    os.environ |= {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}


def served(
    *args: str,
    model: str = "",
    python: str = "",
    base_url: str | None = None,
    models: Sequence[str] = (),
    timeout: float | None = None,
    **adapters: str,
) -> VLLMProcess:
    """A server of the base and of adapters by name, not started yet. `models`: those that will be asked."""
    serve = Serve(
        model or str(environment.model("base")), adapters, python or str(environment.python()), (*ARGS, *args)
    )
    backend = connect(Endpoint("vllm", base_url=base_url, serve=serve, timeout=timeout), models)
    assert isinstance(backend, VLLMProcess)
    return backend


@asynccontextmanager
async def started(backend: VLLMProcess) -> AsyncIterator[VLLMProcess]:
    """The server, ready until the block ends."""
    try:
        await backend.start(lambda doing: None)
        yield backend
    finally:
        await backend.close()


class Told:
    """A server with adapters, and what it said while it started."""

    def __init__(self) -> None:
        # The one that changes something last: what is to have no adapter must not get it.
        self.backend = served(none=str(environment.model("none")), hello=str(environment.model("hello")))
        self.progress: list[str] = []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def told() -> AsyncIterator[Told]:
    told = Told()
    assert await told.backend.vitals() == ""
    try:
        await told.backend.start(told.progress.append)
        yield told
    finally:
        await told.backend.close()


@pytest.fixture(scope="session")
def server(told: Told) -> VLLMProcess:
    """The one server that most tests ask."""
    return told.backend
