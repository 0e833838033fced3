"""Recognises text that an answer took from its prompt. Such text is never a finding."""


def squeeze(text: str) -> str:
    """Lower case, with each run of white space as one blank."""
    return " ".join(text.lower().split())


class PromptText:
    """The prompt. `text in prompt_text` is true if the prompt contains the text, whatever its case and white space."""

    def __init__(self, prompt: str) -> None:
        self._prompt = squeeze(prompt)

    def __contains__(self, text: str) -> bool:
        return bool(text) and squeeze(text) in self._prompt
