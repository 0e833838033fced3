"""Recognises the software of a server by what it says about itself."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from diptych.backends.backend_errors import BackendError, BadRequest, UnknownModel

REAL_VLLM = "vLLM"
LLAMA_CPP = "llama.cpp"
_OWNERS = {
    "vllm": REAL_VLLM,
    "llamacpp": LLAMA_CPP,
    "library": "Ollama",
    "sglang": "SGLang",
    "organization_owner": "LM Studio",
    "lmdeploy": "LMDeploy",
    "koboldcpp": "KoboldCpp",
    "tabbyAPI": "TabbyAPI",
}
"""What each program writes as `owned_by` into its list of models. Hosted APIs write the name of a company there."""
_VLLM_FIELDS = ("max_model_len", "parent")
"""Fields of vLLM's list of models. They identify vLLM even where a proxy has changed the owner."""
_SIGNS = (
    ("//props", "default_generation_settings", LLAMA_CPP),
    ("//api/version", "version", "Ollama"),
    ("//info", "max_total_tokens", "TGI"),
)
"""For servers not recognised by their list: a path, and a field that only this program has in its reply there."""
_NO_PATH = re.compile("is not there|(?:^|file |url )not found|method not allowed", re.IGNORECASE)


def is_no_path(error: BackendError) -> bool:
    """Whether an error says that the server has no such path."""
    return isinstance(error, BadRequest | UnknownModel) and bool(_NO_PATH.search(error.message))


def by_list(listed: Iterable[Mapping[str, Any]]) -> str:
    """The name of the software by the entries of its list of models; "" where they do not tell."""
    entries = list(listed)
    for entry in entries:
        if isinstance(owner := entry.get("owned_by"), str) and owner in _OWNERS:
            return _OWNERS[owner]
    return REAL_VLLM if any(entry.get(field) for entry in entries for field in _VLLM_FIELDS) else ""


async def by_signs(ask: Callable[[str], Awaitable[Any]]) -> str:
    """The name of the software by its replies at paths of its own; "" for other software. `ask` gives the reply at a
    path."""
    for path, field, name in _SIGNS:
        with suppress(BackendError):
            reply = await ask(path)
            if isinstance(reply, dict) and field in reply:
                return name
    return ""
