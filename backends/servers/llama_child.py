"""The child process in which llama.cpp serves a model, over HTTP on loopback.

It reads its settings as one line of JSON from standard input, so that the key is not in a process list. Each further
line names a model to serve, the base with some adapters or with none, or one to end. A model takes memory of its own
besides the weights, so it is served only when it is asked for. The answer to each line is one line on standard output.
Standard input stays open as long as the parent lives; when it closes, this process ends.
"""

from typing import Any

import msgspec

from diptych.backends.servers.child_lines import Answer, NextLine, answer_lines


class Settings(msgspec.Struct, frozen=True):
    """The first line: the base model, and how all models on it are served."""

    model: str
    """The file of its weights."""
    key: str
    slots: int
    """Answers of each model at the same time."""
    context: int
    """Tokens of each slot."""
    threads: int
    """Threads of each model."""
    chat_template: str | None = None
    """Jinja; None for the one in the file."""
    gpu_layers: int | None = None
    """Layers that are computed on the GPU; None leaves it to llama.cpp."""


class Serve(msgspec.Struct, frozen=True, tag=True):
    """A further line: the base with these adapters is to be served."""

    name: str
    adapters: tuple[tuple[str, float], ...] = ()
    """The file of each, and its scale."""


class End(msgspec.Struct, frozen=True, tag=True):
    """A further line: a model is to be ended, and its memory given back."""

    address: str
    """Where it is served. Nobody asks it any more."""


class Reply(msgspec.Struct, frozen=True):
    """The answer to a line."""

    address: str = ""
    """Where the model is served; "" where one was ended."""
    fault: str = ""
    """Why it is not; "" where it is."""


def main() -> None:
    """Serve until standard input closes."""
    answer_lines(_answer)


def _answer(next_line: NextLine, answer: Answer) -> None:
    settings = msgspec.json.decode(next_line(), type=Settings)
    answer(Reply(fault=_missing_gpu(settings)))
    servers: dict[str, Any] = {}
    while True:
        line = msgspec.json.decode(next_line(), type=Serve | End)
        if isinstance(line, End):
            # The server ends with the last reference to it.
            del servers[line.address]
            answer(Reply())
            continue
        try:
            server = _serve(settings, line)
        except RuntimeError as error:
            answer(Reply(fault=str(error)))
        else:
            servers[server.listening_address] = server
            answer(Reply(server.listening_address))
            del server


def _missing_gpu(settings: Settings) -> str:
    """The fault where layers are to be computed on a GPU, and there is none that llama.cpp can use."""
    import xllamacpp

    cpu = xllamacpp.ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_CPU
    if settings.gpu_layers and all(device["type"] == cpu for device in xllamacpp.get_device_info()):
        return "the installed xllamacpp finds no GPU"
    return ""


def _serve(settings: Settings, serve: Serve) -> Any:
    """Start a server of llama.cpp. All servers share one copy of the weights in memory, because the file is mapped.

    Each model has a server of its own. One server could take the adapters from the request, but llama.cpp never puts
    slots with different adapters into one batch: one side would wait until the other had finished. It also takes the
    keys and values of a prompt that it read with another adapter (ggml-org/llama.cpp#26207). With servers of their own,
    no model ever sees an adapter of another. Raises RuntimeError.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings.model
    params.model_alias = {serve.name}
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(file, scale) for file, scale in serve.adapters]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings.key]
    params.ui = False
    params.endpoint_metrics = True
    params.n_parallel = settings.slots
    params.n_ctx = settings.context * settings.slots
    params.cache_ram_mib = 0
    # Otherwise each server copies weights of some formats (Q4_0, Q4_K) into a layout of its own.
    params.no_extra_bufts = True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.threads
    if settings.chat_template is not None:
        params.chat_template = settings.chat_template
    if settings.gpu_layers is not None:
        params.n_gpu_layers = settings.gpu_layers
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
