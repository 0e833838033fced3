"""What a detector is, and what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

Kind = Literal["pattern", "description"]
"""pattern: the answer shows it. description: the answer speaks of it."""


Outcome = Literal["present", "absent", "excluded"]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a detector is told; each kind has a struct of its own, whose keys a probe file uses."""

    label: str = ""
    """The name of its measure, where the detector's own would not say what is counted."""


class Target(Settings, frozen=True):
    """A word to look for."""

    target: str | None = None


class Token(Protocol):
    """A token of the answer as it was drawn, where the endpoint tells: backends.TokenLogprob is one."""

    @property
    def token(self) -> str:
        """Its text."""

    @property
    def logprob(self) -> float:
        """Natural logarithm of its probability."""

    @property
    def top(self) -> Sequence[tuple[str, float]]:
        """The likeliest tokens at its place, itself perhaps among them, with their log-probabilities."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """Characters start to end (exclusive) of the raw text."""

    start: int
    end: int


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A span to be shown, as it stands now."""

    span: Span
    kind: Kind
    strong: bool = True
    """False while too little stands to call it a pattern."""
    letter: str = ""
    """What the margin shows beside the line of the span, for initials of lines."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """A mark that is new or different; with `mark` None it is gone."""

    key: int
    """Names the mark within its detector."""
    mark: Mark | None


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What a detector says of an answer: always one for each thing it looks for, also when it is not there."""

    detector: str
    version: int
    label: str
    """The measure that it counts for, e.g. "follows HELLO"."""
    kind: Kind
    outcome: Outcome
    evidence: str
    """One clause for a reader, e.g. "5 of 5 letters of HELLO, lines 1–5"."""
    target: str = ""
    """What was looked for, if anything in particular."""
    value: str = ""
    """What was seen, e.g. "HELL"."""
    spans: tuple[Span, ...] = ()
    line: int | None = None
    """The line, from 1, where it begins."""
    token: int | None = None
    """The token, from 1, where it begins; known to whoever knows the deltas."""
    letters_before: int | None = None
    """For a description: how many letters of the pattern already stood before it."""
    number: float | None = None
    """A number that was read, or the probability of what was looked for; measures show its mean."""
    chance: float | None = None
    """Expected number of such hits in an answer of this length whose initials were drawn at random."""
    bucket: str = ""
    """Why it is excluded, e.g. "truncated"."""
    replies: tuple[str, ...] = ()
    """What a judge said, word for word."""


class Detector(Protocol):
    """Watches one answer. However the text is cut into pieces, `finish` says the same."""

    name: str
    version: int

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and say which marks changed: provisional, in time that the length does not grow."""

    def live(self) -> Finding:
        """What would be said if the answer ended here; cheap, for a line that is shown while it streams."""

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """The verdict over the whole text, with the last changes to the marks.

        `truncated`: the answer was cut off by the token limit or stopped. `tokens`: those of the answer, where their
        probabilities are known.
        """


@dataclass(frozen=True)
class DetectorKind:
    """How a kind of detector is made."""

    settings: type[Settings]
    new: Callable[..., Detector]
    """Takes the settings, the prompt, what the answer was given as its beginning, and the rows if it reads them."""
    reads_rows: bool = False
    """Whether it holds answers against what the model was fine-tuned on."""
