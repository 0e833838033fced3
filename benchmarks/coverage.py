"""How often the intervals hold what they are to hold: python -m benchmarks.coverage [--times N] [--families].

By simulation with a fixed seed; 95 % is wanted. Under a minute; `--times 10` repeats all ten times as often, and
`--families` prints the tables of families alone. Beside each interval stands what it is used in place of. An interval
that may be looked at after every answer is looked at after every answer, and has missed when it misses once.
"""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence

import numpy
from scipy.special import stdtrit
from scipy.stats import beta, norm

from benchmarks.family_coverage import families
from diptych.compare import Interval, confidence_sequence, newcombe, sequence_difference, wilson
from diptych.compare.stats.binomial import Trials
from diptych.compare.stats.clustered import clustered_difference, clustered_rate, clustered_sequence
from diptych.compare.stats.means import mean_difference, mean_interval, mean_sequence

RNG = numpy.random.default_rng(20)
PROMPTS = (2, 3, 5, 10, 20)
CORRELATIONS = (0.0, 0.1, 0.3, 0.5)
RATES = (0.02, 0.1, 0.5, 0.9)
PAIRS = ((0.1, 0.1), (0.5, 0.5), (0.02, 0.3), (0.05, 0.9))
Drawn = Sequence[Trials]


def holds(interval: Interval | None, truth: float) -> bool:
    """Whether it does; where none is given, nothing wrong is said."""
    return interval is None or interval.low <= truth <= interval.high


def share(outcomes: Iterable[bool]) -> str:
    """Of those that are true."""
    kept = list(outcomes)
    return f"{sum(kept) / len(kept):.3f}"


def line(words: str, *shares: str) -> None:
    """Print one, the words and then what belongs to them."""
    print(f"{words:44}" + "".join(f"{share:>16}" for share in shares), flush=True)


def rates_of(ease: numpy.ndarray, rate: float, correlation: float) -> numpy.ndarray:
    """A rate of each prompt, beta-distributed around the rate, from how easy it is: a standard normal number."""
    if not correlation:
        return numpy.full(len(ease), rate)
    spread = (1 - correlation) / correlation
    return beta.ppf(norm.cdf(ease), rate * spread, (1 - rate) * spread)


def drawn(rates: numpy.ndarray, n: int) -> Drawn:
    """k of n answers to each prompt."""
    return [Trials(int(k), n) for k in RNG.binomial(n, rates)]


def together(prompts: Drawn) -> Trials:
    """k of n without regard to prompts."""
    return Trials(sum(k for k, _ in prompts), sum(n for _, n in prompts))


def effective_wilson(prompts: Drawn) -> Interval:
    """Wilson's on the effective sample size, at least the design effect of 1, with a t quantile: Franco, Little, Louis
    and Slud (2019), Comparative study of confidence intervals for proportions in complex sample surveys, Journal of
    Survey Statistics and Methodology 7."""
    k, n = together(prompts)
    rate, count = k / n, len(prompts)
    independent = rate * (1 - rate) / n
    between = sum((a / b - rate) ** 2 for a, b in prompts) / count / (count - 1)
    effective = n / max(1.0, between / independent) if independent else n
    return wilson(rate * effective, effective, float(stdtrit(count - 1, 0.975)))


def one_prompt(repeats: int) -> None:
    """Print the intervals for one prompt."""
    line("one prompt, Wilson, at a rate of", *(f"{rate:g}" for rate in RATES))
    for n in (10, 30, 100):
        found = [share(holds(wilson(k, n), rate) for k in RNG.binomial(n, rate, repeats)) for rate in RATES]
        line(f"  {n} answers", *found)
    line("two sides, Newcombe, at rates of", *(f"{one:g} and {other:g}" for one, other in PAIRS))
    for n in (10, 30, 100):
        found = [
            share(
                holds(newcombe(a, n, b, n), one - other)
                for a, b in zip(RNG.binomial(n, one, repeats), RNG.binomial(n, other, repeats), strict=True)
            )
            for one, other in PAIRS
        ]
        line(f"  {n} answers a side", *found)


def several_prompts(repeats: int) -> None:
    """Print the intervals for a rate over prompts, together for all rates and for 1, 5 and 20 answers a prompt."""
    line("\nseveral prompts", "clustered", "Wilson, n_eff", "Wilson")
    for prompts, correlation in ((m, c) for m in PROMPTS for c in CORRELATIONS):
        sets = [
            (rate, drawn(rates_of(RNG.normal(size=prompts), rate, correlation), n))
            for rate in RATES
            for n in (1, 5, 20)
            for _ in range(repeats)
        ]
        line(
            f"  {prompts} prompts, correlation {correlation:g}",
            share(holds(clustered_rate(found), rate) for rate, found in sets),
            share(holds(effective_wilson(found), rate) for rate, found in sets),
            share(holds(wilson(*together(found)), rate) for rate, found in sets),
        )


def two_sides(repeats: int) -> None:
    """Print the intervals for a difference over prompts, together for all pairs of rates, whether what is easy for one
    side is easy for the other or not."""
    line("two sides", "clustered", "Newcombe")
    for prompts, correlation in ((m, c) for m in PROMPTS for c in CORRELATIONS):
        pairs = [(one, other, alike) for one, other in PAIRS for alike in (0.0, 0.8) for _ in range(repeats)]
        sets = [(one - other, *sections_of(prompts, one, other, correlation, alike)) for one, other, alike in pairs]
        line(
            f"  {prompts} prompts, correlation {correlation:g}",
            share(holds(clustered_difference(named(a), named(b)), gap) for gap, a, b in sets),
            share(holds(newcombe(*together(a), *together(b)), gap) for gap, a, b in sets),
        )


def sections_of(prompts: int, one: float, other: float, correlation: float, alike: float) -> tuple[Drawn, Drawn]:
    """Ten answers of each side to each prompt; `alike` is the correlation of how easy it is for both."""
    ease = RNG.normal(size=prompts)
    others = alike * ease + (1 - alike * alike) ** 0.5 * RNG.normal(size=prompts)
    return drawn(rates_of(ease, one, correlation), 10), drawn(rates_of(others, other, correlation), 10)


def named(prompts: Drawn) -> dict[str, Trials]:
    """With a name for each."""
    return {str(place): found for place, found in enumerate(prompts)}


def means(repeats: int) -> None:
    """Print the intervals of means: numbers on a scale from 0 to 100, and skewed ones."""
    line("\nmeans", "one side", "difference")
    draws = {"even 0 to 100": lambda n: RNG.uniform(0, 100, n), "skewed": lambda n: RNG.exponential(50, n)}
    for words, draw in draws.items():
        for n in (10, 30):
            sides = [({"a": draw(n).tolist()}, {"a": draw(n).tolist()}) for _ in range(repeats)]
            line(
                f"  one prompt, {n} answers, {words}",
                share(holds(mean_interval(a), 50) for a, _ in sides),
                share(holds(mean_difference(a, b), 0) for a, b in sides),
            )
    for prompts in (2, 3, 5, 10):
        sides = [(lifted(prompts, 0.5), lifted(prompts, 0.5)) for _ in range(5 * repeats)]
        line(
            f"  {prompts} prompts of 5 answers, correlation 0.5",
            share(holds(mean_interval(a), 50) for a, _ in sides),
            share(holds(mean_difference(a, b), 0) for a, b in sides),
        )


def lifted(prompts: int, correlation: float, answers: int = 5) -> dict[str, list[float]]:
    """Numbers around 50, with a mean of each prompt."""
    middles = 50 + RNG.normal(0, 20 * correlation**0.5, prompts)
    return {
        str(place): (middle + RNG.normal(0, 20 * (1 - correlation) ** 0.5, answers)).tolist()
        for place, middle in enumerate(middles)
    }


def any_time(repeats: int) -> None:
    """Print what holds after each of up to 100 answers at once."""
    line("\nlooked at after each of 100 answers", "sequence", "for the end")
    for rate in RATES:
        runs = [numpy.cumsum(RNG.random(100) < rate).tolist() for _ in range(repeats)]
        line(
            f"  rate {rate:g}",
            share(all(holds(confidence_sequence(k, n), rate) for k, n in _looks(run)) for run in runs),
            share(all(holds(wilson(k, n), rate) for k, n in _looks(run)) for run in runs),
        )
    for one, other in PAIRS:
        runs = [[numpy.cumsum(RNG.random(100) < rate).tolist() for rate in (one, other)] for _ in range(repeats // 2)]
        looks = [[(a, n, b, n) for (a, n), (b, _) in zip(*map(_looks, run), strict=True)] for run in runs]
        line(
            f"  difference of rates {one:g} and {other:g}",
            share(all(holds(sequence_difference(*look), one - other) for look in run) for run in looks),
            share(all(holds(newcombe(*look), one - other) for look in run) for run in looks),
        )
    for prompts, correlation in ((3, 0.3), (10, 0.3), (10, 0.0)):
        sets = [list(_grown(rates_of(RNG.normal(size=prompts), 0.3, correlation))) for _ in range(repeats // 4)]
        line(
            f"  rate 0.3, {prompts} prompts, correlation {correlation:g}",
            share(all(holds(clustered_sequence(look), 0.3) for look in run) for run in sets),
            share(all(holds(clustered_rate(look), 0.3) for look in run) for run in sets),
        )
    for prompts, correlation in ((1, 0.0), (3, 0.5), (10, 0.5)):
        sets = [lifted(prompts, correlation, 100 // prompts) for _ in range(repeats // 2)]
        runs = [[{p: x[:n] for p, x in found.items()} for n in range(2, 100 // prompts + 1)] for found in sets]
        line(
            f"  mean, {prompts} prompts, correlation {correlation:g}" if prompts > 1 else "  mean, one prompt",
            share(all(holds(mean_sequence(look), 50) for look in run) for run in runs),
        )


def _looks(run: Sequence[int]) -> list[tuple[int, int]]:
    return [(k, n) for n, k in enumerate(run, 1)]


def _grown(rates: numpy.ndarray, answers: int = 60) -> Iterator[Drawn]:
    """The counts after each answer, prompts in turn."""
    found = [Trials(0, 0)] * len(rates)
    for n in range(answers):
        place = n % len(rates)
        k, asked = found[place]
        found[place] = Trials(k + int(RNG.random() < rates[place]), asked + 1)
        yield list(found)


if __name__ == "__main__":
    parser = ArgumentParser(description="How often the intervals hold what they are to hold.")
    parser.add_argument("--times", type=int, default=1, help="how many times as many repeats")
    parser.add_argument("--families", action="store_true", help="the tables of families alone")
    chosen = parser.parse_args()
    if not chosen.families:
        one_prompt(2_000 * chosen.times)
        several_prompts(200 * chosen.times)
        two_sides(150 * chosen.times)
        means(400 * chosen.times)
        any_time(200 * chosen.times)
    families(chosen.times)
