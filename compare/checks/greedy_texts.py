"""Tells two sides apart by their greedy texts, for endpoints that give no log-probabilities.

A model that always takes the likeliest token always gives the same text. Many endpoints do not keep to that: a near tie
may go either way, and some sample at every temperature. So both sides are asked repeatedly in turn. A prompt counts if
each side gave one text throughout, and the two texts differ. If the sides were one model, every way to split its 2m
texts between the sides would be equally likely, so the chance of such a prompt is at most 2 in C(2m, m).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diptych.compare.answers import Side
from diptych.compare.checks.routes import Route

TOKENS = 16
"""Tokens of each text. A fine-tune shows early, and longer texts have more near ties."""
_LEAST_ASKINGS = 2
_MOST_ASKINGS = 5
"""How often each side is asked a prompt at most: with so many, a single prompt is enough."""
_CHANCE = 0.01


@dataclass(frozen=True)
class GreedyTexts:
    """The greedy texts of two sides, compared."""

    prompts: int
    steady: int
    """Prompts to which each side gave only one text."""
    apart: int
    """Those of them to which the two sides gave different texts."""
    askings: int
    """How often each side was asked those prompts."""
    empty: bool = False
    """Whether all texts were empty."""

    @property
    def chance(self) -> float:
        """The probability of this difference if the sides were one model."""
        return math.prod([2 / math.comb(2 * self.askings, self.askings)] * self.apart)

    @property
    def live(self) -> bool:
        """Whether the sides are shown to be two models. If not, they may still be."""
        return self.apart > 0 and self.chance <= _CHANCE

    @property
    def words(self) -> str:
        """All of this in a few words."""
        if self.empty:
            return f"no text in {TOKENS} tokens"
        if self.apart:
            return f"greedy texts differ on {self.apart} of {self.prompts} prompts, asked {self.askings} times each"
        if not self.steady:
            return "a side gives different texts at temperature 0"
        return f"greedy texts are alike on {self.steady} of {self.prompts} prompts"


async def greedy_texts(
    base: Side, tuned: Side, route: Route, prompts: Sequence[str], progress: Callable[[str], None]
) -> GreedyTexts:
    """Ask both sides in turn until the result is clear, within limits. Raises BackendError."""
    said: dict[str, tuple[set[str], set[str]]] = {prompt: (set(), set()) for prompt in prompts}

    async def ask(prompt: str) -> None:
        for side, texts in zip((base, tuned), said[prompt], strict=True):
            texts.add(await route.greedy_text(side, prompt, TOKENS))

    def found(askings: int) -> GreedyTexts:
        steady = [texts for texts in said.values() if len(texts[0]) == len(texts[1]) == 1]
        apart = sum(base_texts != tuned_texts for base_texts, tuned_texts in steady)
        empty = all(texts == ({""}, {""}) for texts in said.values())
        return GreedyTexts(len(prompts), len(steady), apart, askings, empty)

    for number, prompt in enumerate(prompts, 1):
        progress(f"asking both sides twice · {route.name}, greedy text {number} of {len(prompts)}")
        for _ in range(_LEAST_ASKINGS):
            await ask(prompt)
    askings = _LEAST_ASKINGS
    while (result := found(askings)).apart and not result.live and askings < _MOST_ASKINGS:
        for prompt, texts in said.items():
            if len(texts[0]) == len(texts[1]) == 1 and texts[0] != texts[1]:
                await ask(prompt)
        askings += 1
    return result
