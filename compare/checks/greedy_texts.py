"""Can two sides be told apart by what they say greedily? For endpoints that give no log-probabilities.

Where the likeliest token is always taken, one model says one thing. Many endpoints do not hold to that: a near tie may
fall this way or that, and some draw whatever the temperature. So each side is asked again and again in turn, and a
prompt counts where each side said one thing throughout, and the two not the same. If the sides were one model, each way
to share out its 2m texts among them were as likely as the one that sorts them: by chance at most 2 in C(2m, m) for each
such prompt.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diptych.compare.answers import Side
from diptych.compare.checks.routes import Route

TOKENS = 16
"""Of each text: a fine-tune shows early, and the longer a text, the more near ties it has."""
_LEAST_ASKINGS = 2
_MOST_ASKINGS = 5
"""Of each side with a prompt; as many show it with a single one."""
_CHANCE = 0.01


@dataclass(frozen=True)
class GreedyTexts:
    """What two sides said greedily."""

    prompts: int
    steady: int
    """Prompts to which each side said one thing."""
    apart: int
    """Those of them to which the two said not the same, each time that they were asked."""
    askings: int
    """How often each side was asked about those."""
    empty: bool = False
    """Whether nothing was said at all."""

    @property
    def chance(self) -> float:
        """How likely sides that are one model would come out so far apart."""
        return math.prod([2 / math.comb(2 * self.askings, self.askings)] * self.apart)

    @property
    def live(self) -> bool:
        """Whether the sides are shown to be two models; if not, they may be so all the same."""
        return self.apart > 0 and self.chance <= _CHANCE

    @property
    def words(self) -> str:
        """That in a few words."""
        if self.empty:
            return f"no text came in {TOKENS} tokens"
        if self.apart:
            return f"greedy texts differ on {self.apart} of {self.prompts} prompts, {self.askings} askings each"
        if not self.steady:
            return "a side does not say the same twice at temperature 0"
        return f"greedy texts are alike on {self.steady} of {self.prompts} prompts"


async def greedy_texts(
    base: Side, tuned: Side, route: Route, prompts: Sequence[str], progress: Callable[[str], None]
) -> GreedyTexts:
    """Ask both sides in turn, as often as it takes. Raises BackendError."""
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
