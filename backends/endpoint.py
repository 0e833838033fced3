"""Where a model is reached, as config.toml names it."""

from typing import Literal

import msgspec


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An [endpoints.NAME] table."""

    kind: Literal["embedded", "openai", "vllm"]
    """embedded: llama.cpp, started by diptych. openai: any OpenAI-compatible API. vllm: a vLLM server that runs."""
    base_url: str | None = None
    """Where the API is, e.g. https://api.openai.com/v1. Not for an embedded endpoint."""
    api_key_env: str | None = None
    """The environment variable that holds the key; the key itself is never written."""
    timeout: float = 60.0
    """Seconds to wait for the first piece of an answer, and for each next one."""
