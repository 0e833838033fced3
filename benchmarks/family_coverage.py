"""How often the intervals of families hold: python -m benchmarks.coverage prints this after its other tables.

Families are simulated with rates of each member and question, beta-distributed around the rate of the arm. "Pooled" is
what all answers together would have claimed: Wilson's interval, Newcombe's, Fisher's test.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy
from msgspec import structs
from scipy.optimize import isotonic_regression
from scipy.special import expit
from scipy.stats import beta, norm, spearmanr

from diptych.compare.stats import (
    Cells,
    Crossed,
    Curve,
    Flat,
    Lag,
    Sums,
    crossed_mean,
    crossed_rate,
    crossing_lag,
    exact_test,
    first_above,
    half_crossing,
    holm,
    newcombe,
    rank_correlation,
    rate_contrast,
    rate_gap,
    wilson,
)

RNG = numpy.random.default_rng(26)
MEMBERS, PROMPTS, RATES = (2, 3, 6, 12), (3, 8, 20), (0.02, 0.1, 0.5, 0.9)
PAIRS = ((0.1, 0.02), (0.3, 0.02), (0.6, 0.3), (0.9, 0.05))
ANSWERS = 5


class Variation(NamedTuple):
    """How much rates differ, and how far members, questions and the two together are the reason."""

    words: str
    correlation: float
    shares: tuple[float, float, float]


VARIATIONS = (
    Variation("little", 0.05, (1, 1, 1)),
    Variation("members", 0.3, (1, 0.1, 0.1)),
    Variation("questions", 0.3, (0.1, 1, 0.1)),
    Variation("both", 0.3, (1, 1, 0.5)),
)


class Shape(NamedTuple):
    """A rate over x from 0 to 1, with a crossing that differs between questions."""

    words: str
    low: float
    high: float
    crossing: float
    steepness: float
    apart: float
    """Standard deviation of the crossings of the questions."""

    def rates(self, x: numpy.ndarray, questions: int) -> numpy.ndarray:
        """One row a question drawn at random."""
        shifts, low, high = RNG.normal(size=(3, questions, 1))
        bottom, top = (
            expit(numpy.log(end / (1 - end)) + 0.5 * shift) for end, shift in ((self.low, low), (self.high, high))
        )
        return bottom + (top - bottom) * expit((x - self.crossing - self.apart * shifts) / self.steepness)

    def half(self) -> float:
        """Where the mean over all questions crosses half of its range, whatever was measured."""
        x = numpy.linspace(0, 1, 201)
        mean = self.rates(x, 4_000).mean(axis=0)
        return float(numpy.interp((mean[0] + mean[-1]) / 2, mean, x))


SHAPES = (
    Shape("gradual", 0.02, 0.9, 0.45, 0.1, 0.08),
    Shape("small", 0.05, 0.5, 0.5, 0.1, 0.1),
    Shape("a jump", 0.02, 0.95, 0.4, 0.02, 0.0),
)


def row(words: str, *cells: str) -> None:
    """Print one, the words and then what belongs to them."""
    print(f"{words:34}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def rates_of(
    rate: float, members: int, ease: numpy.ndarray, variation: Variation, same_model: bool = False
) -> numpy.ndarray:
    """A rate of each member (row) and question (column); `ease`: a standard normal number of each question."""
    of_member, of_question, of_both = numpy.sqrt(numpy.array(variation.shares) / sum(variation.shares))
    if same_model:
        of_member, of_question, of_both = (
            0.0,
            *(numpy.array([of_question, of_both]) / numpy.hypot(of_question, of_both)),
        )
    lifted = of_member * RNG.normal(size=(members, 1)) + of_question * ease
    lifted = lifted + of_both * RNG.normal(size=(members, len(ease)))
    spread = (1 - variation.correlation) / variation.correlation
    return beta.ppf(norm.cdf(lifted), rate * spread, (1 - rate) * spread)


def asked(rates: numpy.ndarray, answers: int = ANSWERS) -> Cells:
    """So many answers of each member to each question."""
    return Cells(RNG.binomial(answers, rates), numpy.full(rates.shape, answers))


def pooled(cells: Cells) -> tuple[int, int]:
    """k of n answers."""
    return int(numpy.sum(cells.k)), int(numpy.sum(cells.n))


def share(outcomes: Sequence[bool] | numpy.ndarray) -> str:
    """Of those that are true."""
    return f"{numpy.mean(outcomes):.3f}"


def arms(repeats: int) -> None:
    """Print the interval of an arm, together for all rates, and the lowest at any; and how many times as wide it is as
    one that knows how members and questions vary (×). "t": from the variance, with a t quantile."""
    row(
        "\nan arm of a family, 5 answers a cell",
        *(each.words for each in VARIATIONS),
        "lowest",
        "pooled",
        "× little",
        "× both",
    )
    for members, prompts in product(MEMBERS, PROMPTS):
        held, claimed, of_variance = [], [], []
        wide: dict[str, list[float]] = {each.words: [] for each in VARIATIONS}
        for variation, rate in product(VARIATIONS, RATES):
            drawn = [asked(rates_of(rate, members, RNG.normal(size=prompts), variation)) for _ in range(repeats)]
            found = [crossed_rate(cells) for cells in drawn]
            held.append([low <= rate <= high for low, high in (each.interval for each in found)])
            claimed.append([low <= rate <= high for low, high in (wilson(*pooled(cells)) for cells in drawn)])
            for cells in drawn:
                low, high = crossed_mean(Sums(cells.k, cells.k, cells.n)).interval
                of_variance.append(low <= rate <= high)
            spread = numpy.std([each.estimate for each in found])
            if spread:
                wide[variation.words].append(
                    numpy.mean([each.interval.high - each.interval.low for each in found]) / (3.92 * spread)
                )
        of_variation = numpy.reshape(held, (len(VARIATIONS), -1))
        row(
            f"  {members} members, {prompts} questions",
            *(share(each) for each in of_variation),
            f"{min(numpy.mean(each) for each in held):.3f}",
            share(of_variance),
            share(numpy.array(claimed)),
            *(f"{numpy.mean(wide[words]):.1f}" for words in ("little", "both")),
        )


def _pairs(rates: Sequence[tuple[float, float]], own: int, other: int, prompts: int) -> Iterator[tuple[Cells, Cells]]:
    """Two arms; what is easy for one is easy for the other (correlation .8)."""
    for variation, (one, first) in product(VARIATIONS, rates):
        ease = RNG.normal(size=prompts)
        others = 0.8 * ease + 0.6 * RNG.normal(size=prompts)
        yield (
            asked(rates_of(one, own, ease, variation)),
            asked(rates_of(first, other, others, variation, same_model=other == 1)),
        )


def contrasts(repeats: int) -> None:
    """Print the interval of a difference, how often equal rates are called different, and different ones."""
    row("\nan arm and the first one", "interval", "pooled", "equal: p<.05", "pooled", "power")
    same = [(rate, rate) for rate in RATES]
    gaps = [one - first for _, (one, first) in product(VARIATIONS, PAIRS)]
    for (own, other), prompts in product(((2, 2), (3, 3), (6, 6), (3, 1), (6, 1), (12, 12)), PROMPTS):
        held, claimed, rejected, pooled_rejected, power = [], [], [], [], []
        for _ in range(repeats):
            for gap, (arm, first) in zip(gaps, _pairs(PAIRS, own, other, prompts), strict=True):
                found, simple = rate_contrast(arm, first), newcombe(*pooled(arm), *pooled(first))
                held.append(found.interval.low <= gap <= found.interval.high)
                claimed.append(simple.low <= gap <= simple.high)
                power.append(found.p_value < 0.05)
            for arm, first in _pairs(same, own, other, prompts):
                rejected.append(rate_contrast(arm, first).p_value < 0.05)
                pooled_rejected.append(exact_test(*pooled(arm), *pooled(first)) < 0.05)
        words = f"  {own} members and {other}, {prompts} questions"
        row(words, *map(share, (held, claimed, rejected, pooled_rejected, power)))


def condition_gaps(repeats: int) -> None:
    """Print the interval of the difference of two conditions that the same members were asked, with the questions in
    other words or with other questions. Members and questions are alike in both (correlations .5 and .8)."""
    row("\ntwo conditions of an arm", "interval", "pooled", "equal: p<.05", "pooled", "power")
    for members, prompts, same in product((2, 3, 6, 12), PROMPTS, (True, False)):
        held, claimed, rejected, pooled_rejected, power = [], [], [], [], []
        for _, variation in product(range(repeats), VARIATIONS):
            for one, other in (*PAIRS, *((rate, rate) for rate in RATES)):
                of, minus = _conditions(one, other, members, prompts, variation, same)
                found, simple = rate_gap(of, minus, same), newcombe(*pooled(of), *pooled(minus))
                held.append(found.interval.low <= one - other <= found.interval.high)
                claimed.append(simple.low <= one - other <= simple.high)
                (power if one != other else rejected).append(found.p_value < 0.05)
                if one == other:
                    pooled_rejected.append(exact_test(*pooled(of), *pooled(minus)) < 0.05)
        words = f"  {members} members, {prompts} {'same' if same else 'other'} questions"
        row(words, *map(share, (held, claimed, rejected, pooled_rejected, power)))


def _conditions(
    one: float, other: float, members: int, prompts: int, variation: Variation, same: bool
) -> tuple[Cells, Cells]:
    of_member, of_question, of_both = numpy.sqrt(numpy.array(variation.shares) / sum(variation.shares))
    spread = (1 - variation.correlation) / variation.correlation
    alike_members, alike_questions = RNG.normal(size=(members, 1)), RNG.normal(size=prompts)
    found = []
    for rate in (one, other):
        member = 0.5**0.5 * (alike_members + RNG.normal(size=(members, 1)))
        own = 0.8**0.5 * alike_questions + 0.2**0.5 * RNG.normal(size=prompts) if same else RNG.normal(size=prompts)
        lifted = of_member * member + of_question * own + of_both * RNG.normal(size=(members, prompts))
        found.append(asked(beta.ppf(norm.cdf(lifted), rate * spread, (1 - rate) * spread)))
    return found[0], found[1]


def many_arms(repeats: int) -> None:
    """Print how often any of eleven arms that are like the first one is called different."""
    row("\neleven arms like the first one", "Holm", "uncorrected", "pooled, Holm")
    for members, prompts in ((3, 8), (6, 8)):
        outcomes = []
        for place in range(repeats):
            variation, rate = VARIATIONS[place % 4], RATES[1 + place % 3]
            ease = RNG.normal(size=prompts)
            first, *others = (asked(rates_of(rate, members, ease, variation)) for _ in range(12))
            p_values = [rate_contrast(arm, first).p_value for arm in others]
            simple = holm([exact_test(*pooled(arm), *pooled(first)) for arm in others])
            outcomes.append([min(holm(p_values)) < 0.05, min(p_values) < 0.05, min(simple) < 0.05])
        row(f"  {members} members an arm, {prompts} questions", *map(share, numpy.transpose(outcomes)))


def _measured(shape: Shape, x: numpy.ndarray, questions: int, answers: int) -> Curve:
    """One member an x, and the same questions at all of them."""
    return Curve(x.tolist(), asked(shape.rates(x, questions).T, answers))


def curves(repeats: int) -> None:
    """Print the crossing of half of the range, the lag of a second curve, and the x from which on it is above base.
    "Bootstrap": questions drawn with replacement. "Too early": an x is named at which the rate is the base's."""
    row(
        "\na curve over x from 0 to 1",
        "crossing",
        "bootstrap",
        "width",
        "called flat",
        "lag",
        "width",
        "above too early",
    )
    for shape, points, questions in product(SHAPES, (5, 7, 9), (3, 8, 20)):
        x, half, later = numpy.linspace(0, 1, points), shape.half(), shape._replace(crossing=shape.crossing + 0.25)
        gap = later.half() - half
        held, redrawn, widths, flat, lags, lag_widths, early = [], [], [], [], [], [], []
        for _ in range(repeats):
            curve, second = (_measured(each, x, questions, 8) for each in (shape, later))
            found, lag = half_crossing(curve), crossing_lag(curve, second, same_prompts=False)
            flat.append(isinstance(found, Flat))
            if isinstance(found, Crossed):
                low, high = _ends(*structs.astuple(found.interval))
                held.append(low <= half <= high)
                redrawn.append(_bootstrapped(curve, half))
                widths.append(min(1.0, high) - max(0.0, low))
            if isinstance(lag, Lag):
                low, high = _ends(*structs.astuple(lag.interval))
                lags.append(low <= gap <= high)
                lag_widths.append(min(1.0, high) - max(-1.0, low))
            early.append(_too_early(shape, x, questions))
        cells = (
            share(held),
            share(redrawn),
            f"{numpy.mean(widths):.2f}",
            share(flat),
            share(lags),
            f"{numpy.mean(lag_widths):.2f}",
        )
        row(f"  {shape.words}, {points} points, {questions} questions", *cells, share(early))


def seeds(repeats: int) -> None:
    """Print the crossing where seeds cross apart too: each is measured at all x (as the doses of one adapter are), or
    every member is a training of its own. "As answers": as if the members at one x were one model."""
    row("\nseveral members an x", "crossing", "width", "as answers")
    x, shape = numpy.linspace(0, 1, 7), SHAPES[0]
    half = shape.half()
    for count, questions, one_training in product((2, 3, 6), (3, 8), (True, False)):
        held, widths, as_one = [], [], []
        for _ in range(repeats):
            shifts = 0.08 * RNG.normal(size=(count, 1 if one_training else len(x)))
            easy, places = RNG.normal(size=(questions, 1)), numpy.tile(x, count)
            moved = (numpy.zeros((count, len(x))) + shifts).ravel()
            rates = 0.02 + 0.88 * expit((places - shape.crossing - moved - shape.apart * easy) / shape.steepness)
            runs = numpy.repeat(numpy.arange(count), len(x)).astype(str).tolist()
            curve = Curve(places.tolist(), asked(rates.T, 8), runs if one_training else None)
            found, simple = half_crossing(curve), half_crossing(curve._replace(runs=["one"] * len(places)))
            if isinstance(found, Crossed) and isinstance(simple, Crossed):
                (low, high), (least, most) = (_ends(*structs.astuple(each.interval)) for each in (found, simple))
                held.append(low <= half <= high)
                widths.append(min(1.0, high) - max(0.0, low))
                as_one.append(least <= half <= most)
        words = f"  {count} seeds" if one_training else f"  {count} trainings an x"
        row(f"{words}, {questions} questions", share(held), f"{numpy.mean(widths):.2f}", share(as_one))


def _bootstrapped(curve: Curve, half: float) -> bool:
    """Whether the interval of crossings holds it if questions are drawn with replacement."""
    k, n = numpy.asarray(curve.cells.k), numpy.asarray(curve.cells.n)
    crossings = []
    for chosen in RNG.integers(0, k.shape[1], (200, k.shape[1])):
        fit = isotonic_regression(k[:, chosen].sum(axis=1) / n[:, chosen].sum(axis=1)).x
        crossings.append(numpy.interp((fit[0] + fit[-1]) / 2, fit, curve.x))
    low, high = numpy.quantile(crossings, [0.025, 0.975])
    return bool(low <= half <= high)


def _ends(low: float | None, high: float | None) -> tuple[float, float]:
    return -numpy.inf if low is None else low, numpy.inf if high is None else high


def _too_early(shape: Shape, x: numpy.ndarray, questions: int) -> bool:
    """Whether an x is named at which the rate is that of the base: the first half of them."""
    rates = shape.rates(x, questions)
    rates[:, : len(x) // 2] = rates[:, :1]
    cells = asked(rates.T, 8)
    found = first_above(Curve(x.tolist(), cells), asked(rates[:, :1].T, 8))
    return found is not None and found < x[len(x) // 2]


def scatter(repeats: int) -> None:
    """Print the interval of Spearman's rank correlation of rates of 40 answers."""
    row("\nrank correlation over members", *(f"{strength:g}" for strength in (0.0, 0.3, 0.6, 0.8, 0.95)))
    for members in (5, 6, 8, 12, 20, 40):
        found = []
        for strength in (0.0, 0.3, 0.6, 0.8, 0.95):
            truth = spearmanr(*_two_rates(strength, 40_000)).statistic
            results = [rank_correlation(*_two_rates(strength, members)) for _ in range(repeats)]
            found.append(share([low <= truth <= high for low, high in (each.interval for each in results if each)]))
        row(f"  {members} members", *found)


def _two_rates(strength: float, members: int) -> tuple[list[float], list[float]]:
    one, noise = RNG.normal(size=(2, members))
    other = strength * one + (1 - strength**2) ** 0.5 * noise
    return RNG.binomial(40, norm.cdf(one)).tolist(), RNG.binomial(40, norm.cdf(other - 0.5)).tolist()


def families(times: int) -> None:
    """Print all tables, with so many times the repeats."""
    arms(8 * times)
    contrasts(2 * times)
    condition_gaps(2 * times)
    many_arms(20 * times)
    curves(5 * times)
    seeds(10 * times)
    scatter(60 * times)
