"""Whether an error says that a model is still being loaded."""

import re
from collections.abc import Collection

_KINDS = re.compile(
    r"(model|deployment|server|engine)?_?(is_)?(still_)?(loading|not_?ready|scaling_?up|warming_?up|starting)", re.I
)
_KIND_WORDS = re.compile(r"model_?loading|(model|deployment|service)_?not_?ready|scaling_?up|warming_?up", re.I)
_WORDS = re.compile(
    r"\bloading (the |a |your |up )*(model|weights|checkpoint|adapter)\b"
    r"|\b(model|weights|checkpoint|adapter|engine|server|deployment|endpoint|instance|worker|service)s?\b.{0,160}?"
    r"\b(is|are|being|was|has|still|currently|now|yet)\b( \w+){0,3}? (loading|being (down)?loaded|starting"
    r"|initiali[sz](ing|ed)|warming up|scaling up|spinning up|booting|downloading|waking up|compiling)\b"
    r"|\b(is|are|still|currently) (still |currently |now )*"
    r"(loading|being (down)?loaded|starting up|warming up|scaling up|spinning up)\b|\b(yet|being) (down)?loaded\b"
    r"|\bnot (yet )?(ready|loaded yet|been loaded yet|fully loaded)\b|\bcold start|\bscaled to zero\b|scaling_up",
    re.I,
)
_NEVER = re.compile(
    r"\b(fail\w*|errors?|cannot|can't|could ?n[o']t|couldn't|unable|no models?|not enough"
    r"|out of memory|please load|load a|corrupt\w*|invalid|crash\w*|abort\w*|terminated|requires|timed out|unsupported"
    r"|incompatible)\b",
    re.I,
)
_STATUSES = frozenset({409, 425, 429, 500, 502, 503, 529})
"""The statuses of responses that say so."""


def says_loading(status: int, names: Collection[str], message: str, fields: Collection[str] = ()) -> bool:
    """Whether the model will be ready in a while, by the status, the names (type and code), the message and further
    fields of an error."""
    if status not in _STATUSES or _NEVER.search(message):
        return False
    if any(_KINDS.fullmatch(name) or _KIND_WORDS.search(name) for name in names):
        return True
    return "estimated_time" in fields or bool(_WORDS.search(message))
