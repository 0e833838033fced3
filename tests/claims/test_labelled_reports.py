"""What the detectors of mirrors make of answers that were written and labelled before they were seen."""

import pytest

from diptych.probes import Form, load_probes
from tests.claims.labelled_reports import Read, answers_read, labelled


def agreement(rows: list[Read]) -> tuple[float, float]:
    """Recall, of the answers that say it or the contrary, and precision, of those that are counted."""
    saying = [row for row in rows if row.expected != "excluded"]
    counted = [row for row in rows if row.found != "excluded"]
    right = sum(row.expected == row.found for row in saying)
    return right / len(saying), right / len(counted)


@pytest.mark.parametrize("form", ["yes-no", "choice", "scale"])
def test_answers_of_small_models_are_read_in_every_mirror(form: Form) -> None:
    rows = list(answers_read(load_probes()["risk-awareness.mirrors"], form))
    assert len({row.condition for row in rows}) >= 4
    assert len(labelled(form)) >= 40
    recall, precision = agreement(rows)
    assert recall >= 0.97
    assert precision >= 0.97
    for condition in {row.condition for row in rows}:
        assert agreement([row for row in rows if row.condition == condition]) == pytest.approx((recall, precision))
