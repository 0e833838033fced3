"""Finds the token at a character of the answer, and its alternatives."""

import math
from collections.abc import Mapping, Sequence

from diptych.detectors.detector import Token


def token_at(tokens: Sequence[Token], offset: int) -> Token | None:
    """Return the token that contains the character at `offset`."""
    end = 0
    for token in tokens:
        end += len(token.token)
        if offset < end:
            return token
    return None


def probabilities(token: Token) -> Mapping[str, float]:
    """Return the probabilities of a token and of its alternatives, by their texts."""
    return {text: math.exp(logprob) for text, logprob in [*token.top, (token.token, token.logprob)]}
