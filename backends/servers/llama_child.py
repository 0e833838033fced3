"""The child process that serves the embedded model: llama.cpp over HTTP on loopback.

It reads its settings as one line of JSON from standard input, so that the key is not in a process list. Each further
line names an adapter to serve: a model takes a fifth of a gigabyte besides the weights, so it is served only when it is
asked for. The answer to each line is an address on standard output. Standard input stays open as long as the parent
lives; when it closes, this process ends.
"""

from typing import Any

import msgspec

from diptych.backends.servers.child_lines import Answer, NextLine, answer_lines


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
    """Serve until standard input closes."""
    answer_lines(_answer)


def _answer(next_line: NextLine, answer: Answer) -> None:
    settings = msgspec.json.decode(next_line(), type=Settings)
    servers = []

    def serve(adapter: Adapter | None) -> None:
        servers.append(_serve(settings, adapter))
        answer(Ready(servers[-1].listening_address))

    serve(None)
    while True:
        serve(msgspec.json.decode(next_line(), type=Adapter))


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
