"""Summaries of counts: the rate, mean and values of one side, and the differences between two.

This module alone decides which interval and which test a count has, for the console, the command and every export.
With one prompt, the answers of a side are independent draws. Several prompts are clusters: the intervals then hold for
such questions in general, and the sides are paired by prompt. Prompts that show two texts are clusters together (see
`clusters`). If the number of answers was not planned, the reason for stopping is unknown, and the intervals are those
that hold at every stopping time. sessions.INTERVAL_KINDS names the kinds.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from diptych.compare.counts.measure_results import (
    CorrectedDifference,
    CorrectedResult,
    DifferenceResult,
    MeanDifference,
    SideResult,
    ValuesDifference,
)
from diptych.compare.counts.measures import Count
from diptych.compare.counts.whose_words import clusters
from diptych.compare.stats import (
    Corrected,
    Interval,
    Trials,
    clustered_difference,
    clustered_rate,
    clustered_sequence,
    clustered_sequence_difference,
    confidence_sequence,
    corrected_difference,
    corrected_rate,
    distribution_test,
    exact_test,
    mean_difference,
    mean_interval,
    mean_sequence,
    mean_sequence_difference,
    mean_test,
    newcombe,
    samples_to_tell,
    sequence_difference,
    sequence_test,
    stratified_exact_test,
    wilson,
)

_VALUES = 20
"""How many of the commonest values are reported."""


class RateDifference(NamedTuple):
    """A side's rate minus the first side's."""

    estimate: float | None
    """None if one of them has no answer."""
    interval: Interval
    kind: str


def side_result(count: Count) -> SideResult:
    """Rate, mean and values of one side."""
    kind, interval = rate_interval(count)
    result = SideResult(
        count.k,
        count.n,
        count.k / count.n if count.n else None,
        interval,
        kind,
        dict(count.excluded),
        values=dict(sorted(count.values.items(), key=lambda each: (-each[1], each[0]))[:_VALUES]),
    )
    if count.labelled.n:
        result = replace(result, corrected=corrected_result(count))
    if not count.numbers:
        return result
    return replace(
        result,
        mean=count.mean,
        mean_of=len(count.numbers),
        mean_interval=mean_interval_of(count),
        mean_interval_kind=mean_kind(count),
    )


def difference_result(base: Count, tuned: Count, of_values: bool) -> DifferenceResult:
    """The second side against the first: rates, means, and values if the measure is one of values. P-values are not yet
    corrected for the number of tests."""
    means = base.numbers and tuned.numbers
    values = of_values and len(base.values | tuned.values) > 2 and base.values and tuned.values
    return replace(
        rate_result(base, tuned),
        mean=_mean_difference(base, tuned) if means else None,
        values=_values_difference(base, tuned) if values else None,
        corrected=corrected_between(base, tuned),
    )


def rate_result(base: Count, tuned: Count) -> DifferenceResult:
    """The second side's rate against the first's, with its test; that of means can take a second."""
    found, tested = rate_difference(base, tuned), _rate_test(base, tuned)
    return DifferenceResult(
        found.estimate,
        found.interval,
        found.kind,
        tested.p_value,
        tested.p_holm,
        tested.name,
        _samples_needed(base, tuned) if found.estimate is not None else None,
    )


def corrected_result(count: Count) -> CorrectedResult | None:
    """The rate corrected by labels of answers that were picked at random; None without any."""
    found = _corrected(count)
    return CorrectedResult(*found, count.labelled.n, count.labelled.unsure) if found is not None else None


def corrected_between(base: Count, tuned: Count) -> CorrectedDifference | None:
    """The corrected rate of a side minus that of the first; None if one of them has no labels."""
    first, second = _corrected(tuned), _corrected(base)
    if first is None or second is None:
        return None
    return CorrectedDifference(*corrected_difference(first, second))


def _corrected(count: Count) -> Corrected | None:
    if not count.labelled.n:
        return None
    return corrected_rate(
        Trials(count.k, count.n), rate_interval(count)[1], count.labelled.present, count.labelled.absent
    )


def rate_kind(count: Count) -> str:
    """The kind of interval that a rate has."""
    if not count.planned:
        return "sequence"
    return "clustered" if len(_trials(count)) > 1 else "wilson"


def rate_interval(count: Count) -> tuple[str, Interval]:
    """The kind and the ends of the interval of a rate."""
    kind, prompts = rate_kind(count), list(_trials(count).values())
    if kind == "sequence":
        one = len(prompts) <= 1
        return kind, confidence_sequence(count.k, count.n) if one else clustered_sequence(prompts)
    return kind, clustered_rate(prompts) if kind == "clustered" else wilson(count.k, count.n)


def mean_kind(count: Count) -> str:
    """The kind of interval that a mean has."""
    if not count.planned:
        return "sequence"
    return "clustered" if len(_numbers(count)) > 1 else "bootstrap"


def mean_interval_of(count: Count) -> Interval | None:
    """The ends of the interval of a mean; None for fewer than two numbers. The first one takes most of a second."""
    return mean_interval(_numbers(count)) if count.planned else mean_sequence(_numbers(count))


def difference_kind(base: Count, tuned: Count) -> str:
    """The kind of interval that the difference of two rates has."""
    if not _planned(base, tuned):
        return "sequence"
    return "clustered" if _several(*_trials_of_both(base, tuned)) else "newcombe"


def difference_interval(base: Count, tuned: Count, *, together: int = 1) -> tuple[str, Interval]:
    """The kind and the ends of the interval of the second rate minus the first. `together`: of how many differences a
    confidence sequence has to hold at once."""
    kind, (second, first) = difference_kind(base, tuned), _trials_of_both(base, tuned)
    if kind == "sequence":
        alpha = 0.05 / together
        if _several(first, second):
            return kind, clustered_sequence_difference(list(first.values()), list(second.values()), alpha)
        return kind, sequence_difference(tuned.k, tuned.n, base.k, base.n, alpha)
    if kind == "clustered":
        return kind, clustered_difference(first, second)
    return kind, newcombe(tuned.k, tuned.n, base.k, base.n)


def _several(first: Mapping[str, object], second: Mapping[str, object]) -> bool:
    """Whether there is more than one prompt."""
    return len(first.keys() | second.keys()) > 1


def rate_difference(base: Count, own: Count, *, together: int = 1) -> RateDifference:
    """How a side's rate differs from the first side's. `together`: of how many differences a confidence sequence has to
    hold at once; other intervals do not depend on it."""
    estimate = own.k / own.n - base.k / base.n if own.n and base.n else None
    kind, ends = difference_interval(base, own, together=together)
    return RateDifference(estimate, ends, kind)


def _planned(base: Count, tuned: Count) -> bool:
    return base.planned and tuned.planned


class _Tested(NamedTuple):
    """What a test says, before it is corrected."""

    p_value: float | None
    name: str | None

    @property
    def p_holm(self) -> float | None:
        """1 where there was no test: it needs no correction."""
        return self.p_value if self.name is None else None


_NO_TEST = _Tested(1.0, None)
"""The result if every arrangement of the answers between the sides looks the same: there is nothing to test."""


def _rate_test(base: Count, tuned: Count) -> _Tested:
    second, first = _trials_of_both(base, tuned)
    shared = [(first[prompt], second[prompt]) for prompt in first if prompt in second]
    if shared and not _planned(base, tuned):
        return _Tested(sequence_test(shared), "sequence")
    if all(a.k + b.k in (0, a.n + b.n) for a, b in shared):
        return _NO_TEST
    name = rate_test_name(len(shared))
    if len(shared) > 1:
        return _Tested(stratified_exact_test(shared), name)
    (a, b) = shared[0]
    return _Tested(exact_test(*a, *b), name)


def rate_test_name(prompts: int) -> str:
    """The test that two sides get which were asked so many prompts, when the planned number of answers is reached."""
    return "exact, by prompt" if prompts > 1 else "fisher"


def _samples_needed(base: Count, tuned: Count) -> int | None:
    needed = samples_to_tell(tuned.k / tuned.n, base.k / base.n)
    return needed if needed is not None and needed > min(base.n, tuned.n) else None


def _mean_difference(base: Count, tuned: Count) -> MeanDifference:
    assert base.mean is not None
    assert tuned.mean is not None
    first, second = _numbers(tuned), _numbers(base)
    if _planned(base, tuned):
        kind = "clustered" if _several(first, second) else "bootstrap"
        interval = mean_difference(first, second)
    else:
        kind, interval = "sequence", mean_sequence_difference(first, second)
    shared = [(first[prompt], second[prompt]) for prompt in first if prompt in second]
    if all(len({*a, *b}) == 1 for a, b in shared):
        tested = _NO_TEST
    else:
        tested = _Tested(mean_test(shared) if _planned(base, tuned) else None, "permutation")
    return MeanDifference(tuned.mean - base.mean, interval, kind, tested.p_value, tested.p_holm, tested.name)


def _values_difference(base: Count, tuned: Count) -> ValuesDifference:
    first, second = _values(tuned), _values(base)
    shared = [(first[prompt], second[prompt]) for prompt in first if prompt in second]
    if not shared:
        return ValuesDifference(None, None, _NO_TEST.p_value, _NO_TEST.p_holm, _NO_TEST.name)
    found = distribution_test(shared)
    if all(len(a.keys() | b.keys()) == 1 for a, b in shared):
        tested = _NO_TEST
    else:
        tested = _Tested(found.p_value if _planned(base, tuned) else None, "permutation")
    return ValuesDifference(found.distance, found.by_chance, tested.p_value, tested.p_holm, tested.name)


def _trials_of_both(base: Count, tuned: Count) -> tuple[dict[str, Trials], dict[str, Trials]]:
    """k of n of both by cluster, also where one has answers to fewer prompts."""
    return _trials(base, tuned), _trials(tuned, base)


def _trials(count: Count, beside: Count | None = None) -> dict[str, Trials]:
    """k of n by cluster. `beside`: the count that it is compared with, whose clusters it has."""
    return {
        cluster: Trials(sum(each.k for each in counts), sum(each.n for each in counts))
        for cluster, counts in _by_cluster(count, lambda each: each.n > 0, beside).items()
    }


def _numbers(count: Count) -> dict[str, list[float]]:
    by_cluster = _by_cluster(count, lambda each: bool(each.numbers))
    return {cluster: [number for each in counts for number in each.numbers] for cluster, counts in by_cluster.items()}


def _values(count: Count) -> dict[str, dict[str, int]]:
    by_cluster = _by_cluster(count, lambda each: bool(each.values))
    return {
        cluster: dict(sorted(sum((each.values for each in counts), Counter()).items()))
        for cluster, counts in by_cluster.items()
    }


def _by_cluster(count: Count, has: Callable[[Count], bool], beside: Count | None = None) -> dict[str, list[Count]]:
    """The counts of the prompts that have something, by cluster. They are sorted, so that random draws do not depend on
    the order in which the answers are read."""
    prompts = sorted(prompt for prompt, own in count.by_prompt.items() if has(own))
    further = [prompt for prompt, own in beside.by_prompt.items() if has(own)] if beside is not None else []
    cluster_of = clusters([*prompts, *further])
    found: dict[str, list[Count]] = defaultdict(list)
    for prompt in prompts:
        found[cluster_of[prompt]].append(count.by_prompt[prompt])
    return found
