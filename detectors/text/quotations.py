"""The words of an answer in the evidence of a finding."""

_SHOWN = 80
"""Characters that are shown."""


def quoted(words: str) -> str:
    """Return words in quotation marks, cut where they are long."""
    return f"“{words if len(words) <= _SHOWN else f'{words[: _SHOWN - 1]}…'}”"
