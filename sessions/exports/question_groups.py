"""The answers of a session as readers compare them: by question and sample, the sides beside each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.records import Answer, SavedAnswer


@dataclass
class QuestionGroup:
    """One question, and what was said to it."""

    number: int
    """The exchange."""
    prompt: str
    condition: str | None
    samples: dict[tuple[int, int], dict[str, SavedAnswer]] = field(default_factory=dict)
    """By sample and try, the answers by side; a try after the first is there where a sample was asked for again."""

    def pairs(self, first: str, second: str) -> Iterator[tuple[int, SavedAnswer, SavedAnswer]]:
        """Samples that both sides have, with their numbers."""
        for (sample, _), sides in self.samples.items():
            if first in sides and second in sides:
                yield sample, sides[first], sides[second]


def questions(data: ExportData) -> list[QuestionGroup]:
    """All questions of a session in their order."""
    found: dict[tuple[object, ...], QuestionGroup] = {}
    for row in data.answers():
        answer = row.answer
        key = answer.exchange, answer.condition, answer.prompt
        asked = found.setdefault(key, QuestionGroup(answer.exchange, answer.prompt, answer.condition))
        _add(asked, row)
    return list(found.values())


def _add(asked: QuestionGroup, row: SavedAnswer) -> None:
    again = 0
    while row.answer.side in asked.samples.get((row.answer.sample, again), {}):
        again += 1
    asked.samples.setdefault((row.answer.sample, again), {})[row.answer.side] = row


def state_of(answer: Answer) -> str:
    """How an answer ended, in words."""
    if answer.failure is not None:
        return f"failed: {answer.failure.message}"
    words = {"done": "", "cut": "cut off by the token limit", "stopped": "stopped", "interrupted": "interrupted"}
    return words.get(answer.state, answer.state)
