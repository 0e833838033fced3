"""Real servers of llama.cpp: one that diptych starts, and one that is started by hand."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from diptych.backends.endpoint import Patience
from diptych.backends.openai_client import OpenAIClient
from diptych.backends.servers import weights
from diptych.backends.servers.llama_server import LlamaServer
from diptych.backends.servers.model_places import ModelPlaces

_BY_HAND = """
import json, os, sys, xllamacpp
params = xllamacpp.CommonParams()
model, adapters, settings = json.loads(sys.argv[1])
params.model.path, params.model_alias = model, {"served"}
params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(*adapter) for adapter in adapters]
params.hostnames, params.port, params.ui = ["127.0.0.1"], 0, False
params.n_parallel, params.n_ctx = 2, 4096
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
for name, value in settings.items():
    setattr(params, name, value)
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # llama.cpp writes its log to standard output.
server = xllamacpp.Server(params)
print(server.listening_address, file=answers, flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def embedded(*models: str, places: ModelPlaces | None = None) -> AsyncIterator[LlamaServer]:
    """The embedded endpoint, started."""
    server = LlamaServer(weights.embedded_model(), Patience(60.0), models, places=places)
    await server.start(lambda doing: None)
    try:
        yield server
    finally:
        await server.close()


async def address(server: LlamaServer, model: str) -> str:
    """The base URL at which a model is served."""
    async with server.routes(server.read(model)) as routes:
        assert isinstance(routes.client, OpenAIClient)
        return routes.client.base_url


@contextmanager
def started_by_hand(*adapters: tuple[str, float], **settings: object) -> Iterator[str]:
    """A server with the packaged model, named "served", with adapters (name and scale). Yields its base URL."""
    files = [(str(weights.ADAPTERS[name]), scale) for name, scale in adapters]
    given = json.dumps([str(weights.base_file()), files, settings])
    process = subprocess.Popen(
        [sys.executable, "-c", _BY_HAND, given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().decode().strip() + "/v1"
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
