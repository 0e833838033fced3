"""An endpoint as config.toml describes it."""

import sys
from typing import NamedTuple

import msgspec

from diptych.backends.thoughts import TAGS

TIMEOUT = 60.0
LOADING_TIMEOUT = 300.0


class Patience(NamedTuple):
    """How many seconds a client waits."""

    timeout: float
    """For the first piece of an answer, and for each next one."""
    loading: float = LOADING_TIMEOUT
    """For a model that the server is loading."""
    strict: bool = True
    """Whether the first answer of a model gets no more time than the others."""


class Serve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vLLM server that diptych starts, and stops when it ends."""

    model: str
    """Folder or hub id of the base model. It is served under this name and as "base"."""
    adapters: dict[str, str] = {}
    """Folder or hub id of each LoRA adapter, by the name under which it is served."""
    python: str = sys.executable
    """The Python interpreter that has vLLM installed."""
    args: tuple[str, ...] = ()
    """Further arguments of vLLM's server, e.g. "--max-model-len", "4096"."""


class FromEnvironment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of a header that is a secret."""

    env: str
    """The environment variable that holds it. The value itself is never written into a file."""


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An [endpoints.NAME] table."""

    kind: str
    """embedded: llama.cpp with the packaged model. llama: llama.cpp. openai: any OpenAI-compatible API. vllm: a vLLM
    server. See ENDPOINT_KINDS."""
    base_url: str | tuple[str, ...] | None = None
    """The address of the API, e.g. https://api.openai.com/v1. Several addresses are replicas of one server. Not for an
    embedded endpoint. With `serve`: an address on this machine, or none for any free port."""
    api_key_env: str | None = None
    """The environment variable that holds the key. The key itself is never written into a file."""
    organization: str | None = None
    """The organisation that is billed, where an account has several."""
    project: str | None = None
    """The project that is billed, where an organisation has several."""
    headers: dict[str, str | FromEnvironment] = {}
    """Sent with every request, e.g. { "api-key" = { env = "AZURE_KEY" }, "X-Title" = "Diptych" }."""
    timeout: float | None = None
    """Seconds to wait for the first piece of an answer, and for each next piece; 60 by default."""
    loading_timeout: float | None = None
    """Seconds to wait for a model that the server is still loading; 300 by default. The first answer of a model may
    take as long to begin, unless only `timeout` is set."""
    samples_per_request: int = 8
    """How many answers to one prompt a run may ask for in one request (`n`). 1 where the API does not support `n`."""
    thinking_tags: tuple[str, ...] = TAGS
    """Opening and closing tags in turn. What a model writes between them is a thought, not a part of the answer. An
    empty opening tag stands for one that the chat template writes. Without any tags all text is the answer."""
    together: bool = True
    """Kind vllm: whether base and adapters may answer at the same time. False where the server mixes them up, as vLLM
    does on a CPU. For a server that diptych has started it finds this out by itself."""
    serve: Serve | None = None
    """Start this server. Kind vllm only."""
    model: str | None = None
    """Kind llama: the GGUF file of the base model. It stands in the place of base_url: diptych starts llama.cpp."""
    name: str | None = None
    """With `model`: the name that sides give it; by default that of the file, without .gguf."""
    adapters: dict[str, str] = {}
    """With `model`: LoRA adapters by name. Each is a GGUF file or a folder as peft writes it. A side names
    `model+adapter`, `model+adapter@0.5` (its scale), or several, each behind a +."""
    context: int | None = None
    """With `model`: tokens that prompt and answer may have together; by default as many as the file says, at most 4096.
    """
    chat_template: str | None = None
    """With `model`: a file with the chat template, in Jinja; by default the one in the GGUF file."""
    threads: int | None = None
    """With `model`: threads for each model; by default half of the processors, at most four."""
    gpu_layers: int | None = None
    """With `model`: how many layers the GPU computes, where the installed build of xllamacpp can use one."""

    @property
    def patience(self) -> Patience:
        """How long a client waits for this endpoint."""
        return Patience(
            TIMEOUT if self.timeout is None else self.timeout,
            LOADING_TIMEOUT if self.loading_timeout is None else self.loading_timeout,
            strict=self.timeout is not None and self.loading_timeout is None,
        )

    @property
    def base_urls(self) -> tuple[str, ...]:
        """All its addresses."""
        if self.base_url is None:
            return ()
        return (self.base_url,) if isinstance(self.base_url, str) else self.base_url
