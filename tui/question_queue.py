"""Questions that wait until the answers under way have ended: asking at once would stop those."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from diptych.compare import Exchange


class Waiting(NamedTuple):
    """A question, and how it is asked."""

    prompt: str
    ask: Callable[[], Exchange]


class Queue:
    """Questions in the order in which they are to be asked."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()

    @property
    def prompts(self) -> list[str]:
        """The prompts that wait."""
        return [one.prompt for one in self._waiting]

    def add(self, prompt: str, ask: Callable[[], Exchange]) -> None:
        """Add a question at the end."""
        self._waiting.append(Waiting(prompt, ask))

    def ask_next(self) -> Exchange | None:
        """Ask the question that has waited longest; None where nothing waits."""
        return self._waiting.popleft().ask() if self._waiting else None

    def take_back(self) -> str | None:
        """Remove the question that came last and return its prompt; None where nothing waits."""
        return self._waiting.pop().prompt if self._waiting else None
