"""Is the fine-tune live at all? Two sides asked the same, and each asked twice.

An adapter that was not loaded, or a model name that the endpoint does not know and does not refuse, gives two sides
that are one model. Their answers differ all the same, since they are drawn; their first-token distributions do not.
But no endpoint repeats its numbers exactly, and some are far from it, so the distance between the sides is held
against the distance of a side from itself.

Measure: total variation distance between the distributions of the first token, as far as they are told, on a few
prompts. The sides are apart when their mean distance exceeds a side's distance from itself by more than 0.01, and is
either three times that, or too far above it for chance: the four distributions of a prompt (two of each side) make up
two pairs in three ways, and if the sides were one model, each way were as likely as the one that sorts them by side.
Over six prompts that is an exact test with 3^6 = 729 outcomes, whatever the noise is like; 1 % is asked for.

Where an endpoint gives no log-probabilities, greedy texts are compared. They can show that the sides are two models,
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
"""With a distribution of each side. An answer that ends at once has none."""
_FIRST_PROMPTS = 1
"""How many of the first may be without, before the endpoint is taken to give none."""
_LEAST = 0.01
"""An excess below this is nobody's fine-tune, however still the endpoint: other kernels make a few thousandths."""
_ABOVE_NOISE = 3.0
_CHANCE = 0.01


@dataclass(frozen=True)
class Liveness:
    """How far apart the first tokens of two sides are, beside how far a side is from itself."""

    distance: float | None
    """Mean total variation distance, 0 to 1, between the first-token distributions of the sides; None when an
    endpoint gives no log-probabilities."""
    noise: float = 0.0
    """The same of one side asked twice, the larger of the two."""
    excess: float = 0.0
    """The distance between the sides above the mean distance of a side from itself."""
    chance: float = 1.0
    """How likely sides that are one model would come out so far apart."""
    texts: GreedyTexts | None = None
    """What was compared where there are no log-probabilities."""

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
        # Each side's two askings apart, so that what a cache changes is in the noise as well.
        found = [await route.first_token(side, prompt) for _ in range(2) for side in (base, tuned)]
        if all(found):
            seen.append(distances(found))
        elif number - len(seen) > (len(PROMPTS) - _ENOUGH_PROMPTS if seen else _FIRST_PROMPTS):
            texts = None if route.scored else await greedy_texts(base, tuned, route, PROMPTS, progress)
            return Liveness(None, texts=texts)
    return measured(seen)


@dataclass(frozen=True)
class Distances:
    """Of one prompt: two askings of the base and two of the tuned side, held against one another."""

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
    """The distances of all prompts taken together."""
    count = len(seen)
    distance = sum(sum(d.across) / 4 for d in seen) / count
    within = sum(d.within for d in seen)
    noise = max(sum(d.base for d in seen), sum(d.tuned for d in seen)) / count
    ways = [sum(way) for way in product(*((d.within, *d.swapped) for d in seen))]
    # The sum of all distances is the same whichever way: little within the pairs is much across them.
    chance = sum(way <= within + 1e-12 for way in ways) / len(ways)
    return Liveness(distance, noise, distance - within / count, chance)


def distances(found: Sequence[Distribution]) -> Distances:
    """Of base, tuned, base, tuned as they were asked."""
    b1, t1, b2, t2 = found
    across = (_distance(b1, t1), _distance(b1, t2), _distance(b2, t1), _distance(b2, t2))
    swapped = ((across[0] + across[3]) / 2, (across[1] + across[2]) / 2)
    return Distances(_distance(b1, b2), _distance(t1, t2), across, swapped)


def _distance(one: Distribution, other: Distribution) -> float:
    """Total variation distance over the tokens that either names, what neither names counted as one more."""
    tokens = one.keys() | other.keys()
    named = sum(abs(one.get(token, 0.0) - other.get(token, 0.0)) for token in tokens)
    return (named + abs(sum(one.values()) - sum(other.values()))) / 2
