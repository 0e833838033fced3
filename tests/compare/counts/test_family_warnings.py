"""What a reader of a family's counts is warned of, whatever was counted."""

import pytest

from diptych.compare import arms_of, is_about_few_runs
from diptych.compare.counts.family_warnings import family_warnings
from diptych.compare.counts.tally import Tally
from diptych.sessions import SideRecord


def warnings(**runs: int) -> list[str]:
    """Those about so many training runs of each arm."""
    sides = [
        SideRecord(f"{arm} {seed}", "e", None, "m", None, arm, None, seed)
        for arm, count in runs.items()
        for seed in range(count)
    ]
    return family_warnings(Tally(), arms_of(sides))


@pytest.mark.parametrize(
    ("runs", "named"),
    [
        ({"base": 1, "tuned": 2}, "tuned: 2 training runs"),
        ({"base": 1, "tuned": 3, "control": 3}, "tuned, control: 3 training runs"),
        ({"base": 1, "tuned": 2, "control": 3, "other": 6}, "tuned, control: 2 or 3 training runs"),
        ({"base": 3, "tuned": 12}, "base: 3 training runs"),
    ],
)
def test_two_or_three_training_runs_can_agree_by_luck(runs: dict[str, int], named: str) -> None:
    (found,) = filter(is_about_few_runs, warnings(**runs))
    assert found == f"{named} can agree by luck, and p-values are then too small"


@pytest.mark.parametrize("runs", [{"base": 1, "tuned": 1}, {"base": 1, "tuned": 4}, {"base": 6, "tuned": 12}])
def test_one_run_and_four_of_them_cannot(runs: dict[str, int]) -> None:
    assert not any(map(is_about_few_runs, warnings(**runs)))
