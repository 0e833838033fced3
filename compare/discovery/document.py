"""Discoveries as plain values, for JSON."""

from typing import Any

import msgspec

from compare.discovery.types import Discovery, Found


def document(found: Found) -> dict[str, Any]:
    """All that was found of one side."""
    verdict = found.verdict
    return {
        "base": found.base,
        "tuned": found.tuned,
        "answers": dict(zip((found.base, found.tuned), found.answers, strict=True)),
        "questions": found.questions,
        "differ": verdict.differ,
        "p_value": verdict.p_value,
        "permutations": verdict.permutations,
        "characters": verdict.characters,
        "tested": found.tested,
        "null": {"splits": found.null.splits, "with_any": found.null.with_any, "most": found.null.most},
        "discoveries": [told(discovery, found) for discovery in found.discoveries],
        "words": [told(discovery, found) for discovery in found.words],
        "tokens": msgspec.to_builtins(found.tokens),
    }


def told(discovery: Discovery, found: Found) -> dict[str, Any]:
    """One discovery: `base` and `tuned` are rates, `counts` and `null` say k of n answers."""
    said: dict[str, Any] = {
        "side": found.tuned,
        "feature": discovery.feature,
        "value": discovery.value,
        "base": discovery.base.rate,
        "tuned": discovery.tuned.rate,
        "p_value": discovery.p_value,
        "q_value": discovery.q_value,
        "counts": {found.base: discovery.base, found.tuned: discovery.tuned, **discovery.beside},
        "null": discovery.null,
        "examples": {
            side: [{"answer": e.answer, "spans": [[s.start, s.end] for s in e.spans]} for e in examples]
            for side, examples in discovery.examples.items()
        },
        "also": discovery.also,
    }
    if discovery.means is not None:
        said["means"] = dict(zip((found.base, found.tuned), discovery.means, strict=True))
    if discovery.log_odds is not None:
        said["log_odds"] = discovery.log_odds
    return said
