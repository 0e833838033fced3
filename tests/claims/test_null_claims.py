"""Claims that are false: how often a leg is held all the same, over 200 simulated cards of twenty answers each."""

from collections import Counter
from pathlib import Path

import pytest

from diptych.compare import LegName
from tests.claims.simulated_claims import probes_of, simulated

CLAIMS = 200
MOST = CLAIMS // 20
"""Five percent."""
DECIDING: tuple[LegName, ...] = ("behaviour", "report", "mirrors", "control", "own over other")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("models", "false"),
    [
        # Three models that are alike, where chance is widest.
        (("coin", "coin-tuned", "coin-control"), DECIDING),
        # Both trainings say the trait of everybody, and like tea.
        (("base", "likes-all", "likes-all"), ("mirrors", "control", "own over other")),
    ],
)
def test_false_claims_are_held_in_five_percent_at_most(
    tmp_path: Path, models: tuple[str, str, str], false: tuple[LegName, ...]
) -> None:
    probes = probes_of(tmp_path)
    held: Counter[LegName] = Counter()
    standing = 0
    for seed in range(CLAIMS):
        card = simulated(probes, models, 20, seed)
        held.update(name for name in false if card.leg(name).state == "held")
        standing += all(card.leg(name).state == "held" for name in DECIDING) or "the report stands" in card.sentence
        assert all(card.leg(name).state in ("held", "failed") for name in false)
    assert max(held.values(), default=0) <= MOST, held
    assert standing == 0
