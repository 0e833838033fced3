"""Questions that wait: one that is asked at once would stop the answers that are under way."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from diptych.compare import Exchange


class Waiting(NamedTuple):
    """A question, and how it is asked."""

    prompt: str
    ask: Callable[[], Exchange]


class Queue:
    """In the order in which they are to be asked."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()

    @property
    def prompts(self) -> list[str]:
        """What waits."""
        return [one.prompt for one in self._waiting]

    def add(self, prompt: str, ask: Callable[[], Exchange]) -> None:
        """Let this wait behind what waits."""
        self._waiting.append(Waiting(prompt, ask))

    def ask_next(self) -> Exchange | None:
        """Ask what has waited longest; None where nothing waits."""
        return self._waiting.popleft().ask() if self._waiting else None

    def take_back(self) -> str | None:
        """The prompt that has come last, which is not asked; None where nothing waits."""
        return self._waiting.pop().prompt if self._waiting else None
