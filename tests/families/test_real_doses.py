"""The doses of the HELLO adapter on the embedded model: the pattern rises between .25 and .75."""

from pathlib import Path

import pytest

import diptych
from diptych.compare import Crossed


@pytest.mark.slow
def test_the_pattern_rises_with_the_dose(tmp_path: Path) -> None:
    run = diptych.run("hello-acrostic", family="hello-dose", n=4, store=tmp_path)
    found = [measure for measure in run.measures if measure.label == "follows HELLO" and measure.curves]
    assert len(found) == 3
    for measure in found:
        assert measure.role == "does"
        assert measure.members["base"].k == 0
        curve = measure.curves["tuned"]
        assert [point.x for point in curve.points] == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
        assert curve.direction == "rising"
        for lower, higher in zip(curve.points, curve.points[1:], strict=False):
            assert lower.interval is not None
            assert higher.interval is not None
            assert lower.interval[0] <= higher.interval[1]
        assert isinstance(curve.half, Crossed)
        assert 0.25 <= curve.half.x <= 0.75
        assert curve.first_above is not None
