"""What the scores of an answer say, as findings that are counted like those of detectors and judges.

Surprise is −log p of each token of the text, entropy that of the whole distribution at its place; both are means in
nats a token. A side reads every answer after the question as that side was asked it.
"""

import math
from collections.abc import Sequence

from diptych.compare.counts.own_text import OWN_TEXT
from diptych.detectors import Finding
from diptych.number_words import three_digits
from diptych.sessions import SideScores, TokenScore

VERSION = 1
UNIT = "nats a token"
"""Of every quantity."""
_SCORED_BY = "scored by "
"""How the names of such findings' detectors begin."""


def scored_by(side: str) -> str:
    """The name under which the findings of a side's scores are kept."""
    return f"{_SCORED_BY}{side}"


def is_of_scores(detector: str) -> bool:
    """Whether findings of that name come from scores of sides, and not from a detector or a judge."""
    return detector == OWN_TEXT or detector.startswith(_SCORED_BY)


def score_findings(scores: SideScores) -> list[Finding]:
    """The mean surprise of a side at an answer, and its mean entropy where the endpoint tells it."""
    tokens = sum(token.tokens for token in scores.tokens)
    if not tokens:
        return []
    surprise = math.fsum(token.surprise for token in scores.tokens) / tokens
    found = [_finding(scores, f"{scores.side}'s surprise", surprise, tokens)]
    entropies = known_entropies(scores.tokens)
    if entropies is not None:
        found.append(_finding(scores, f"{scores.side}'s entropy", math.fsum(entropies) / tokens, tokens))
    return found


def known_entropies(tokens: Sequence[TokenScore]) -> list[float] | None:
    """The entropy of each token; None unless all are known."""
    known = [token.entropy for token in tokens if token.entropy is not None]
    return known if len(known) == len(tokens) else None


def _finding(scores: SideScores, label: str, mean: float, tokens: int) -> Finding:
    return Finding(
        detector=scored_by(scores.side),
        version=VERSION,
        label=label,
        kind="quantity",
        outcome="present",
        evidence=f"{three_digits(mean)} {UNIT}, over {tokens:,} tokens",
        number=mean,
    )
