"""Groups the answers of a session by question and sample, with the sides next to each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.records import Answer, SavedAnswer


@dataclass
class QuestionGroup:
    """A question and its answers."""

    number: int
    """The number of the exchange."""
    prompt: str
    condition: str | None
    samples: dict[tuple[int, int], dict[str, SavedAnswer]] = field(default_factory=dict)
    """The answers by side, for each (sample, try). A second try exists if a sample was asked again."""

    def rows(self) -> Iterator[SavedAnswer]:
        """Yield all its answers."""
        return (row for sides in self.samples.values() for row in sides.values())

    def pairs(self, first: str, second: str) -> Iterator[tuple[int, SavedAnswer, SavedAnswer]]:
        """Yield the samples that both sides have, with their numbers."""
        for (sample, _), sides in self.samples.items():
            if first in sides and second in sides:
                yield sample, sides[first], sides[second]


def questions(data: ExportData) -> list[QuestionGroup]:
    """Return all questions of a session in order."""
    found: dict[tuple[object, ...], QuestionGroup] = {}
    for row in data.answers():
        answer = row.answer
        key = answer.exchange, answer.condition, answer.prompt
        group = found.setdefault(key, QuestionGroup(answer.exchange, answer.prompt, answer.condition))
        _add(group, row)
    return list(found.values())


def _add(group: QuestionGroup, row: SavedAnswer) -> None:
    again = 0
    while row.answer.side in group.samples.get((row.answer.sample, again), {}):
        again += 1
    group.samples.setdefault((row.answer.sample, again), {})[row.answer.side] = row


def state_text(answer: Answer) -> str:
    """Return how an answer ended, in words."""
    if answer.failure is not None:
        return f"failed: {answer.failure.message}"
    words = {"done": "", "cut": "cut off by the token limit", "stopped": "stopped", "interrupted": "interrupted"}
    return words.get(answer.state, answer.state)
