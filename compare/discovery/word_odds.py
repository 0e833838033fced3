"""How much more often one side uses a word than the other."""

import math
from collections.abc import Mapping

_PRIOR = 500.0
"""The prior weighs as much as so many words."""


def log_odds(word: str, base: Mapping[str, int], tuned: Mapping[str, int]) -> float:
    """The log-odds ratio of a word, tuned against base, with an informative Dirichlet prior, in standard deviations.

    `base` and `tuned` say how often each side uses each word; the prior is how often both do. It measures the size of
    the effect and ranks words. It is no p-value, because the words of an answer depend on each other. Monroe, Colaresi
    and Quinn (2008), Fightin' Words: Lexical Feature Selection and Evaluation for Identifying the Content of Political
    Conflict, Political Analysis 16.
    """
    of_base, of_tuned = sum(base.values()), sum(tuned.values())
    y_base, y_tuned = base.get(word, 0), tuned.get(word, 0)
    prior = _PRIOR * (y_base + y_tuned) / (of_base + of_tuned)
    odds_base = (y_base + prior) / max(1.0, of_base + _PRIOR - y_base - prior)
    odds_tuned = (y_tuned + prior) / max(1.0, of_tuned + _PRIOR - y_tuned - prior)
    variance = 1 / (y_base + prior) + 1 / (y_tuned + prior)
    return (math.log(odds_tuned) - math.log(odds_base)) / math.sqrt(variance)
