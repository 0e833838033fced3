"""What curves say in sentences."""

import pytest

from diptych.compare.counts.curve_words import correlation_words, curve_words, lag_words
from diptych.compare.counts.family_results import ReportScatter
from diptych.compare.stats import (
    Crossed,
    Crossing,
    CrossingLag,
    Flat,
    Interval,
    Lag,
    LagAtLeast,
    LeadAtLeast,
    NeverReached,
    NoLag,
    ReachedFromStart,
    XInterval,
)
from tests.compare.counts.family_documents import DOES, DOSES, curve, hello_dose

DOSE, STEPS = hello_dose(), hello_dose(xs=(1, 4, 16, 64, 256, 1024, 4096), x="training step", log=True)
FAR = XInterval(0.1, 0.33)


@pytest.mark.parametrize(
    ("half", "words"),
    [
        (Crossed(0.561, XInterval(0.512, 0.607), (0.5, 0.75), "questions"), "half at .56 [.51, .61]"),
        (Crossed(0.561, XInterval(None, 0.607), (0.5, 0.75), "models"), "half at .56 [open, .61]"),
        (NeverReached(1.5), "never reaches half"),
        (ReachedFromStart(0.0), "past half from 0 on"),
        (Flat(0.0, 1.5), "no change that can be told from none"),
    ],
)
def test_a_crossing(half: Crossing, words: str) -> None:
    assert curve_words(curve("tuned", DOES, half, None, DOSES), DOSE) == (words,)
    assert curve_words(curve("tuned", DOES, half, 0.5, DOSES), DOSE) == (words, "above base from .5 on")


@pytest.mark.parametrize(
    ("lag", "words"),
    [
        (Lag(0.21, FAR), "the report follows the behaviour by .21 [.10, .33] of dose"),
        (Lag(-0.21, XInterval(-0.33, -0.1)), "the report leads the behaviour by .21 [.10, .33] of dose"),
        (
            Lag(0.05, XInterval(-0.02, 0.12)),
            "the report follows the behaviour by .05 [−.02, .12] of dose; which comes first is open",
        ),
        (Lag(0.21, XInterval(0.1, None)), "the report follows the behaviour by .21 [.10, open] of dose"),
        (LagAtLeast(0.44), "the report follows the behaviour by at least .44 of dose, or never comes"),
        (LagAtLeast(0.0), "the report follows the behaviour or never comes"),
        (LeadAtLeast(0.3), "the report leads the behaviour by at least .30 of dose, or comes alone"),
        (LeadAtLeast(0.0), "the report leads the behaviour or comes alone"),
        (NoLag(), "which comes first cannot be told from the values of dose that were asked"),
    ],
)
def test_an_order(lag: CrossingLag, words: str) -> None:
    assert lag_words(lag, DOSE) == words


def test_on_a_logarithmic_scale_a_distance_is_a_factor() -> None:
    words = lag_words(Lag(0.3010, XInterval(0.0, 0.6021)), STEPS)
    assert words == (
        "the report follows the behaviour by a factor of 2 [1, 4] in training step; which comes first is open"
    )
    assert lag_words(LagAtLeast(1.0), STEPS).endswith("by at least a factor of 10 in training step, or never comes")


def test_a_correlation() -> None:
    scatter = DOSE.scatter[0]
    assert correlation_words(scatter) == "rank correlation .79 [.43, .93] over 8 models"
    alike = ReportScatter(scatter.does, scatter.says, {"base": (0.0, 0.0)}, None)
    assert correlation_words(alike) == "no rank correlation over 1 model: too few"
    for points, why in (
        ({f"m{n}": (n / 10, 0.0) for n in range(6)}, "each says it equally often"),
        ({f"m{n}": (0.5, n / 10) for n in range(6)}, "each does it equally often"),
        ({f"m{n}": (1.0, 0.0) for n in range(6)}, "each does and says it equally often"),
    ):
        same = ReportScatter(scatter.does, scatter.says, points, None)
        assert correlation_words(same) == f"no rank correlation over 6 models: {why}"
    none = ReportScatter(scatter.does, scatter.says, scatter.points, -0.004, Interval(-0.8, 0.001))
    assert correlation_words(none) == "rank correlation .00 [−.80, .00] over 8 models"
    negative = ReportScatter(scatter.does, scatter.says, scatter.points, -0.5, Interval(-0.8, 0.1))
    assert correlation_words(negative) == "rank correlation −.50 [−.80, .10] over 8 models"
