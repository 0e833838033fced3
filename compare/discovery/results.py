"""What a search for differences between the sides says."""

from typing import NamedTuple

import msgspec

from diptych.detectors import Span
from diptych.errors import DiptychError


class NotEnough(DiptychError):
    """There are too few answers to compare."""


class Trait(NamedTuple):
    """A statement about one whole answer that holds of it or does not."""

    feature: str
    """What is looked at, e.g. "line initials"."""
    value: str
    """What was seen there, e.g. "HELLO"."""


class Rate(NamedTuple):
    """k of n answers."""

    k: int
    n: int

    @property
    def rate(self) -> float:
        """In [0, 1]; 0 of no answers."""
        return self.k / self.n if self.n else 0.0


class Example(msgspec.Struct, frozen=True):
    """An answer that has the trait."""

    answer: int
    """Its number in the store."""
    spans: tuple[Span, ...]
    """Where it shows; none for what the whole answer is, such as its length."""


class Discovery(msgspec.Struct, frozen=True):
    """A trait that one side shows more often than the other."""

    feature: str
    value: str
    base: Rate
    tuned: Rate
    p_value: float
    """Two-sided, of permuting whole answers between the sides within their question: all permutations, exactly."""
    q_value: float
    """The false-discovery rate among what is as sure as this or surer."""
    null: tuple[Rate, Rate]
    """The same trait in two random halves of the base's own answers."""
    examples: dict[str, tuple[Example, ...]]
    """By side, at most three of each."""
    beside: dict[str, Rate] = {}
    """The sides that are not compared here."""
    also: tuple[Trait, ...] = ()
    """What else nearly the same answers show."""
    means: tuple[float, float] | None = None
    """Of what is counted, base and tuned, where the trait is that it is large."""
    log_odds: float | None = None
    """Of a word, tuned against base: see diptych.compare.discovery.word_odds."""

    @property
    def more(self) -> bool:
        """Whether it is tuned that shows it more often."""
        return self.tuned.rate > self.base.rate


class Verdict(msgspec.Struct, frozen=True):
    """Whether the sides differ at all."""

    differ: bool
    p_value: float
    permutations: int
    characters: int
    """Of each answer that were read, at most."""


class Null(msgspec.Struct, frozen=True):
    """What the same search makes of the base against itself."""

    splits: int
    """How often the base's answers were cut into two random halves."""
    with_any: int
    """Splits in which anything was named."""
    most: int
    """The most that was named in one."""


class TokenShift(msgspec.Struct, frozen=True):
    """A token whose chance differs where both sides could have said it."""

    token: str
    difference: float
    """Mean log-probability, tuned − base, in nats."""
    places: tuple[int, int]
    """At which it was among the likeliest, base and tuned."""
    answers: tuple[int, int]
    """With such places, base and tuned."""
    p_value: float
    """Corrected for all tokens that were looked at."""


class Found(msgspec.Struct, frozen=True):
    """What tells one side from another."""

    base: str
    tuned: str
    """The names of the two sides."""
    answers: tuple[int, int]
    questions: int
    """To which both have answers."""
    verdict: Verdict
    tested: int
    """Traits that were tested, of which `discoveries` and `words` are what is left."""
    discoveries: tuple[Discovery, ...]
    words: tuple[Discovery, ...]
    null: Null
    tokens: tuple[TokenShift, ...] = ()
    """Only where answers came with log-probabilities."""


class Proposal(msgspec.Struct, frozen=True):
    """A difference that a model proposed, tested on answers that it had not seen."""

    statement: str
    base: Rate
    """Answers of which it holds, as a judge says that does not know their side."""
    tuned: Rate
    p_value: float
    p_holm: float
    """Corrected for all statements."""
    holds: bool
    """Whether that is sure enough."""
    not_judged: int
    """Answers of which the judge did not say."""


class Judgement(msgspec.Struct, frozen=True):
    """What came of asking a model for differences."""

    model: str
    proposals: tuple[Proposal, ...]
    """The surest first."""
    calls: int
    fault: str = ""
    """Why there are none."""
