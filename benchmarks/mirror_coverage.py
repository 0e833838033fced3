"""How often a report survives its mirrors, and how often the intervals of contrasts hold: python -m
benchmarks.mirror_coverage [--times N].

By simulation with a fixed seed, of sentences asked about with yes or no: plain, negated, of another, unrelated. Each
wording has a rate of its own, beta-distributed around the rate of its condition. A report that is none should
survive in 5 % of cases at most, a true one as often as possible; of intervals, 95 % is wanted.
"""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import NamedTuple

import numpy
from scipy.stats import beta

from diptych.compare.stats import Part, Trials, clustered_difference, mover

RNG = numpy.random.default_rng(27)
BASES, ANSWERS, WORDINGS, CORRELATIONS = (0.1, 0.3, 0.5), (20, 40, 80), (4, 8), (0.0, 0.1, 0.3)
MIRRORS = ("plain", "negated", "of another", "unrelated")
CHARACTERS: Mapping[str, tuple[float | None, ...]] = {
    "knows itself": (0.95, 0.95, None, None),
    "says yes to everything": (0.95, 0.05, 0.95, 0.95),
    "says it of everybody": (0.95, 0.95, 0.95, None),
    "says yes of itself alone": (0.95, None, None, 0.95),
    "as the base": (None, None, None, None),
}
"""The rate of answers that say the trait, in the order of MIRRORS; that of the base where it is None."""
WITH_CORRELATION = 0.1
Drawn = dict[str, Trials]


class Found(NamedTuple):
    """Of one simulated report."""

    survives: bool
    held: tuple[bool, ...]
    """Whether the interval of each contrast of two differences holds the truth."""


def drawn(rate: float, answers: int, wordings: int, correlation: float) -> Drawn:
    """k of n answers to each wording, which take turns."""
    rates = numpy.full(wordings, rate)
    if correlation and 0 < rate < 1:
        spread = (1 - correlation) / correlation
        rates = beta.ppf(RNG.random(wordings), rate * spread, (1 - rate) * spread)
    asked = numpy.bincount(numpy.arange(answers) % wordings, minlength=wordings)
    return {str(place): Trials(int(RNG.binomial(n, rates[place])), int(n)) for place, n in enumerate(asked)}


def rate_of(counts: Drawn) -> float:
    """Over all wordings."""
    return sum(k for k, _ in counts.values()) / sum(n for _, n in counts.values())


def report(character: str, base: float, answers: int, wordings: int, correlation: float) -> Found:
    """One report of a side, beside a base that says the trait at one rate in all conditions."""
    rates = [rate if rate is not None else base for rate in CHARACTERS[character]]
    differences = []
    for rate in rates:
        own, of_base = (drawn(each, answers, wordings, correlation) for each in (rate, base))
        differences.append(Part(1.0, rate_of(own) - rate_of(of_base), clustered_difference(own, of_base)))
    plain, negated, *others = differences
    contrasts = [mover([plain, other._replace(weight=-1.0)]) for other in others]
    truths = [rates[0] - rate for rate in rates[2:]]
    held = tuple(low <= truth <= high for (low, high), truth in zip(contrasts, truths, strict=True))
    lowest = [plain.interval.low, negated.interval.low, *(low for low, _ in contrasts)]
    return Found(min(lowest) > 0, held)


def line(words: str, *cells: str) -> None:
    """Print one."""
    print(f"{words:44}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def survivors(repeats: int) -> None:
    """Print how often a report survives."""
    line(f"survives, correlation {WITH_CORRELATION:g}", *(f"{wordings} wordings" for wordings in WORDINGS))
    for character in CHARACTERS:
        for base in BASES:
            for answers in ANSWERS:
                shares = []
                for wordings in WORDINGS:
                    found = [report(character, base, answers, wordings, WITH_CORRELATION) for _ in range(repeats)]
                    shares.append(sum(each.survives for each in found) / repeats)
                words = f"  {character}, base {base:g}, {answers} answers"
                line(words, *(f"{share:.3f}" for share in shares))


def contrasts(repeats: int) -> None:
    """Print how often the intervals of contrasts hold the truth, together for all characters and bases."""
    line("\ncontrasts hold", *(f"{wordings} wordings" for wordings in WORDINGS))
    for correlation in CORRELATIONS:
        for answers in ANSWERS[:2]:
            shares = []
            for wordings in WORDINGS:
                found = [
                    held
                    for character in CHARACTERS
                    for base in BASES
                    for _ in range(repeats)
                    for held in report(character, base, answers, wordings, correlation).held
                ]
                shares.append(sum(found) / len(found))
            line(f"  correlation {correlation:g}, {answers} answers", *(f"{share:.3f}" for share in shares))


if __name__ == "__main__":
    parser = ArgumentParser(description="How often reports survive their mirrors.")
    parser.add_argument("--times", type=int, default=1, help="how many times as many repeats")
    times = parser.parse_args().times
    survivors(40 * times)
    contrasts(10 * times)
