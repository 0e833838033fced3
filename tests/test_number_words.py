"""Numbers are written in one form wherever they are read."""

import pytest

from diptych.number_words import signed_three_digits, three_digits


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "0"), (0.43, ".43"), (-0.5, "−.5"), (15.0, "15"), (72.53, "72.5"), (-97.8, "−97.8")]
)
def test_a_mean(value: float, words: str) -> None:
    assert three_digits(value) == words


@pytest.mark.parametrize(("value", "words"), [(0.0, "0"), (0.43, "+.43"), (-1.254, "−1.25"), (12.0, "+12")])
def test_a_difference_of_means(value: float, words: str) -> None:
    assert signed_three_digits(value) == words
