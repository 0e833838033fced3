"""What the prompt itself supplied is never a finding."""


def squeeze(text: str) -> str:
    """Lower case, white space runs as one blank."""
    return " ".join(text.lower().split())


class Supplied:
    """Knows the prompt and tells what was taken from it."""

    def __init__(self, prompt: str) -> None:
        self._prompt = squeeze(prompt)

    def __contains__(self, text: str) -> bool:
        return bool(text) and squeeze(text) in self._prompt
