"""The child process that serves the embedded model: llama.cpp over HTTP on loopback.

It reads its settings as one line of JSON from standard input, so that the key is not in a process list. Each further
line names an adapter to serve: a model takes a fifth of a gigabyte besides the weights, so it is served only when it is
asked for. The answer to each line is an address on standard output. Standard input stays open as long as the parent
lives; when it closes, this process ends.
"""

import os
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import Any

import msgspec


class Settings(msgspec.Struct, frozen=True):
    """The first line: the base model, which is served at once, and how all models are served."""

    name: str
    model: str
    """The file of its weights."""
    key: str
    slots: int
    """Answers of each model at the same time."""
    context: int
    """Tokens of each slot."""
    threads: int
    """Threads of each model."""


class Adapter(msgspec.Struct, frozen=True):
    """A further line: the base with an adapter is to be served."""

    name: str
    file: str


class Ready(msgspec.Struct, frozen=True):
    """The answer: where the model is served."""

    address: str


def main() -> None:
    """Serve until standard input closes, then end at once: llama.cpp may hang when nobody reads what it writes."""
    lines: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read_until_parent_ends, args=(lines,), daemon=True).start()
    try:
        _answer_lines(lines)
    except Exception:
        traceback.print_exc()
    finally:
        # Not by returning: that would wait for the threads of llama.cpp.
        os._exit(1)


def _read_until_parent_ends(lines: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)


def _answer_lines(lines: SimpleQueue[bytes]) -> None:
    # Answers get a file of their own: llama.cpp writes its log to standard output.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    settings = msgspec.json.decode(lines.get(), type=Settings)
    servers = []

    def serve(adapter: Adapter | None) -> None:
        servers.append(_serve(settings, adapter))
        answers.write(msgspec.json.encode(Ready(servers[-1].listening_address)) + b"\n")

    serve(None)
    while True:
        serve(msgspec.json.decode(lines.get(), type=Adapter))


def _serve(settings: Settings, adapter: Adapter | None) -> Any:
    """Start a server of llama.cpp. All servers share one copy of the weights in memory, because the file is mapped.

    Each model has a server of its own. One server could take the adapter from the request, but llama.cpp never puts
    slots with different adapters into one batch: one side would wait until the other had finished. With servers of
    their own, the base also never sees an adapter.
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
