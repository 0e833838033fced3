"""One prompt and what each side makes of it."""

from collections import Counter
from dataclasses import dataclass, field, replace

from diptych.backends import Message
from diptych.compare.answers import LiveAnswer, Question, Setup
from diptych.probes import DetectorSpec
from diptych.sessions import Answer, SavedAnswer


@dataclass(eq=False)
class Exchange:
    """A question, how it was asked, and its answers."""

    number: int
    question: Question
    asked: tuple[str, ...] = ()
    """The sides that the prompt went to."""
    probe: str | None = None
    """The probe that was chosen when it was asked, where that is known."""
    order: tuple[str, ...] = ()
    """All sides in the order in which they are shown."""
    hidden: bool = False
    """Whether nothing may tell which side is which, until a person has labelled the answers."""
    answers: dict[str, LiveAnswer] = field(default_factory=dict)
    """The newest answer of each side."""
    kept: dict[str, SavedAnswer] = field(default_factory=dict)
    """That answer as it is in the store, once it is there."""
    samples: dict[str, dict[int, Answer]] = field(default_factory=dict)
    """Everything that each side has answered, by its number in the store: failed and stopped answers too."""
    drawn: Counter[str] = field(default_factory=Counter)
    """How many samples of each side were asked for: the number of its next one."""
    planned: int | None = None
    """How many samples of each side were wished for, if that was said before they came."""
    histories: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    """What each side had been told before."""
    setups: dict[str, Setup] = field(default_factory=dict)
    """What each side is asked with, now and later."""
    watched: tuple[DetectorSpec, ...] | None = None
    """What watches its answers; None: what watches those of the next question."""

    @property
    def prompt(self) -> str:
        """The prompt of its question."""
        return self.question.prompt

    @property
    def condition(self) -> str | None:
        """The condition of its question."""
        return self.question.condition

    @property
    def group(self) -> str:
        """The group that its answers are counted in."""
        return self.question.group

    @property
    def continued(self) -> bool:
        """Whether a side had been told something before: the question went on with a conversation."""
        return any(self.histories.get(name) for name in self.asked)

    @property
    def ended(self) -> bool:
        """Whether every answer has come to its end."""
        return all(live.ended for live in self.answers.values())

    def in_other_words(self, number: int, prompt: str) -> "Exchange":
        """The same asked of the same sides in another wording, without any answer yet."""
        return Exchange(
            number=number,
            question=replace(self.question, prompt=prompt),
            asked=self.asked,
            probe=self.probe,
            order=self.order,
            histories=dict(self.histories),
            setups=dict(self.setups),
            watched=self.watched,
        )

    def asked_like(self, other: "Exchange") -> bool:
        """Whether another question would be asked in the same way."""
        return (self.setups, self.histories) == (other.setups, other.histories)

    def keep(self, asked: SavedAnswer) -> None:
        """Take up an answer that is in the store, or what was found in it since."""
        side = asked.answer.side
        self.samples.setdefault(side, {})[asked.id] = asked.answer
        self.drawn[side] = max(self.drawn[side], asked.answer.sample + 1)

    def upcoming(self, *sides: str) -> int:
        """The number of the next sample of these sides, for one of each: none of them has one of that number."""
        return max(self.drawn[side] for side in sides)

    def next_sample(self, *sides: str) -> int:
        """The same, and it is taken."""
        number = self.upcoming(*sides)
        for side in sides:
            self.drawn[side] = number + 1
        return number

    def finished(self, side: str) -> int:
        """How many samples of a side have come to their end."""
        return sum(answer.finished for answer in self.samples.get(side, {}).values())

    def place(self, side: str) -> int:
        """The number, from 1, under which a side is shown."""
        return self.order.index(side) + 1
