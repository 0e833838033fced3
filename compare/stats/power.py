"""How many samples, wordings and training runs a comparison of two rates needs for 80 % power at a p-value of .05.

Answers to one wording are similar, and so are answers of one training run. With the correlations ρ within a wording and
τ within a run, n answers over m wordings and s runs tell as much about an arm as so many independent ones:

    1 / (τ / s + ρ / m + (1 − τ − ρ) / n)

This is the design effect of Donner and Klar (2000, Design and Analysis of Cluster Randomization Trials in Health
Research), with two crossed kinds of clusters instead of one. Solved for n, one kind of cluster gives the result of
Hemming, Girling, Sitch, Marsh and Lilford (2011, Sample size calculations for cluster randomised controlled trials with
a fixed number of clusters, BMC Medical Research Methodology 11): where clusters are few, no number of answers suffices.

How many independent answers are needed is what `samples_to_tell` says, times the ratio of the squared quantiles of t
and of the normal distribution, because few clusters tell little about how they vary. That both arms are asked the same
wordings, which helps where a wording moves both alike, is not counted on.

SciPy is imported late, as it costs start-up time.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diptych.compare.stats.binomial import Trials, samples_to_tell

ASSUMED_CORRELATION = 0.1
"""Within a wording or a training run, where no answers tell it."""
MOST_CLUSTERS = 1_000
"""No more wordings or runs are looked for."""
_SURE, _POWER = 0.975, 0.8
_HIGHEST_CORRELATION = 0.95


class Design(NamedTuple):
    """Who is asked what. With one wording or one training run, the result is about that one alone."""

    prompts: int = 1
    """Wordings."""
    runs: int = 1
    """Training runs of the arm that is compared."""
    base_runs: int = 1
    """Training runs of the arm that it is compared with."""
    members: int = 1
    """Models of the arm that is compared; more than its runs where each is asked at several doses."""
    base_members: int = 1


class PowerNeeded(NamedTuple):
    """What a comparison needs for 80 % power. None: no number suffices, or more than a thousand do."""

    samples: int | None
    """Of each model over all wordings, with the wordings and runs of the design."""
    prompts: int | None
    """The fewest wordings, of several, with which some number of samples suffices."""
    runs: int | None
    """The fewest training runs of the arm that is compared, of several, with which some number of samples suffices."""


def power_needed(
    base: float,
    side: float,
    design: Design,
    of_prompts: float = ASSUMED_CORRELATION,
    of_runs: float = ASSUMED_CORRELATION,
) -> PowerNeeded:
    """What it takes to tell the rate `side` from the rate `base`. `of_prompts`, `of_runs`: the correlation of answers
    within a wording and within a training run, from 0 to 1."""

    def samples(changed: Design) -> int | None:
        return _samples(base, side, changed, of_prompts, of_runs)

    clusters = range(2, MOST_CLUSTERS + 1)
    with_prompts = (each for each in clusters if samples(design._replace(prompts=each)) is not None)
    with_runs = (
        each for each in clusters if samples(design._replace(runs=each, members=max(each, design.members))) is not None
    )
    return PowerNeeded(samples(design), next(with_prompts, None), next(with_runs, None))


def _samples(base: float, side: float, design: Design, of_prompts: float, of_runs: float) -> int | None:
    """How many answers of each model are needed, at least one to each wording; None if no number suffices, or if the
    rates are equal."""
    independent = samples_to_tell(base, side)
    if independent is None:
        return None
    by_prompt = of_prompts if design.prompts > 1 else 0.0
    fixed = answers = 0.0
    for runs, members in ((design.runs, design.members), (design.base_runs, design.base_members)):
        by_run = of_runs if runs > 1 else 0.0
        fixed += by_prompt / design.prompts + by_run / runs
        answers += max(0.0, 1 - by_prompt - by_run) / members
    left = 2 / (independent * _few_clusters(design)) - fixed
    return max(design.prompts, math.ceil(answers / left - 1e-9)) if left > 0 else None


def _few_clusters(design: Design) -> float:
    """How many times as many independent answers are needed as with many clusters."""
    freedoms = []
    if design.prompts > 1:
        freedoms.append(2 * (design.prompts - 1))
    if design.runs + design.base_runs > 2:
        freedoms.append(design.runs + design.base_runs - 2)
    if not freedoms:
        return 1.0
    from scipy.special import ndtri, stdtrit

    normal = ndtri(_SURE) + ndtri(_POWER)
    few = stdtrit(min(freedoms), _SURE) + stdtrit(min(freedoms), _POWER)
    return float((few / normal) ** 2)


def smallest_difference(samples: int) -> float:
    """The difference of two rates around .5, to .01, that so many samples of each side find with 80 % power; 1 if they
    find none. Rates nearer to 0 or 1 take fewer."""
    found = (gap for gap in range(1, 101) if (samples_to_tell(0.5 - gap / 200, 0.5 + gap / 200) or 0) <= samples)
    return next(found, 100) / 100


def correlation_within(arms: Iterable[Sequence[Trials]]) -> float | None:
    """The correlation of answers within a cluster, from k of n of each cluster, for each arm: between 0 and .95; None
    where the answers cannot tell it, as all are alike or no cluster has two.

    The analysis-of-variance estimator, pooled over the arms: Ridout, Demétrio and Firth (1999), Estimating intraclass
    correlation for binary data, Biometrics 55.
    """
    between = within = clusters = answers = spread = 0.0
    for arm in arms:
        counts = [trials for trials in arm if trials.n]
        total = sum(n for _, n in counts)
        if len(counts) < 2:
            continue
        rate = sum(k for k, _ in counts) / total
        between += sum(n * (k / n - rate) ** 2 for k, n in counts)
        within += sum(k - k * k / n for k, n in counts)
        clusters += len(counts) - 1
        answers += total - len(counts)
        spread += total - sum(n * n for _, n in counts) / total
    if not answers or not clusters or not between + within:
        return None
    of_clusters, of_answers, size = between / clusters, within / answers, spread / clusters
    found = (of_clusters - of_answers) / (of_clusters + (size - 1) * of_answers)
    return min(_HIGHEST_CORRELATION, max(0.0, found))
