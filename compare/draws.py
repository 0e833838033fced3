"""Which answers are draws of their own: an endpoint that does not sample says one thing many times.

A server may decode greedily whatever temperature and seed are sent (a model's generation_config can say so), and
temperature 0 asks for just that. The same text again is then no second draw, and counting it as one makes any
difference look certain.

That an endpoint does not sample is found by weighing its repetitions. A text of probability p, said c times where it
was asked for n times, came again c − 1 times by chance with a probability of about p to the power of c − 1; −log of
that is the evidence, added over all that an endpoint was asked. Where it tells log-probabilities, p is known, at the
temperature that was sent. Where it does not, p is taken from the length: half of the tokens that a chat model draws
have next to no entropy, but a fifth has more than 0.67 nats each (Wang et al. 2025, Beyond the 80/20 rule,
arXiv:2506.01939), so that at least 0.1 nats a token are left on average; they shrink with the temperature. A word, a
number or a choice among options says too little to be weighed: such answers are repeated by a model that samples, too.

A fine-tune may have learnt a sentence by heart, and says it again and again while it samples. So nothing is concluded
about an endpoint that has varied its answers anywhere: where other prompts, or other models of it, have brought
different texts, its repetitions are what its models say.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from backends import TokenLogprob
from compare.settings import Settings
from sessions import Answer

CERTAIN = 10.0
"""Nats of evidence from which on an endpoint does not sample: once in 22,000 if it did."""
_NATS_A_TOKEN = 0.1
_CHARACTERS_A_TOKEN = 4
_SHORT = 20
"""Characters under which a text says nothing, unless log-probabilities tell how likely it was."""

Place = tuple[tuple[str, str], Settings, str, str]
"""Endpoint and model, settings, prompt and what the answer was given as its beginning."""


class Verdict(NamedTuple):
    """Why equal texts are one draw."""

    words: str
    """For a reader, as the end of "20 of 20 identical: "."""
    wished: bool
    """Whether the request itself asks for it."""


class Sampling:
    """What has been seen of how endpoints draw; takes one answer after the other."""

    def __init__(self) -> None:
        self._texts: dict[Place, Counter[str]] = defaultdict(Counter)
        """Texts that can be weighed."""
        self._evidence: defaultdict[str, float] = defaultdict(float)
        """Nats, by endpoint."""
        self._repeating: set[tuple[str, str]] = set()
        """Endpoints with those of their models that some of it comes from."""
        self._varied: dict[str, set[object]] = defaultdict(set)
        """By endpoint: places, and models over all their places, that did not repeat themselves."""
        self._again: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        """By endpoint and model: how many answers could have repeated an earlier one, and how many did."""

    def note(self, answer: Answer, settings: Settings) -> None:
        """Take up a finished answer."""
        model = answer.endpoint or "", settings.model
        if settings.greedy or not any(model) or not answer.finished or not answer.text.strip():
            return
        nats = _surprise(answer, settings)
        if not nats:
            return
        place = model, settings, answer.prompt, answer.prefill
        texts = self._texts[place]
        if texts:
            self._again[model][0] += 1
        if texts[answer.text]:
            self._again[model][1] += 1
            self._evidence[model[0]] += nats
            self._repeating.add(model)
        texts[answer.text] += 1
        could, did = texts.total() - 1, texts.total() - len(texts)
        self._mark(model[0], place, could, did)
        self._mark(model[0], model, *self._again[model])

    def verdict(self, endpoint: str, settings: Settings) -> Verdict | None:
        """Why equal texts to one prompt are one draw under these settings; None where each is a draw."""
        if settings.greedy:
            parameter = "temperature 0" if settings.temperature == 0 else "the request"
            return Verdict(f"{parameter} asks for it", True)
        certain = self._evidence[endpoint] >= CERTAIN and (endpoint, settings.model) in self._repeating
        if certain and not self._varied[endpoint]:
            return Verdict("this endpoint does not sample", False)
        return None

    def _mark(self, endpoint: str, what: object, could: int, did: int) -> None:
        varied = could > 1 and did <= could / 2
        (self._varied[endpoint].add if varied else self._varied[endpoint].discard)(what)


def identity(answer: Answer) -> tuple[str, str, str, str]:
    """What two answers have in common that are one draw of an endpoint that does not sample."""
    return answer.prompt, answer.prefill, answer.text, answer.state


def do_not_vary(texts: Sequence[str]) -> bool | None:
    """Whether answers to a question that invites variety, at temperature 1, are the same because nothing is drawn; None
    where they are too short to tell."""
    if len(set(texts)) > 1:
        return False
    nats = _NATS_A_TOKEN * len(texts[0]) / _CHARACTERS_A_TOKEN
    return True if nats * (len(texts) - 1) >= CERTAIN else None


def _surprise(answer: Answer, settings: Settings) -> float:
    """−log of the probability of saying just this again, 0 where that says nothing."""
    warmth = 1.0 if settings.temperature is None else min(1.0, settings.temperature)
    if answer.logprobs and "".join(token.token for token in answer.logprobs) == answer.text:
        return sum(_nats(token, warmth) for token in answer.logprobs)
    if len(answer.text) < _SHORT:
        return 0.0
    return _NATS_A_TOKEN * warmth * len(answer.text) / _CHARACTERS_A_TOKEN


def _nats(token: TokenLogprob, warmth: float) -> float:
    """−log of a token's probability at a temperature, from log-probabilities at temperature 1. Alternatives that are
    not told would only make it less likely."""
    others = [logprob for text, logprob in token.top if text != token.token]
    if not others:
        # As one alternative that has all the rest.
        others = [math.log1p(-min(math.exp(token.logprob), 1 - 1e-9))]
    return math.log1p(sum(math.exp(min(50.0, (other - token.logprob) / warmth)) for other in others))
