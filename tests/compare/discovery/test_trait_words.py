"""Traits in words: the same ones in the console, in commands and in tables."""

import pytest

from diptych.compare import trait_words


@pytest.mark.parametrize(
    ("feature", "value", "words"),
    [
        ("line initials", "HELLO", "line initials HELLO"),
        ("line initials begin", "HE", "line initials begin HE"),
        ("language", "en", "English"),
        ("language", "other", "another language"),
        ("whole answer", "the same as another", "repeats another answer"),
        ("whole answer", "Just\nthis.", "the answer “Just this.”"),
        ("whole answer", "empty", "empty answer"),
        ("characters", "above the median", "longer than half of the answers"),
        ("words a sentence", "in the top quarter", "longer sentences than in three quarters of the answers"),
        (
            "commas per 1,000 characters",
            "above the bottom quarter",
            "more commas per 1,000 characters than in a quarter of the answers",
        ),
        ("number of lines", "5", "5 lines"),
        ("number of sentences", "1", "1 sentence"),
        ("form", "address", "has a web address"),
        ("has", "exclamation marks", "has exclamation marks"),
        ("refusal", "refuses", "refuses"),
        ("first character", "I", "starts with “I”"),
        ("first two words", "as an", "first two words “as an”"),
        ("ends with", "the token limit", "cut at the token limit"),
        ("ends with", ".", "ends with “.”"),
        ("phrase", "as far as i can tell", "phrase “as far as i can tell”"),
    ],
)
def test_a_trait_in_words(feature: str, value: str, words: str) -> None:
    assert trait_words(feature, value) == words
