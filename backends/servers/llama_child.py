"""The child process that serves the embedded model: llama.cpp over HTTP on loopback.

Started as `python -m diptych.backends.servers.llama_child`. Its settings come as one line of JSON on
standard input, so that the key stands in no process list, and each adapter that is wanted as a further line: a model
takes a fifth of a gigabyte besides the weights, so only what is asked for is served. Each line is answered
with an address on standard output.
Standard input stays open as long as the parent lives: when it closes, however the parent ended, so does this process.
"""

import os
import sys
from typing import Any

import msgspec


class Settings(msgspec.Struct, frozen=True):
    """What the parent says first: the base model, which is served at once, and how all are served."""

    name: str
    model: str
    """The file of its weights."""
    key: str
    slots: int
    """Answers at once, of each model."""
    context: int
    """Tokens for each slot."""
    threads: int
    """Of each model."""


class Adapter(msgspec.Struct, frozen=True):
    """What the parent says of a further model that is wanted: the base with an adapter."""

    name: str
    file: str


class Ready(msgspec.Struct, frozen=True):
    """What the child answers: where the model is served."""

    address: str


def main() -> None:
    """Serve until standard input closes."""
    # The pipe for the answer is kept apart: llama.cpp writes its log to standard output as well.
    answer = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=Settings)
    servers = []

    def serve(adapter: Adapter | None) -> None:
        servers.append(_serve(settings, adapter))
        answer.write(msgspec.json.encode(Ready(servers[-1].listening_address)) + b"\n")

    serve(None)
    for line in sys.stdin.buffer:
        serve(msgspec.json.decode(line, type=Adapter))
    # Not sys.exit: llama.cpp's threads would be waited for, and an answer may be under way.
    os._exit(0)


def _serve(settings: Settings, adapter: Adapter | None) -> Any:
    """One server of llama.cpp: the weights are mapped, so that all of them share one copy in memory.

    One for each model, not one for all with the adapter chosen in the request: llama.cpp never puts slots with
    different adapters into one batch, and works off the first before it turns to the next, so that one side would
    stand still until the other had finished. It also means that the base has never seen an adapter.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings.model
    params.model_alias = {adapter.name if adapter else settings.name}
    if adapter is not None:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter.file, 1.0)]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings.key]
    params.ui = False
    params.endpoint_metrics = True
    params.n_parallel = settings.slots
    params.n_ctx = settings.context * settings.slots
    params.cache_ram_mib = 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.threads
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
