"""What the scores of an answer say, as findings that are counted like those of detectors and judges.

Surprise is −log p of each token of the text, entropy that of the whole distribution at its place; both are means in
nats a token. A side reads every answer after the question as that side was asked it.
"""

import math
from collections.abc import Iterable, Sequence

from diptych.compare.counts.measure_results import MeasureResult
from diptych.compare.counts.measures import OWN_TEXT, SCORED_BY, Measure
from diptych.compare.counts.own_text import EFFECT
from diptych.detectors import Finding
from diptych.number_words import three_digits
from diptych.sessions import SideScores, TokenScore

VERSION = 1
UNIT = "nats a token"
"""Of every quantity."""
_NO_ENTROPY = "no entropy: the endpoint does not tell the chances of all tokens"
_SURPRISE, _ENTROPY = "'s surprise", "'s entropy"


def scored_by(side: str) -> str:
    """The name under which the findings of a side's scores are kept."""
    return f"{SCORED_BY}{side}"


def score_findings(scores: SideScores) -> list[Finding]:
    """The mean surprise of a side at an answer, and its mean entropy where the endpoint tells it."""
    tokens = sum(token.tokens for token in scores.tokens)
    if not tokens:
        return []
    surprise = math.fsum(token.surprise for token in scores.tokens) / tokens
    found = [_finding(scores, f"{scores.side}{_SURPRISE}", surprise, tokens)]
    entropies = known_entropies(scores.tokens)
    if entropies is not None:
        found.append(_finding(scores, f"{scores.side}{_ENTROPY}", math.fsum(entropies) / tokens, tokens))
    return found


def entropy_note(measures: Iterable[Measure | MeasureResult]) -> str:
    """Why these measures have surprise and no entropy; "" where that is not so."""
    labels = {measure.label for measure in measures if measure.detector.startswith(SCORED_BY)}
    surprises = [label.removesuffix(_SURPRISE) for label in labels if label.endswith(_SURPRISE)]
    return _NO_ENTROPY if any(f"{side}{_ENTROPY}" not in labels for side in surprises) else ""


def reading_note(measure: Measure) -> str:
    """How to read a measure of scores; "" for any other."""
    if measure.label == EFFECT and measure.detector == OWN_TEXT:
        return "above 0: the sides are surer of their own texts than of each other's"
    if measure.detector == OWN_TEXT:
        return "both near 1: each is surer of its own texts; only one: it is surer of all texts"
    if measure.of_scores and measure.label.endswith(_SURPRISE):
        return "a side's own texts surprise it less than another side, whatever it learnt"
    return ""


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
