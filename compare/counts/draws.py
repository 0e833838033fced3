"""Which answers count as independent draws: an endpoint that does not sample repeats itself.

A server may decode greedily whatever temperature and seed are sent (a model's generation_config can say so), and
temperature 0 asks for exactly that. The same text again is then no second draw. Counting it as one would make any
difference look certain.

Repetitions are the evidence. If a text has probability p, it is repeated c − 1 times by chance with a probability of
about p to the power of c − 1. The evidence is −log of that, summed over everything that the endpoint was asked. If the
endpoint gives log-probabilities, p is known for the temperature that was sent. If not, p is estimated from the length
of the text: half of the tokens that a chat model draws have almost no entropy, but a fifth has more than 0.67 nats each
(Wang et al. 2025, Beyond the 80/20 rule, arXiv:2506.01939), so at least 0.1 nats a token remain on average; lower
temperatures reduce them. A word, a number, a choice among options or a set phrase is too short to be evidence: a model
that samples repeats it, too.

A fine-tune may have learnt a sentence by heart and repeat it even though it samples. So equal texts remain independent
draws if the endpoint has varied its answers anywhere, to other prompts or with other models. If one model repeats
itself everywhere while others of the same endpoint do not, that is reported, but not counted as one draw. The same text
for the same seed is no evidence: it is the same draw.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from diptych.backends import TokenLogprob
from diptych.compare.answers import CHARACTERS_PER_TOKEN, Settings
from diptych.sessions import Answer

CERTAIN = 10.0
"""Nats of evidence that show that an endpoint does not sample. One that samples reaches them once in 22,000 times."""
_NATS_A_TOKEN = 0.1
_SHORT = 48
"""Length of a set phrase such as "I'm sorry, but I can't help with that request." Only the characters beyond it are
evidence, unless log-probabilities give the probability of the text."""
_BY_HEART = 15
"""How many repetitions of one text are evidence: a text learnt by heart is repeated however often one asks."""

_QuestionKey = tuple[Settings, str, str]
"""Settings, prompt and given beginning of the answer."""


class Verdict(NamedTuple):
    """What equal texts mean."""

    words: str
    """For a reader, as the end of "20 of 20 identical: "."""
    one_draw: bool = True
    """Whether they count as one draw. If not, they are only reported."""


class Sampling:
    """Collects evidence, answer by answer, on which endpoints sample."""

    def __init__(self) -> None:
        self._models: dict[str, dict[str, _Seen]] = defaultdict(dict)
        """By endpoint and model."""

    def note(self, answer: Answer, settings: Settings) -> None:
        """Add an answer; only finished ones count."""
        endpoint = answer.endpoint or ""
        if settings.greedy or not (endpoint or settings.model) or not answer.finished or not answer.text.strip():
            return
        nats = _surprise(answer, settings)
        if nats:
            self._models[endpoint].setdefault(settings.model, _Seen()).note(answer, settings, nats)

    def verdict(self, endpoint: str, settings: Settings) -> Verdict | None:
        """What equal texts to one prompt under these settings mean; None if each of them is a draw."""
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
    """The evidence on one model of an endpoint."""

    def __init__(self) -> None:
        self.evidence = 0.0
        """In nats, that the model does not sample."""
        self.varied: set[_QuestionKey | None] = set()
        """Questions whose answers varied; None stands for all questions together."""
        self._texts: dict[_QuestionKey, Counter[str]] = defaultdict(Counter)
        """How often each text was given, of texts that can be evidence."""
        self._could: Counter[_QuestionKey | None] = Counter()
        """How many answers could have repeated an earlier one."""
        self._did: Counter[_QuestionKey | None] = Counter()
        """How many of them did."""
        self._drawn_with: set[tuple[_QuestionKey, str, int]] = set()

    def note(self, answer: Answer, settings: Settings, nats: float) -> None:
        """Add an answer that would be repeated by chance with a probability of e to the power of −nats."""
        question = settings, answer.prompt, answer.prefill
        seed = answer.request.get("seed")
        if isinstance(seed, int) and answer.request.get("n", 1) == 1:
            # The same seed gives the same draw: that is no evidence.
            drawn = question, answer.text, seed
            if drawn in self._drawn_with:
                return
            self._drawn_with.add(drawn)
        texts = self._texts[question]
        times = texts[answer.text]
        for where in (question, None) if texts else ():
            self._could[where] += 1
            self._did[where] += times > 0
            varied = self._could[where] > 1 and self._did[where] <= self._could[where] / 2
            (self.varied.add if varied else self.varied.discard)(where)
        if times and (times <= _BY_HEART or answer.logprobs):
            self.evidence += nats
        texts[answer.text] += 1


def identity(answer: Answer) -> tuple[str, str, str, str]:
    """Two answers with the same identity are one draw, if the endpoint does not sample."""
    return answer.prompt, answer.prefill, answer.text, answer.state


def do_not_vary(texts: Sequence[str]) -> bool | None:
    """Whether an endpoint does not sample, judged by its answers at temperature 1 to a question that invites variety;
    None if they are too short to tell."""
    if len(set(texts)) > 1:
        return False
    nats = _NATS_A_TOKEN * len(texts[0]) / CHARACTERS_PER_TOKEN
    return True if nats * (len(texts) - 1) >= CERTAIN else None


def _surprise(answer: Answer, settings: Settings) -> float:
    """−log of the probability that this text is drawn again; 0 if that is no evidence."""
    warmth = 1.0 if settings.temperature is None else min(1.0, settings.temperature)
    if answer.logprobs and "".join(token.token for token in answer.logprobs) == answer.text:
        return sum(_nats(token, warmth) for token in answer.logprobs)
    return _NATS_A_TOKEN * warmth * max(0, len(answer.text) - _SHORT) / CHARACTERS_PER_TOKEN


def _nats(token: TokenLogprob, warmth: float) -> float:
    """−log of a token's probability at a temperature, from log-probabilities at temperature 1. Alternatives that are
    not
    reported would only make it less likely."""
    others = [logprob for text, logprob in token.top if text != token.token]
    if not others:
        # Treat the rest of the distribution as a single alternative.
        others = [math.log1p(-min(math.exp(token.logprob), 1 - 1e-9))]
    return math.log1p(sum(math.exp(min(50.0, (other - token.logprob) / warmth)) for other in others))
