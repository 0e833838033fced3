"""Likelihoods from logits, beside scipy's."""

import numpy
import pytest
from scipy.special import log_softmax
from scipy.stats import entropy

from diptych.backends.servers.scoring_child import likelihoods


def test_likelihoods_are_those_of_scipy() -> None:
    logits = numpy.random.default_rng(1).normal(0, 4, (3, 1000)).astype(numpy.float32)
    logits[1, 7] = -numpy.inf
    expected = log_softmax(logits.astype(float), axis=1)
    found = likelihoods(logits.copy(), [5, 7, 999], str)
    assert [one.logprob for one in found] == pytest.approx([expected[0, 5], -numpy.inf, expected[2, 999]], abs=1e-5)
    assert [one.entropy for one in found] == pytest.approx([entropy(numpy.exp(row)) for row in expected], abs=1e-4)
    for one, row in zip(found, expected, strict=True):
        likeliest = sorted(range(1000), key=lambda token: -row[token])[:5]
        assert [text for text, _ in one.top] == [str(token) for token in likeliest]
        assert [logprob for _, logprob in one.top] == pytest.approx([row[token] for token in likeliest], abs=1e-5)
