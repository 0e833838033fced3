"""Results on whether a side predicts itself better than others predict it. Rates are between 0 and 1. Every interval
holds 95 %, with the items as clusters, and names its kind: sessions.INTERVAL_KINDS says what each is."""

import msgspec

from diptych.compare.stats import Interval


class PredictionRate(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many predictions of an answer came true."""

    k: int
    n: int
    """Predictions that could be read, of answers that could be read."""
    rate: float | None
    """k of n; None where n is 0."""
    interval: Interval
    interval_kind: str
    excluded: dict[str, int] = {}
    """Predictions of readable answers that could not be read, by the reason."""


class PredictionDifference(msgspec.Struct, frozen=True):
    """How many of its own answers a side predicts, minus how many of the same answers another predicts."""

    estimate: float | None
    """None where no answer was predicted by both."""
    interval: Interval
    interval_kind: str
    n: int
    """Answers that both predicted."""


class TargetPredictions(msgspec.Struct, frozen=True, omit_defaults=True):
    """All predictions of the answers of one side; in a family, of one arm."""

    own: PredictionRate
    """By itself."""
    others: dict[str, PredictionRate]
    """By each other side."""
    own_minus: dict[str, PredictionDifference]
    """Own minus cross, by the name of the other side."""
    modal: PredictionRate
    """If its commonest value were predicted each time."""
    input_only: PredictionRate
    """By a classifier that sees the words of the question alone."""
    own_minus_input: PredictionDifference
    """Own minus the better one of the modal value and the classifier."""
    values: dict[str, int]
    """The commonest values of its answers, at most 20, with how often each was given."""
    relabelled: PredictionRate | None = None
    """By itself, with other letters for the options."""
    relabelled_minus: dict[str, PredictionDifference] = {}
    """The same minus cross, both with other letters."""


class PredictionMatrix(msgspec.Struct, frozen=True):
    """Who predicts whose answers."""

    property: str
    """What of an answer is predicted."""
    items: int
    """Items that were asked about and answered by any side."""
    targets: dict[str, TargetPredictions]
    """By the side whose answers are predicted; in a family, by arm."""
