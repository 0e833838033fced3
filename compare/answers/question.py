"""What is asked: one prompt, and how it is put."""

from dataclasses import dataclass

from diptych.backends import Mode, prefix_of
from diptych.probes import Condition
from diptych.sessions import Answer

GUESSING = "guessability"
"""The condition of answers in which the base goes on from another side's answer, to see what it can guess."""

WHOSE_WORDS = "whose words"
"""The condition of answers in which a side says which of two texts is its own."""
ABOUT_ANSWERS = frozenset((GUESSING, WHOSE_WORDS))
"""Conditions that no probe has: their questions show what sides said in the same session."""


@dataclass(frozen=True)
class Question:
    """A prompt with everything that makes its answers comparable."""

    prompt: str
    condition: str | None = None
    """The condition of the probe that the answers are kept under; None for a free question."""
    mode: Mode = "chat"
    prefill: str = ""
    """The beginning that the answer is given."""

    @classmethod
    def of(cls, answer: Answer) -> "Question":
        """The question that an answer is kept under."""
        return cls(answer.prompt, answer.condition, answer.mode, answer.prefill)

    @property
    def group(self) -> str:
        """The group that its answers are counted in: the condition, or the prompt of a free question, and how it was
        asked.

        In the guessability control every answer begins differently, and all to one prompt are counted together: those
        whose beginning was given to the base separately from those in which it was quoted.
        """
        manner = f" ({self.mode})" if self.mode != "chat" else ""
        if self.is_guess:
            return f"{GUESSING}{manner} › {self.prompt}"
        group = (self.condition if self.condition is not None else self.prompt) + manner
        return f"{group} › {self.prefill}" if self.prefill else group

    @property
    def is_guess(self) -> bool:
        """Whether it belongs to the guessability control."""
        return self.condition == GUESSING

    @property
    def is_about_answers(self) -> bool:
        """Whether it shows what sides said in the same session, so that no sample of a probe answers it."""
        return self.condition in ABOUT_ANSWERS

    @property
    def prefix(self) -> str:
        """The text that an answer continues: the given beginning, or the prompt itself where no chat template is
        used."""
        return prefix_of(self.prompt, self.mode, self.prefill)

    @property
    def user_turn(self) -> str:
        """What the user says: the prompt, and in the mode "quoted" the beginning of the answer with it."""
        if self.mode != "quoted" or not self.prefill:
            return self.prompt
        return (
            f"{self.prompt}\n\nThe answer to this begins as follows:\n\n{self.prefill}\n\nGo on with that answer from "
            "where it stops, as if it were yours. Write only what comes next, and do not repeat what is there."
        )


def group_of(condition: Condition) -> str:
    """Return the group in which the answers to a condition are counted that is asked as its probe says."""
    return Question("", condition.name, condition.mode, condition.prefill).group


def is_guess(group: str) -> bool:
    """Whether a group is one of the guessability control."""
    return group.startswith((f"{GUESSING} › ", f"{GUESSING} ("))
