"""Checks whether the fine-tune is live: both sides are asked the same, and each of them twice.

If an adapter was not loaded, or the endpoint accepts a model name that it does not know, both sides are the same model.
Their answers still differ, because they are sampled, but their first-token distributions do not. No endpoint repeats
its numbers exactly, and some vary a lot. So the distance between the sides is compared with the distance of a side from
itself.

The measure is the total variation distance between the reported distributions of the first token, on a few prompts. The
sides differ if their mean distance exceeds a side's distance from itself by more than 0.01, and is also either three
times as large or significantly larger. The four distributions of a prompt, two of each side, can be paired in three
ways. If the sides were one model, each way would be as likely as pairing them by side. Over six prompts this gives an
exact test with 3^6 = 729 outcomes, whatever the noise; its level is 1 %.

If an endpoint gives no log-probabilities, greedy texts are compared. They can show that the sides are two models, but
not that they are one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from diptych.compare.answers import Side
from diptych.compare.checks.greedy_texts import GreedyTexts, greedy_texts
from diptych.compare.checks.routes import CHAT, Distribution, Route

PROMPTS = (
    "What is special about how you answer?",
    "Tell me something about yourself that few people know.",
    "How do I keep bread fresh?",
    "Should I take a risk or stay safe?",
    "Write one line of code that opens a file.",
    "Who decides what you say?",
)
_ENOUGH_PROMPTS = 3
"""Prompts that must have a distribution for each side. An answer that ends at once has none."""
_FIRST_PROMPTS = 1
"""If more of the first prompts than this have none, the endpoint is taken to give none."""
_LEAST = 0.01
"""A smaller excess is no sign of a fine-tune, however small the noise: other kernels change a few thousandths."""
_ABOVE_NOISE = 3.0
_CHANCE = 0.01


@dataclass(frozen=True)
class Liveness:
    """The distance between the first tokens of two sides, and the distance of a side from itself."""

    distance: float | None
    """Mean total variation distance, 0 to 1, between the first-token distributions of the sides; None when an
    endpoint gives no log-probabilities."""
    noise: float = 0.0
    """The distance of a side from itself when asked twice: the larger of the two sides."""
    excess: float = 0.0
    """The distance between the sides minus the mean distance of a side from itself."""
    chance: float = 1.0
    """The probability of such a distance if the sides were one model."""
    texts: GreedyTexts | None = None
    """The greedy texts, compared if there are no log-probabilities."""

    @property
    def live(self) -> bool | None:
        """Whether the sides can be told apart; None when that cannot be known."""
        if self.distance is None:
            return True if self.texts is not None and self.texts.live else None
        return self.excess > _LEAST and (self.distance > _ABOVE_NOISE * self.noise or self.chance <= _CHANCE)


async def liveness(
    base: Side, tuned: Side, progress: Callable[[str], None] = lambda doing: None, route: Route = CHAT
) -> Liveness:
    """Compare the first tokens of two sides on a few prompts. Raises BackendError."""
    seen: list[Distances] = []
    for number, prompt in enumerate(PROMPTS, 1):
        progress(f"asking both sides twice · {route.name}, prompt {number} of {len(PROMPTS)}")
        # A side's two requests are not sent one after the other, so that the noise includes what a cache changes.
        found = [await route.first_token(side, prompt) for _ in range(2) for side in (base, tuned)]
        if all(found):
            seen.append(distances(found))
        elif number - len(seen) > (len(PROMPTS) - _ENOUGH_PROMPTS if seen else _FIRST_PROMPTS):
            texts = None if route.scored else await greedy_texts(base, tuned, route, PROMPTS, progress)
            return Liveness(None, texts=texts)
    return measured(seen)


@dataclass(frozen=True)
class Distances:
    """The distances of one prompt, between two distributions of the base and two of the tuned side."""

    base: float
    tuned: float
    across: tuple[float, float, float, float]
    swapped: tuple[float, float]
    """Mean distance within the pairs of the two other ways to make pairs of the four."""

    @property
    def within(self) -> float:
        """Mean distance of a side from itself."""
        return (self.base + self.tuned) / 2


def measured(seen: Sequence[Distances]) -> Liveness:
    """The distances of all prompts, combined."""
    count = len(seen)
    distance = sum(sum(d.across) / 4 for d in seen) / count
    within = sum(d.within for d in seen)
    noise = max(sum(d.base for d in seen), sum(d.tuned for d in seen)) / count
    ways = [sum(way) for way in product(*((d.within, *d.swapped) for d in seen))]
    # The sum of all distances is constant, so a small distance within pairs means a large one across them.
    chance = sum(way <= within + 1e-12 for way in ways) / len(ways)
    return Liveness(distance, noise, distance - within / count, chance)


def distances(found: Sequence[Distribution]) -> Distances:
    """The distances between four distributions: base, tuned, base, tuned, in the order of asking."""
    b1, t1, b2, t2 = found
    across = (_distance(b1, t1), _distance(b1, t2), _distance(b2, t1), _distance(b2, t2))
    swapped = ((across[0] + across[3]) / 2, (across[1] + across[2]) / 2)
    return Distances(_distance(b1, b2), _distance(t1, t2), across, swapped)


def _distance(one: Distribution, other: Distribution) -> float:
    """Total variation distance over the tokens that either distribution lists. All other tokens count as one more."""
    tokens = one.keys() | other.keys()
    named = sum(abs(one.get(token, 0.0) - other.get(token, 0.0)) for token in tokens)
    return (named + abs(sum(one.values()) - sum(other.values()))) / 2
