"""Where a model is reached, as config.toml names it."""

import sys
from typing import Literal

import msgspec

from backends.thoughts import TAGS


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


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An [endpoints.NAME] table."""

    kind: Literal["embedded", "openai", "vllm"]
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
    timeout: float = 60.0
    """Seconds to wait for the first piece of an answer, and for each next one."""
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
    def base_urls(self) -> tuple[str, ...]:
        """All addresses."""
        if self.base_url is None:
            return ()
        return (self.base_url,) if isinstance(self.base_url, str) else self.base_url
