"""An exchange: one question to the sides, and their answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from diptych.compare.answers import Overrides

if TYPE_CHECKING:
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
    """The probe that was chosen when it was asked, if it is known."""
    order: tuple[str, ...] = ()
    """All sides in the order in which they are shown."""
    hidden: bool = False
    """Whether the screen may not show which side is which, until a person has labelled the answers."""
    answers: dict[str, LiveAnswer] = field(default_factory=dict)
    """The newest answer of each side, also while it comes."""
    kept: dict[str, SavedAnswer] = field(default_factory=dict)
    """The same answer as it is in the store, once it is saved."""
    samples: dict[str, dict[int, Answer]] = field(default_factory=dict)
    """All answers of each side by their number in the store, also failed and stopped ones."""
    drawn: Counter[str] = field(default_factory=Counter)
    """How many samples of each side were asked for. It is the number of the next one, as they count from 0."""
    planned: int | None = None
    """How many samples of each side are planned, if that was decided before they were asked for."""
    histories: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    """The conversation that the question continues, by side."""
    setups: dict[str, Setup] = field(default_factory=dict)
    """Model, system prompt and sampling parameters of each side, for these answers and for more of them."""
    overrides: Overrides = field(default_factory=Overrides)
    """What a person chose of them in place of what the pair and the probe say."""
    watched: tuple[DetectorSpec, ...] | None = None
    """The detectors of its answers; None: those that watch the next question."""

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
    def models(self) -> dict[str, str]:
        """The model of each side."""
        return {side: setup.model for side, setup in self.setups.items()}

    @property
    def continued(self) -> bool:
        """Whether the question continues a conversation."""
        return any(self.histories.get(name) for name in self.asked)

    @property
    def ended(self) -> bool:
        """Whether every answer has come to its end."""
        return all(live.ended for live in self.answers.values())

    def reworded(self, number: int, prompt: str) -> Exchange:
        """The same question to the same sides in another wording, without any answer yet."""
        return Exchange(
            number=number,
            question=replace(self.question, prompt=prompt),
            asked=self.asked,
            probe=self.probe,
            order=self.order,
            histories=dict(self.histories),
            setups=dict(self.setups),
            overrides=self.overrides,
            watched=self.watched,
        )

    def same_setup_as(self, other: Exchange) -> bool:
        """Whether another question has the same models, system prompts, parameters and conversations."""
        return (self.setups, self.histories) == (other.setups, other.histories)

    def keep(self, saved: SavedAnswer) -> None:
        """Add an answer that is in the store, or replace it by one with new findings."""
        side = saved.answer.side
        self.samples.setdefault(side, {})[saved.id] = saved.answer
        self.drawn[side] = max(self.drawn[side], saved.answer.sample + 1)

    def upcoming(self, *sides: str) -> int:
        """The number of the next sample of these sides: none of them has a sample of that number yet."""
        return max(self.drawn[side] for side in sides)

    def next_sample(self, *sides: str) -> int:
        """The same number, which is used up."""
        number = self.upcoming(*sides)
        for side in sides:
            self.drawn[side] = number + 1
        return number

    def finished(self, side: str) -> int:
        """How many samples of a side have finished."""
        return sum(answer.finished for answer in self.samples.get(side, {}).values())

    def column_number(self, side: str) -> int:
        """The number of the column, from 1, in which a side is shown."""
        return self.order.index(side) + 1
