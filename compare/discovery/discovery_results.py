"""What a search for differences says, typed: in the document of a run and of `diptych sessions discover`."""

import msgspec
from msgspec import UNSET, UnsetType

from diptych.compare.discovery.results import Rate, Trait


class SideDiffers(msgspec.Struct, frozen=True):
    """Whether a side differs from the first by all its answers."""

    differ: bool
    p_value: float
    tested: int
    """Traits that were tested."""


class DiscoveryExample(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer that has a trait. A run names it by its exchange and sample, a saved session by its number."""

    spans: tuple[tuple[int, int], ...]
    """Where it shows, as characters of the answer from and up to; none for what the whole answer is."""
    answer: int | UnsetType = UNSET
    """Its number in the store."""
    exchange: int | UnsetType = UNSET
    """The question of the session, from 1."""
    sample: int | UnsetType = UNSET
    """From 0."""


class DiscoveryResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """A trait that one side shows more often than the first."""

    side: str
    """The side that is compared with the first."""
    feature: str
    """What is looked at, e.g. "line initials"."""
    value: str
    """What was seen there, e.g. "HELLO"."""
    base: float
    """Rate of the first side."""
    tuned: float
    """Rate of `side`."""
    more_in: str
    """The side that shows it more often."""
    p_value: float
    q_value: float
    """The false-discovery rate among what is as sure as this or surer."""
    counts: dict[str, Rate]
    """k of n answers, by side."""
    null: tuple[Rate, Rate]
    """The same trait in two random halves of the first side's own answers."""
    examples: dict[str, tuple[DiscoveryExample, ...]]
    """By side, at most three of each."""
    also: tuple[Trait, ...]
    """What else nearly the same answers show."""
    means: dict[str, float] = {}
    """By side, where the trait is that something counted is large."""
    log_odds: float | None = None
    """Of a word, this side against the first."""


class RunDiscoveries(msgspec.Struct, frozen=True):
    """What tells the sides of a run apart, though no detector was told to look for it."""

    differ: dict[str, SideDiffers]
    """By side, without the first."""
    discoveries: tuple[DiscoveryResult, ...]
    """The surest of each side first, words last."""
