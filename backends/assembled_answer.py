"""The text of an answer, put together from its deltas."""

from collections.abc import Iterable, Sequence

import msgspec

from diptych.backends.interface import Delta, TokenLogprob


class AssembledAnswer:
    """The text of an answer, the thoughts before it, and the tokens of the text."""

    def __init__(self) -> None:
        self.logprobs: list[TokenLogprob] = []
        """The tokens of the text. Tokens of thoughts are not among them."""
        self.thought = 0
        """Characters of the thoughts."""
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self._has_text = False

    @classmethod
    def of(cls, deltas: Iterable[Delta]) -> "AssembledAnswer":
        """Put a whole answer together."""
        answer = cls()
        for delta in deltas:
            answer.take(delta)
        return answer

    @property
    def text(self) -> str:
        """The text so far."""
        # One string takes far less memory than its pieces.
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    @property
    def reasoning(self) -> str:
        """The thoughts of a reasoning model. They are no part of the text."""
        return "".join(self._thoughts)

    def take(self, delta: Delta) -> None:
        """Add a delta."""
        if delta.was_thought:
            self._turn_into_thought(delta.reasoning)
        elif delta.reasoning:
            self._thoughts.append(delta.reasoning)
            self.thought += len(delta.reasoning)
        if not delta.text:
            return
        self._pieces.append(delta.text)
        if delta.logprobs:
            # The first piece comes with the tokens of what was held back before it.
            tokens: Sequence[TokenLogprob] = delta.logprobs
            if not self._has_text:
                tokens = _tokens_of(delta.text, tokens, after_thought=bool(self._thoughts))
            self.logprobs.extend(tokens)
        self._has_text = True

    def _turn_into_thought(self, rest: str) -> None:
        """The text so far was a thought, and `rest` is its end."""
        self._thoughts.append((self.text + rest).strip())
        self.thought = sum(map(len, self._thoughts))
        self._pieces.clear()
        self.logprobs.clear()
        self._has_text = False


def _tokens_of(text: str, tokens: Sequence[TokenLogprob], after_thought: bool) -> Sequence[TokenLogprob]:
    """The tokens of `text` among tokens that end with it. None of them where those of a thought cannot be told
    apart."""
    joined = "".join(token.token for token in tokens)
    if joined == text:
        return tokens
    if (start := joined.rfind(text)) < 0:
        return () if after_thought else tokens
    found, position = [], 0
    for token in tokens:
        end = position + len(token.token)
        if end > start:
            own = token.token[max(0, start - position) :]
            found.append(token if own == token.token else msgspec.structs.replace(token, token=own))
        position = end
    return found
