"""The results of a search for differences between the sides."""

from typing import NamedTuple

import msgspec

from diptych.detectors import Span
from diptych.errors import DiptychError


class NotEnough(DiptychError):
    """There are too few answers to compare."""


class Trait(NamedTuple):
    """A statement about a whole answer that is true or false of it."""

    feature: str
    """For example "line initials"."""
    value: str
    """For example "HELLO"."""


class Rate(NamedTuple):
    """k of n answers."""

    k: int
    n: int

    @property
    def rate(self) -> float:
        """In [0, 1]; 0 if there are no answers."""
        return self.k / self.n if self.n else 0.0


class Example(msgspec.Struct, frozen=True):
    """An answer that has the trait."""

    answer: int
    """Its number in the store."""
    spans: tuple[Span, ...]
    """Where the trait is; empty for traits of the whole answer, such as its length."""


class Discovery(msgspec.Struct, frozen=True):
    """A trait that one side shows more often than the other."""

    feature: str
    value: str
    base: Rate
    tuned: Rate
    p_value: float
    """Two-sided and exact, over all permutations of whole answers between the sides within their question."""
    q_value: float
    """The false-discovery rate among all traits with a p-value as small as this or smaller."""
    null: tuple[Rate, Rate]
    """The same trait in two random halves of the base's own answers."""
    examples: dict[str, tuple[Example, ...]]
    """By side, at most three of each."""
    beside: dict[str, Rate] = {}
    """The rates of the sides that are not compared here."""
    also: tuple[Trait, ...] = ()
    """Other traits of nearly the same answers."""
    means: tuple[float, float] | None = None
    """If the trait is that a number is large: its mean in base and tuned."""
    log_odds: float | None = None
    """If the trait is a word: tuned against base, see diptych.compare.discovery.word_odds."""

    @property
    def more(self) -> bool:
        """Whether tuned has it more often than base."""
        return self.tuned.rate > self.base.rate


class Verdict(msgspec.Struct, frozen=True):
    """Whether the sides differ at all."""

    differ: bool
    p_value: float
    permutations: int
    characters: int
    """How much of each answer was read at most."""


class Null(msgspec.Struct, frozen=True):
    """The result of the same search for the base against itself."""

    splits: int
    """How often the base's answers were cut into two random halves."""
    with_any: int
    """Splits in which any difference was reported."""
    most: int
    """The most differences that were reported in one split."""


class TokenShift(msgspec.Struct, frozen=True):
    """A token whose probability differs between the sides."""

    token: str
    difference: float
    """Mean log-probability, tuned − base, in nats."""
    places: tuple[int, int]
    """At how many positions it was among the likeliest tokens, in base and tuned."""
    answers: tuple[int, int]
    """How many answers have such positions, in base and tuned."""
    p_value: float
    """Corrected for all tokens that were tested."""


class Found(msgspec.Struct, frozen=True):
    """The differences between two sides."""

    base: str
    tuned: str
    """The names of the two sides."""
    answers: tuple[int, int]
    questions: int
    """Questions that both sides answered."""
    verdict: Verdict
    tested: int
    """How many traits were tested. `discoveries` and `words` are the significant ones."""
    discoveries: tuple[Discovery, ...]
    words: tuple[Discovery, ...]
    null: Null
    tokens: tuple[TokenShift, ...] = ()
    """Empty unless the answers have log-probabilities."""


class Proposal(msgspec.Struct, frozen=True):
    """A difference that a model proposed, tested on answers that it had not seen."""

    statement: str
    base: Rate
    """Answers of which it is true, according to a judge that does not know their side."""
    tuned: Rate
    p_value: float
    p_holm: float
    """Corrected for all statements."""
    holds: bool
    """Whether the difference is significant."""
    not_judged: int
    """Answers on which the judge gave no verdict."""


class Judgement(msgspec.Struct, frozen=True):
    """The differences that a model proposed."""

    model: str
    proposals: tuple[Proposal, ...]
    """The smallest p-value first."""
    calls: int
    fault: str = ""
    """Why there are none."""
