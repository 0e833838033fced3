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
number, a choice among options or a set phrase says too little to be weighed: a model that samples repeats it, too.

A fine-tune may have learnt a sentence by heart, and says it again and again while it samples. So equal texts stay draws
on an endpoint that has varied its answers anywhere: where other prompts, or other models of it, have brought different
texts, its repetitions are what its models say. That a model repeats itself wherever it was asked, though others of the
same endpoint do not, is told all the same. The same text for the same seed says nothing: it is the same draw.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from diptych.backends import TokenLogprob
from diptych.compare.answers import Settings
from diptych.sessions import Answer

CERTAIN = 10.0
"""Nats of evidence from which on an endpoint does not sample: once in 22,000 if it did."""
_NATS_A_TOKEN = 0.1
_CHARACTERS_A_TOKEN = 4
_SHORT = 48
"""Characters that may be a set phrase, as "I'm sorry, but I can't help with that request.": of a text only what goes
beyond them is weighed, unless log-probabilities tell how likely it was."""
_BY_HEART = 15
"""Repetitions of one text that are weighed: a text that is known by heart comes again however often one asks."""

Place = tuple[Settings, str, str]
"""Settings, prompt and what the answer was given as its beginning."""


class Verdict(NamedTuple):
    """What is to be said of equal texts."""

    words: str
    """For a reader, as the end of "20 of 20 identical: "."""
    one_draw: bool = True
    """Whether they count as one draw; else that is only said."""


class Sampling:
    """What has been seen of how endpoints draw; takes one answer after the other."""

    def __init__(self) -> None:
        self._models: dict[str, dict[str, _Seen]] = defaultdict(dict)
        """By endpoint and model."""

    def note(self, answer: Answer, settings: Settings) -> None:
        """Take up a finished answer."""
        endpoint = answer.endpoint or ""
        if settings.greedy or not (endpoint or settings.model) or not answer.finished or not answer.text.strip():
            return
        nats = _surprise(answer, settings)
        if nats:
            self._models[endpoint].setdefault(settings.model, _Seen()).note(answer, settings, nats)

    def verdict(self, endpoint: str, settings: Settings) -> Verdict | None:
        """What is to be said of equal texts to one prompt under these settings; None where each is simply a draw."""
        if settings.greedy:
            parameter = "temperature 0" if settings.temperature == 0 else "the request"
            return Verdict(f"{parameter} asks for it")
        models = self._models.get(endpoint, {})
        own = models.get(settings.model)
        if own is None or not own.evidence or own.varied:
            return None
        if any(seen.varied for seen in models.values()):
            said = "more often than the temperature explains, though this endpoint samples other models"
            return Verdict(said, one_draw=False) if own.evidence >= CERTAIN else None
        if sum(seen.evidence for seen in models.values()) >= CERTAIN:
            return Verdict("this endpoint does not sample")
        return None


class _Seen:
    """What has been seen of one model of an endpoint."""

    def __init__(self) -> None:
        self.evidence = 0.0
        """Nats, for that nothing is drawn."""
        self.varied: set[Place | None] = set()
        """Places that did not repeat themselves; None for all of them together."""
        self._texts: dict[Place, Counter[str]] = defaultdict(Counter)
        """Those that can be weighed."""
        self._could: Counter[Place | None] = Counter()
        """How many answers could have repeated an earlier one."""
        self._did: Counter[Place | None] = Counter()
        """How many of them did."""
        self._drawn_with: set[tuple[Place, str, int]] = set()

    def note(self, answer: Answer, settings: Settings, nats: float) -> None:
        """Take up an answer that would be given again with a probability of e to the power of −nats."""
        place = settings, answer.prompt, answer.prefill
        seed = answer.request.get("seed")
        if isinstance(seed, int) and answer.request.get("n", 1) == 1:
            # The same draw once more says nothing of whether draws differ.
            drawn = place, answer.text, seed
            if drawn in self._drawn_with:
                return
            self._drawn_with.add(drawn)
        texts = self._texts[place]
        times = texts[answer.text]
        for where in (place, None) if texts else ():
            self._could[where] += 1
            self._did[where] += times > 0
            varied = self._could[where] > 1 and self._did[where] <= self._could[where] / 2
            (self.varied.add if varied else self.varied.discard)(where)
        if times and (times <= _BY_HEART or answer.logprobs):
            self.evidence += nats
        texts[answer.text] += 1


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
    return _NATS_A_TOKEN * warmth * max(0, len(answer.text) - _SHORT) / _CHARACTERS_A_TOKEN


def _nats(token: TokenLogprob, warmth: float) -> float:
    """−log of a token's probability at a temperature, from log-probabilities at temperature 1. Alternatives that are
    not told would only make it less likely."""
    others = [logprob for text, logprob in token.top if text != token.token]
    if not others:
        # As one alternative that has all the rest.
        others = [math.log1p(-min(math.exp(token.logprob), 1 - 1e-9))]
    return math.log1p(sum(math.exp(min(50.0, (other - token.logprob) / warmth)) for other in others))
