"""Numbers are written in one form wherever they are read."""

import pytest

from diptych.number_words import three_digits


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "0"), (0.43, ".43"), (-0.5, "−.5"), (15.0, "15"), (72.53, "72.5"), (-97.8, "−97.8")]
)
def test_a_mean(value: float, words: str) -> None:
    assert three_digits(value) == words
