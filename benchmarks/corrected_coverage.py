"""How often corrected rates hold the true rate: python -m benchmarks.corrected_coverage.

By simulation with a fixed seed; 95 % is wanted. A detector with a recall and a specificity reads N answers, people
label 20 or 50 of them at random. Beside the coverage of the interval stands its mean width. PPI++ is the normal
interval of Angelopoulos, Duchi and Zrnic (2023, arXiv:2311.01453), which is made for many labels.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import numpy

from diptych.compare import Corrected, Interval, corrected_difference, corrected_rate, newcombe, wilson
from diptych.compare.stats.binomial import Trials

RECALLS, SPECIFICITIES = (0.3, 0.5, 0.8), (0.9, 1.0)
RATES = (0.02, 0.1, 0.3, 0.5, 0.8)
ANSWERS, LABELS = (50, 200, 1000), (20, 50)
PAIRS = ((0.1, 0.1), (0.02, 0.3), (0.3, 0.8), (0.5, 0.5))


class Read(NamedTuple):
    """What a detector found in all answers of a side, and what people said of the labelled ones."""

    found: Trials
    present: Trials
    absent: Trials


def reads(
    rng: numpy.random.Generator, rate: float, recall: float, specificity: float, n: int, labels: int, repeats: int
) -> Iterator[Read]:
    """One side, many times. The answers are independent, so the first ones are as good as a draw."""
    for _ in range(repeats):
        true = rng.random(n) < rate
        found = numpy.where(true, rng.random(n) < recall, rng.random(n) >= specificity)
        seen, said = found[:labels], true[:labels]
        yield Read(
            Trials(int(found.sum()), n),
            Trials(int((seen & said).sum()), int(seen.sum())),
            Trials(int((~seen & said).sum()), int((~seen).sum())),
        )


def raw(read: Read) -> Interval:
    """As the detector counts."""
    return wilson(*read.found)


def corrected_of(read: Read) -> Corrected:
    """The corrected rate."""
    found = corrected_rate(read.found, raw(read), read.present, read.absent)
    assert found is not None
    return found


def corrected(read: Read) -> Interval:
    """Its interval."""
    return corrected_of(read).interval


def ppi_plus_plus(read: Read) -> Interval:
    """The normal interval with the weight λ that makes it narrowest."""
    n, unlabelled = read.present.n + read.absent.n, read.found.n - read.present.n - read.absent.n
    seen = numpy.repeat([1.0, 0.0], [read.present.n, read.absent.n])
    said = numpy.concatenate([numpy.arange(part.n) < part.k for part in (read.present, read.absent)]).astype(float)
    others = (read.found.k - read.present.n) / unlabelled
    share = read.found.k / read.found.n
    spread = share * (1 - share)
    weight = numpy.cov(said, seen)[0, 1] / ((1 + n / unlabelled) * spread) if spread else 0.0
    weight = min(1.0, max(0.0, weight))
    middle = weight * others + (said - weight * seen).mean()
    error = (weight**2 * others * (1 - others) / unlabelled + (said - weight * seen).var() / n) ** 0.5
    return Interval(middle - 1.96 * error, middle + 1.96 * error)


def held(intervals: list[Interval], truth: float) -> str:
    """How often the truth is inside, and the mean width."""
    inside = sum(one.low <= truth <= one.high for one in intervals) / len(intervals)
    return f"{inside:.3f} ({sum(one.high - one.low for one in intervals) / len(intervals):.2f})"


METHODS: tuple[Callable[[Read], Interval], ...] = (corrected, raw, ppi_plus_plus)


def one_side(repeats: int) -> None:
    """Print the grid, and the lowest coverage of each method."""
    rng = numpy.random.default_rng(24)
    print(f"{'recall specificity rate answers labels':44}{'corrected':>16}{'as counted':>16}{'PPI++':>16}")
    lowest: dict[tuple[int, str], tuple[float, tuple[float, ...]]] = {}
    for labels, recall, specificity, rate, n in product(LABELS, RECALLS, SPECIFICITIES, RATES, ANSWERS):
        if n == labels:
            continue
        drawn = list(reads(rng, rate, recall, specificity, n, labels, repeats))
        cells = [held([method(read) for read in drawn], rate) for method in METHODS]
        print(
            f"{recall:6} {specificity:11} {rate:4} {n:7} {labels:6}      " + "".join(f"{c:>16}" for c in cells),
            flush=True,
        )
        for method, cell in zip(METHODS, cells, strict=True):
            key, now = (labels, method.__name__), (float(cell[:5]), (recall, specificity, rate, n))
            lowest[key] = min(lowest.get(key, now), now)
    for (labels, name), (coverage, where) in lowest.items():
        print(f"lowest with {labels} labels, {name}: {coverage:.3f} at recall, specificity, rate, answers {where}")


def two_sides(repeats: int) -> None:
    """Print the differences of two sides that one detector reads with another recall on each."""
    rng = numpy.random.default_rng(25)
    print(f"\n{'difference: rates, recalls, answers, labels':44}{'corrected':>16}{'as counted':>16}")
    for (one, other), (its, others), n, labels in product(PAIRS, ((0.5, 0.5), (0.8, 0.3)), (50, 200), LABELS):
        if n == labels:
            continue
        pairs = list(
            zip(
                reads(rng, one, its, 1.0, n, labels, repeats),
                reads(rng, other, others, 1.0, n, labels, repeats),
                strict=True,
            )
        )
        fair = [corrected_difference(corrected_of(a), corrected_of(b))[1] for a, b in pairs]
        counted = [newcombe(*a.found, *b.found) for a, b in pairs]
        words = f"  {one:g} and {other:g}, {its:g} and {others:g}, {n}, {labels}"
        print(f"{words:44}{held(fair, one - other):>16}{held(counted, one - other):>16}", flush=True)


if __name__ == "__main__":
    one_side(2_000)
    two_sides(2_000)
