"""One prompt and what each side makes of it."""

from dataclasses import dataclass, field

from backends import Form, Message
from compare.answering import Asked
from compare.live import LiveAnswer
from compare.measures import GUESSING, group_of


@dataclass
class Exchange:
    """A question, how it was asked, and its answers."""

    number: int
    prompt: str
    condition: str | None
    form: Form = "chat"
    prefill: str = ""
    """What each answer was given as its beginning."""
    asked: tuple[str, ...] = ()
    """The sides that the prompt went to."""
    order: tuple[str, ...] = ()
    """All sides in the order in which they are shown."""
    hidden: bool = False
    """Whether nothing may tell which side is which, until a person has labelled the answers."""
    answers: dict[str, LiveAnswer] = field(default_factory=dict)
    """The newest answer of each side."""
    kept: dict[str, Asked] = field(default_factory=dict)
    """That answer as it is in the store, once it is there."""
    histories: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    """What each side had been told before."""

    @property
    def group(self) -> str:
        """What its answers are counted together as."""
        return group_of(self.condition, self.prompt, self.form, self.prefill)

    @property
    def lead(self) -> str:
        """What an answer goes on from, to be shown before it."""
        return self.prefill if self.form == "chat" else self.prompt

    @property
    def guessing(self) -> bool:
        """Whether it is a guessability control."""
        return self.condition == GUESSING

    @property
    def ended(self) -> bool:
        """Whether every answer has come to its end."""
        return all(live.ended for live in self.answers.values())

    def place(self, side: str) -> int:
        """The number, from 1, under which a side is shown."""
        return self.order.index(side) + 1
