"""What software a server is, by what it says of itself."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from diptych.backends.errors import BackendError

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
"""What each writes as `owned_by` into its list of models. Hosted APIs write the name of a company there."""
_VLLM_FIELDS = ("max_model_len", "parent")
"""Fields of vLLM's list of models; where a proxy has changed the owner, they tell vLLM still."""
_SIGNS = (
    ("//props", "default_generation_settings", LLAMA_CPP),
    ("//api/version", "version", "Ollama"),
    ("//info", "max_total_tokens", "TGI"),
)
"""Where a server is asked whose list does not tell, and the field that only this one has there."""


def by_list(listed: Iterable[Mapping[str, Any]]) -> str:
    """The name of the software by the entries of its list of models, "" where they do not tell."""
    entries = list(listed)
    for entry in entries:
        if isinstance(owner := entry.get("owned_by"), str) and owner in _OWNERS:
            return _OWNERS[owner]
    return REAL_VLLM if any(entry.get(field) for entry in entries for field in _VLLM_FIELDS) else ""


async def by_signs(ask: Callable[[str], Awaitable[Any]]) -> str:
    """The name of the software by what it answers at paths of its own, "" where it is none of those known; `ask` gives
    the answer at a path."""
    for path, field, name in _SIGNS:
        with suppress(BackendError):
            reply = await ask(path)
            if isinstance(reply, dict) and field in reply:
                return name
    return ""
