"""Which token stands at a place of the answer, and what else might have stood there."""

import math
from collections.abc import Mapping, Sequence

from diptych.detectors.detector import Token


def token_at(tokens: Sequence[Token], offset: int) -> Token | None:
    """The token that the answer's character at `offset` is in."""
    end = 0
    for token in tokens:
        end += len(token.token)
        if offset < end:
            return token
    return None


def probabilities(token: Token) -> Mapping[str, float]:
    """The probabilities of a drawn token and of its alternatives, by their texts."""
    return {text: math.exp(logprob) for text, logprob in [*token.top, (token.token, token.logprob)]}
