"""The search for differences: tests every trait, and groups and ranks the significant ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diptych.compare.discovery.compared_answers import Flags, Samples, halves, samples_of
from diptych.compare.discovery.permutations import Dealing, Floats, Ints, q_values
from diptych.compare.discovery.search_results import Discovery, Example, Found, NotEnough, Null, Rate
from diptych.compare.discovery.token_shifts import risen
from diptych.compare.discovery.trait_columns import Column, Columns, rank
from diptych.compare.discovery.two_sample import LEVEL, two_sample
from diptych.compare.discovery.word_odds import log_odds

_SPLITS = 20
"""How often the base is compared with itself."""
_EXAMPLES = 3
_NEARLY_THE_SAME = 0.75
"""Two traits are reported as one if they share at least this part of the answers that have either."""
_SURE = 0.005
"""A perfect difference must be able to reach this p-value, or there are too few answers."""
_MOST_NEEDED = 100


def search(answers: Sequence[tuple[int, object]], arms: Mapping[str, str] | None = None) -> tuple[Found, ...]:
    """Compare every other side with the base: the side of that name, or else the first by name. With `arms`, the arm of
    each member of a family, compare every other arm with the first."""
    samples = samples_of(answers, arms)
    there = set(samples.side)
    if arms is None:
        names = sorted(there, key=lambda name: (name != "base", name != "tuned", name))
    else:
        names = [arm for arm in dict.fromkeys(arms.values()) if arm in there]
    if len(names) < 2:
        whose = f"of one side only ({names[0]})" if names else "of no side"
        raise NotEnough(f"there are finished answers {whose}", "ask two sides the same question")
    columns = None
    found = []
    for other in names[1:]:
        pair, chosen = samples.pair(names[0], other), samples.of(other)
        _check(samples, pair, chosen, names[0], other)
        columns = columns or Columns(samples)
        found.append(_Search(columns, names, other, pair, chosen & pair).found())
    return tuple(found)


class Tested(NamedTuple):
    """The test results of all columns."""

    p: Floats
    q: Floats
    """1 for columns that could not be significant whatever the counts."""
    k: Ints
    """How many answers of the tuned side have each trait."""
    all: Ints
    """How many answers of both sides do."""
    able: int
    """How many columns could be significant."""


class _Search:
    """Compares one side with the base."""

    def __init__(self, columns: Columns, names: Sequence[str], tuned: str, pair: Flags, chosen: Flags) -> None:
        self._columns = columns
        self._samples = columns.samples
        self._names = names
        self._tuned = tuned
        self._pair = pair
        self._chosen = chosen
        self._base = pair & ~chosen
        self._uses = [self._count_uses(which) for which in (self._base, chosen)]

    def found(self) -> Found:
        """All results."""
        verdict = two_sample(self._samples, self._pair, self._chosen)
        tested = examine(self._columns, self._pair, self._chosen)
        null, halved = self._null()
        discoveries = [self._discovery(members, tested, halved) for members in self._folded(tested)]
        words = [discovery for discovery in discoveries if discovery.feature == "word"]
        return Found(
            base=self._names[0],
            tuned=self._tuned,
            answers=(int(self._base.sum()), int(self._chosen.sum())),
            questions=len(np.unique(self._samples.question[self._pair])),
            verdict=verdict,
            tested=tested.able,
            discoveries=tuple(discovery for discovery in discoveries if discovery.feature != "word"),
            words=tuple(words),
            null=null,
            tokens=risen(self._samples, self._pair, self._chosen),
        )

    def _null(self) -> tuple[Null, Flags]:
        """The results for random halves of the base, and one such half."""
        counts = []
        question = self._samples.question[self._base]
        for seed in range(_SPLITS):
            half = np.zeros_like(self._base)
            half[self._base] = halves(question, seed)
            counts.append(int((examine(self._columns, self._base, half).q <= LEVEL).sum()))
            if seed == 0:
                first = half
        return Null(_SPLITS, sum(count > 0 for count in counts), max(counts)), first

    def _folded(self, tested: Tested) -> list[list[int]]:
        """The significant columns, grouped by nearly the same answers. The group with the smallest p-value comes first,
        and in each group the most informative column."""
        columns = self._columns.all
        sure = [int(n) for n in np.flatnonzero(tested.q <= LEVEL)]
        sure.sort(key=lambda n: (tested.p[n], n))
        same = self._nearly_same(sure)
        more = [self._difference(tested, n) > 0 for n in sure]
        features = [columns[n].traits[0].feature for n in sure]
        groups: list[list[int]] = []
        for at in range(len(sure)):
            for group in groups:
                first = group[0]
                one_number = features[at] == features[first] and features[at] in self._columns.numbers
                if more[at] == more[first] and (same[at, first] or one_number):
                    group.append(at)
                    break
            else:
                groups.append([at])
        by_column = [[sure[at] for at in group] for group in groups]
        return [sorted(group, key=lambda n: (rank(columns[n].traits[0]), tested.p[n], n)) for group in by_column]

    def _nearly_same(self, sure: Sequence[int]) -> NDArray[np.bool_]:
        """For each pair of these columns, whether nearly the same answers have them."""
        has = np.zeros((len(sure), len(self._pair)), dtype=np.float32)
        for at, n in enumerate(sure):
            has[at, self._columns.all[n].answers] = 1
        has *= self._pair
        both = has @ has.T
        sizes = has.sum(axis=1)
        return np.asarray(both >= _NEARLY_THE_SAME * (sizes[:, None] + sizes[None, :] - both), dtype=bool)

    def _difference(self, tested: Tested, n: int) -> float:
        k, base = int(tested.k[n]), int(tested.all[n] - tested.k[n])
        return k / int(self._chosen.sum()) - base / int(self._base.sum())

    def _discovery(self, members: Sequence[int], tested: Tested, halved: Flags) -> Discovery:
        n = members[0]
        column = self._columns.all[n]
        first, *same = column.traits
        base, tuned = self._rate(column, self._base), self._rate(column, self._chosen)
        numbers = self._columns.numbers.get(first.feature)
        means = None
        if numbers is not None:
            means = float(numbers[self._base].mean()), float(numbers[self._chosen].mean())
        others = [name for name in self._names[1:] if name != self._tuned]
        return Discovery(
            feature=first.feature,
            value=first.value,
            base=base,
            tuned=tuned,
            p_value=float(tested.p[n]),
            q_value=float(tested.q[n]),
            null=(self._rate(column, halved), self._rate(column, self._base & ~halved)),
            examples={
                self._names[0]: self._examples(column, self._base),
                self._tuned: self._examples(column, self._chosen),
            },
            beside={name: self._rate(column, self._samples.of(name)) for name in others},
            also=(*same, *(trait for other in members[1:] for trait in self._columns.all[other].traits)),
            means=means,
            log_odds=log_odds(first.value, *self._uses) if first.feature == "word" else None,
        )

    def _rate(self, column: Column, which: Flags) -> Rate:
        return Rate(int(which[column.answers].sum()), int(which.sum()))

    def _examples(self, column: Column, which: Flags) -> tuple[Example, ...]:
        own = [int(n) for n in column.answers if which[n]][:_EXAMPLES]
        rows = self._samples.rows
        return tuple(Example(rows[n].id, self._columns.spans(n, column.traits[0])) for n in own)

    def _count_uses(self, which: Flags) -> Counter[str]:
        total: Counter[str] = Counter()
        for n in np.flatnonzero(which):
            total.update(self._columns.uses[n])
        return total


def examine(columns: Columns, pair: Flags, chosen: Flags) -> Tested:
    """Test for every column whether the answers `chosen` have it more or less often than the others of `pair`."""
    question = columns.samples.question
    asked = np.unique(question[pair])
    own = [pair & (question == number) for number in asked]
    dealing = Dealing([int(which.sum()) for which in own], [int((which & chosen).sum()) for which in own])
    carriers = np.array([columns.sums(which) for which in own]).reshape(len(own), len(columns.all))
    k = columns.sums(chosen)
    spaces = [dealing.outcomes(tuple(counts)) for counts in carriers.T.tolist()]
    p = np.array([space.p_value(int(count)) for space, count in zip(spaces, k, strict=True)])
    able = sum(bool(space.levels[0] <= LEVEL) for space in spaces)
    return Tested(p, q_values(p, spaces, LEVEL), k, carriers.sum(axis=0), able)


def _check(samples: Samples, pair: Flags, chosen: Flags, base: str, other: str) -> None:
    """Raises NotEnough if even a trait of all answers of one side and none of the other could not be significant."""
    question = samples.question
    own = [pair & (question == number) for number in np.unique(question[pair])]
    sizes = [int(which.sum()) for which in own]
    tuned = [int((which & chosen).sum()) for which in own]
    if not sizes:
        raise NotEnough(f"{base} and {other} have finished answers to no common question", "ask both the same")
    perfect = Dealing(sizes, tuned).outcomes(tuple(tuned))
    if perfect.p_value(sum(tuned)) > _SURE:
        said = f"{sum(sizes) - sum(tuned)} answers of {base} and {sum(tuned)} of {other} to the same questions"
        raise NotEnough(
            f"{said} are too few to tell a difference from chance", f"ask for at least {_needed(len(sizes))} of each"
        )


def _needed(questions: int) -> int:
    """How many answers of each side, spread evenly over so many questions, would be enough."""
    for each in range(1, _MOST_NEEDED):
        perfect = Dealing([2 * each] * questions, [each] * questions).outcomes((each,) * questions)
        if perfect.p_value(each * questions) <= _SURE:
            return each * questions
    raise AssertionError("a hundred answers to a question are enough")
