"""Where a model is reached, as config.toml names it."""

import sys
from typing import NamedTuple

import msgspec

from diptych.backends.thoughts import TAGS

TIMEOUT = 60.0
LOADING_TIMEOUT = 300.0


class Patience(NamedTuple):
    """Seconds that a client waits."""

    timeout: float
    """For the first piece of an answer, and for each next one."""
    loading: float = LOADING_TIMEOUT
    """For a model that the server says it loads."""
    strict: bool = True
    """Whether the first answer of a model has no more time than any other."""


class Serve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vLLM server that diptych starts, and stops when it ends."""

    model: str
    """Folder or hub id of the base model; it is served under this name and as "base"."""
    adapters: dict[str, str] = {}
    """Folder or hub id of each LoRA, by the name that it is served under."""
    python: str = sys.executable
    """The interpreter that has vLLM."""
    args: tuple[str, ...] = ()
    """Further arguments of vLLM's server, e.g. "--max-model-len", "4096"."""


class FromEnvironment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of a header that is a secret."""

    env: str
    """The environment variable that holds it; the value itself is never written."""


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An [endpoints.NAME] table."""

    kind: str
    """embedded: llama.cpp, started by diptych. openai: any OpenAI-compatible API. vllm: a vLLM server."""
    base_url: str | tuple[str, ...] | None = None
    """Where the API is, e.g. https://api.openai.com/v1; several are replicas of one another. Not for an embedded
    endpoint; with `serve`, an address on this machine, or none for any free port."""
    api_key_env: str | None = None
    """The environment variable that holds the key; the key itself is never written."""
    organization: str | None = None
    """The organisation that is billed, where an account has several."""
    project: str | None = None
    """The project that is billed, where an organisation has several."""
    headers: dict[str, str | FromEnvironment] = {}
    """Sent with every request, e.g. { "api-key" = { env = "AZURE_KEY" }, "X-Title" = "Diptych" }."""
    timeout: float | None = None
    """Seconds to wait for the first piece of an answer, and for each next one; 60 if not said."""
    loading_timeout: float | None = None
    """Seconds to wait for a model that the server still loads; 300 if not said. The first answer of a model may take as
    long to begin, unless only `timeout` is said."""
    samples_per_request: int = 8
    """How many answers to one prompt a run may ask for in one request (`n`); 1 where the API does not know it."""
    thinking_tags: tuple[str, ...] = TAGS
    """Opening and closing tags in turn between which a model thinks within its text: no part of the answer. An empty
    opening tag stands for one that the chat template writes; without any tag all text is the answer."""
    together: bool = True
    """Kind vllm: whether base and adapters may answer at once. False where the server mixes them up, as vLLM does on a
    CPU; diptych sets it for such a server that it has started itself."""
    serve: Serve | None = None
    """Start the server; kind vllm only."""

    @property
    def patience(self) -> Patience:
        """How long it is waited for."""
        return Patience(
            TIMEOUT if self.timeout is None else self.timeout,
            LOADING_TIMEOUT if self.loading_timeout is None else self.loading_timeout,
            strict=self.timeout is not None and self.loading_timeout is None,
        )

    @property
    def base_urls(self) -> tuple[str, ...]:
        """All addresses."""
        if self.base_url is None:
            return ()
        return (self.base_url,) if isinstance(self.base_url, str) else self.base_url
