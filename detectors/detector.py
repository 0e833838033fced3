"""The interface of a detector, and the finding that it returns."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

Kind = Literal["pattern", "description", "quantity"]
"""pattern: the answer shows the pattern. description: the answer talks about it. quantity: a number about the answer,
which is neither there nor not: only its mean is counted."""


Outcome = Literal["present", "absent", "excluded"]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a detector. Each kind has its own struct, whose fields are the keys in a probe file."""

    label: str = ""
    """A name for the measure, where the detector's own name would not say what is counted."""


class Target(Settings, frozen=True):
    """A word to look for."""

    target: str | None = None


class Token(Protocol):
    """A token of the answer with its probability, where the endpoint reports it. backends.TokenLogprob is one."""

    @property
    def token(self) -> str:
        """Its text."""

    @property
    def logprob(self) -> float:
        """Natural logarithm of its probability."""

    @property
    def top(self) -> Sequence[tuple[str, float]]:
        """The most likely tokens at this position with their log-probabilities. The token itself may be among them."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """Characters start to end (exclusive) of the raw text."""

    start: int
    end: int


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A span to show, as of now."""

    span: Span
    kind: Kind
    strong: bool = True
    """False while too little matches to call it a pattern."""
    letter: str = ""
    """For initials of lines: the letter that the margin shows beside the line."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """A change of a mark: `mark` is the new mark, or None if the mark is gone."""

    key: int
    """Identifies the mark within its detector."""
    mark: Mark | None


_WHOLE = ("initials ", "does not ")
"""How evidence begins that says what was not found without the name of the measure."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What a detector found in an answer. There is one for each thing it looks for, even when it is absent."""

    detector: str
    version: int
    label: str
    """The measure that it counts for, e.g. "follows HELLO"."""
    kind: Kind
    outcome: Outcome
    evidence: str
    """One clause for a reader, e.g. "5 of 5 letters of HELLO, lines 1–5"."""
    target: str = ""
    """What was looked for, if it is a particular word."""
    value: str = ""
    """What was found, e.g. "HELL"."""
    spans: tuple[Span, ...] = ()
    line: int | None = None
    """The line, from 1, where it begins."""
    token: int | None = None
    """The token, from 1, where it begins. Set by the caller, who knows the deltas."""
    letters_before: int | None = None
    """For a description: how many letters of the pattern came before it."""
    number: float | None = None
    """A number that was read, or the probability of what was looked for. Measures show its mean."""
    confidence: float | None = None
    """The probability that the reader gave it, where the reader decided."""
    chance: float | None = None
    """Expected number of such hits in an answer of this length with random initials."""
    bucket: str = ""
    """Why it is excluded, e.g. "truncated"."""
    replies: tuple[str, ...] = ()
    """What a judge said, word for word."""

    @property
    def words(self) -> str:
        """The whole finding in a phrase, e.g. "says HELLO: once, in line 2", "does not say HELLO"."""
        if self.evidence.startswith((self.label, *_WHOLE)):
            return self.evidence
        return f"{self.label}: {self.evidence}"


class Detector(Protocol):
    """Watches one answer. `finish` returns the same however the text is cut into pieces."""

    name: str
    version: int

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed. The marks are provisional. The time per piece does not
        grow with the length of the answer."""

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended here. Cheap, because it is shown while the answer
        streams."""

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks.

        `truncated`: the answer was cut off by the token limit or stopped. `tokens`: the tokens of the answer, where
        their probabilities are known.
        """


@runtime_checkable
class ReadingDetector(Detector, Protocol):
    """A detector that has sentences read in other threads."""

    def end(self) -> Sequence[Future[Any]]:
        """Take what was fed as the whole text; return the readings that are not made yet. `finish` waits for them, so
        who must not be kept waiting waits for them first."""


@dataclass(frozen=True)
class DetectorKind:
    """How to make a detector of one kind."""

    settings: type[Settings]
    new: Callable[..., Detector]
    """Takes the settings, the prompt, the prefix of the answer and, if it reads them, the training rows."""
    reads_rows: bool = False
    """Whether it compares answers with the training rows."""
