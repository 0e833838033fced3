"""What has come of one answer, put together from its deltas."""

from collections.abc import Iterable, Sequence

import msgspec

from diptych.backends.interface import Delta, TokenLogprob


class AssembledAnswer:
    """The text of an answer, what was thought aloud before it, and the tokens that the text was drawn as."""

    def __init__(self) -> None:
        self.logprobs: list[TokenLogprob] = []
        """Those of the text alone."""
        self.thought = 0
        """Characters that were thought aloud."""
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self._begun = False
        """Whether any of the text has come."""

    @classmethod
    def of(cls, deltas: Iterable[Delta]) -> "AssembledAnswer":
        """All of an answer at once."""
        spoken = cls()
        for delta in deltas:
            spoken.take(delta)
        return spoken

    @property
    def text(self) -> str:
        """All that has come."""
        # One string takes far less memory than its pieces.
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    @property
    def reasoning(self) -> str:
        """What a reasoning model has thought aloud; no part of the text."""
        return "".join(self._thoughts)

    def take(self, delta: Delta) -> None:
        """Add a piece."""
        if delta.was_thought:
            self._take_back(delta.reasoning)
        elif delta.reasoning:
            self._thoughts.append(delta.reasoning)
            self.thought += len(delta.reasoning)
        if not delta.text:
            return
        self._pieces.append(delta.text)
        if delta.logprobs:
            # The first piece comes with the tokens of what was held back before it.
            drawn = delta.logprobs if self._begun else _drawn_as(delta.text, delta.logprobs, bool(self._thoughts))
            self.logprobs.extend(drawn)
        self._begun = True

    def _take_back(self, rest: str) -> None:
        """What was taken for the answer was a thought, of which this is the end."""
        self._thoughts.append((self.text + rest).strip())
        self.thought = sum(map(len, self._thoughts))
        self._pieces.clear()
        self.logprobs.clear()
        self._begun = False


def _drawn_as(text: str, drawn: Sequence[TokenLogprob], after_thought: bool) -> Sequence[TokenLogprob]:
    """The tokens of a text out of those that end in it; none where they cannot be told from those of a thought."""
    joined = "".join(token.token for token in drawn)
    if joined == text:
        return drawn
    if (start := joined.rfind(text)) < 0:
        return () if after_thought else drawn
    found, place = [], 0
    for token in drawn:
        end = place + len(token.token)
        if end > start:
            own = token.token[max(0, start - place) :]
            found.append(token if own == token.token else msgspec.structs.replace(token, token=own))
        place = end
    return found
