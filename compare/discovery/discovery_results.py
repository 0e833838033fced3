"""Results of a search for differences, in the document of a run and of `diptych sessions discover`."""

import msgspec
from msgspec import UNSET, UnsetType

from diptych.compare.discovery.search_results import Rate, Trait


class SideDiffers(msgspec.Struct, frozen=True):
    """Whether all answers of a side together differ from those of the first."""

    differ: bool
    p_value: float
    tested: int
    """Traits that were tested."""


class DiscoveryExample(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer that has a trait. A run names it by its exchange and sample, a saved session by its number."""

    spans: tuple[tuple[int, int], ...]
    """Where the trait is: first and last character (exclusive); empty for traits of the whole answer."""
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
    """The false-discovery rate among all traits with a p-value as small as this or smaller."""
    counts: dict[str, Rate]
    """k of n answers, by side."""
    null: tuple[Rate, Rate]
    """The same trait in two random halves of the first side's own answers."""
    examples: dict[str, tuple[DiscoveryExample, ...]]
    """By side, at most three of each."""
    also: tuple[Trait, ...]
    """Other traits of nearly the same answers."""
    means: dict[str, float] = {}
    """If the trait is that a number is large: its mean, by side."""
    log_odds: float | None = None
    """If the trait is a word: this side against the first."""


class RunDiscoveries(msgspec.Struct, frozen=True):
    """Differences between the sides of a run that no detector was looking for."""

    differ: dict[str, SideDiffers]
    """By side, without the first."""
    discoveries: tuple[DiscoveryResult, ...]
    """For each side the smallest p-value first, words last."""
