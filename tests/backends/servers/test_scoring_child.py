"""Likelihoods from logits, beside scipy's; and texts that are read one after the other."""

from collections.abc import Sequence
from pathlib import Path

import numpy
import pytest
from scipy.special import log_softmax
from scipy.stats import entropy

from diptych.backends.servers.llama_c_api import CModel
from diptych.backends.servers.scoring_child import PART, Likelihood, Text, TextReader, likelihoods
from tests.small_models import MODELS, write_gguf

PROMPT, OTHER = tuple(range(260, 272)), tuple(range(260, 270))
SHORT, LONG = (270, 271, 280), tuple(range(200, 200 + PART + 5))
TEXTS = [Text(PROMPT, LONG), Text(PROMPT, SHORT), Text(PROMPT, LONG), Text(OTHER, SHORT), Text(PROMPT, SHORT)]


class Watched(CModel):
    """A model that says how many tokens it has read."""

    tokens = 0

    def __init__(self, file: Path) -> None:
        super().__init__(str(file), context=64, batch=64, threads=1)

    def read(self, tokens: Sequence[int], start: int, outputs: int) -> "numpy.ndarray":
        self.tokens += len(tokens)
        return super().read(tokens, start, outputs)


class Forgetful(Watched):
    """A model that cannot be cut, as recurrent ones cannot."""

    def keep(self, tokens: int) -> bool:
        return False


def scored(reader: TextReader, text: Text) -> list[Likelihood]:
    found = reader.begin(text)
    while len(found) < len(text.answer):
        found += reader.continue_text()
    return found


@pytest.mark.parametrize("name", ["llama", "gemma3"])
def test_a_prompt_that_stays_changes_no_score(name: str, tmp_path: Path) -> None:
    """gemma3 sees the last tokens only in most of its layers."""
    file = write_gguf(MODELS[name], MODELS[name].weights(), tmp_path / "small.gguf")
    expected = [scored(TextReader(Watched(file)), text) for text in TEXTS]
    remembering, forgetful = Watched(file), Forgetful(file)
    for model in (remembering, forgetful):
        reader = TextReader(model)
        assert [scored(reader, text) for text in TEXTS] == expected
    answers = sum(len(text.answer) - 1 for text in TEXTS)
    assert remembering.tokens == answers + 2 * len(PROMPT) + len(OTHER)
    assert forgetful.tokens == answers + 4 * len(PROMPT) + len(OTHER)
    assert expected[0] != expected[1]


def test_a_prompt_of_several_parts(tmp_path: Path) -> None:
    file = write_gguf(MODELS["llama"], MODELS["llama"].weights(), tmp_path / "small.gguf")
    at_once, in_parts = (scored(TextReader(Watched(file), part), TEXTS[0]) for part in (64, 5))
    assert [one.logprob for one in in_parts] == pytest.approx([one.logprob for one in at_once], abs=1e-3)


def test_only_what_is_there_can_be_kept(tmp_path: Path) -> None:
    model = Watched(write_gguf(MODELS["llama"], MODELS["llama"].weights(), tmp_path / "small.gguf"))
    model.read(PROMPT, 0, 0)
    assert model.keep(5)
    assert not model.keep(6)
    model.clear()
    assert not model.keep(1)


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
