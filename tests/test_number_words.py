"""Numbers are written in one form wherever they are read."""

import pytest

from diptych.number_words import axis_words, on_axis_words, signed_three_digits, three_digits


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "0"), (0.43, ".43"), (-0.5, "−.5"), (15.0, "15"), (72.53, "72.5"), (-97.8, "−97.8")]
)
def test_a_mean(value: float, words: str) -> None:
    assert three_digits(value) == words


@pytest.mark.parametrize(("value", "words"), [(0.0, "0"), (0.43, "+.43"), (-1.254, "−1.25"), (12.0, "+12")])
def test_a_difference_of_means(value: float, words: str) -> None:
    assert signed_three_digits(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.25, ".25"), (-0.5, "−.5"), (1.0, "1"), (1.25, "1.25"), (12000.0, "12,000"), (1e-5, "1e−5"),
     (2.5e-7, "2.5e−7"), (1e15, "1e15"), (-3.0, "−3"), (100.0, "100")],
)  # fmt: skip
def test_a_number_on_an_axis(value: float, words: str) -> None:
    assert axis_words(value) == words


@pytest.mark.parametrize(
    ("value", "length", "words"),
    [(0.5612, 1.5, ".56"), (1.0, 1.5, "1.00"), (-0.123, 1.5, "−.12"), (1240.4, 1280.0, "1,240"),
     (0.00021, 0.001, ".00021"), (0.0, 1.5, ".00"), (-0.001, 1.5, ".00"), (0.3, 0.0, ".30"), (0.4, 1280.0, "0")],
)  # fmt: skip
def test_an_estimate_on_an_axis(value: float, length: float, words: str) -> None:
    assert on_axis_words(value, length) == words
