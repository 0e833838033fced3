"""The document of a family as plain values for exports, with what its curves say in words."""

from typing import Any

import msgspec

from diptych.compare.counts.curve_words import correlation_words, curve_words, lag_words
from diptych.compare.counts.family_results import FamilyDocument


def exported_family(document: FamilyDocument) -> dict[str, Any]:
    """The document as in `diptych run --json`. Each measure also has `curve_words` by arm, and each order and scatter
    `words`."""
    found: dict[str, Any] = msgspec.to_builtins(document)
    for values, measure in zip(found["measures"], document.measures, strict=True):
        values["curve_words"] = {arm: "; ".join(curve_words(each, document)) for arm, each in measure.curves.items()}
    for values, order in zip(found["orders"], document.orders, strict=True):
        values["words"] = lag_words(order.lag, document)
    for values, scatter in zip(found["scatter"], document.scatter, strict=True):
        values["words"] = correlation_words(scatter)
    return found
