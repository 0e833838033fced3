"""The share that one of several options has of their probability at a token."""

from collections.abc import Callable, Sequence

from diptych.detectors.detector import Token
from diptych.detectors.text.token_lookup import probabilities
from diptych.number_words import probability_words

LEAST_MASS = 0.5
"""Probability that the options must have together at a token before a share of it is reported."""


def option_share(
    token: Token | None, options: Sequence[str], target: str, begun_by: Callable[[str], str | None]
) -> tuple[float | None, str]:
    """Return the target's share, and a clause that reports it; None and "" if the token is not known.

    `begun_by`: the only option that a token names or begins, or None.
    """
    if token is None:
        return None, ""
    masses = dict.fromkeys(options, 0.0)
    for text, probability in probabilities(token).items():
        option = begun_by(text)
        if option is not None:
            masses[option] += probability
    mass = sum(masses.values())
    named = "both options" if len(masses) == 2 else f"all {len(masses)} options"
    if mass < LEAST_MASS:
        return None, f"; p only {probability_words(mass)} on {named}"
    share = masses[target]
    return share / mass, f"; p({target}) {probability_words(share)}, of {probability_words(mass)} on {named}"
