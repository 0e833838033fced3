"""Discoveries as plain values, for JSON."""

from collections.abc import Sequence
from typing import Any

import msgspec

from diptych.compare.discovery.results import Discovery, Found, Judgement
from diptych.sessions import Answer


def discovery_document(found: Found, judgement: Judgement | None = None) -> dict[str, Any]:
    """All that was found of one side, with what a judge made of it if one was asked."""
    verdict = found.verdict
    said = {
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
    return said if judgement is None else said | {"judged": msgspec.to_builtins(judgement)}


def told(discovery: Discovery, found: Found) -> dict[str, Any]:
    """One discovery: `base` and `tuned` are rates, `counts` and `null` say k of n answers."""
    said: dict[str, Any] = {
        "side": found.tuned,
        "feature": discovery.feature,
        "value": discovery.value,
        "base": discovery.base.rate,
        "tuned": discovery.tuned.rate,
        "more_in": found.tuned if discovery.more else found.base,
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


def summary(all_found: Sequence[Found], answers: Sequence[Answer]) -> dict[str, Any]:
    """What the document of a run says: `differ` of each side, and the discoveries of all, words last.

    An answer is named by its place in `answers` there; here by its exchange and sample.
    """
    discoveries = [
        told(d, found) for part in ("discoveries", "words") for found in all_found for d in getattr(found, part)
    ]
    for said in discoveries:
        for examples in said["examples"].values():
            for example in examples:
                answer = answers[example.pop("answer")]
                example |= {"exchange": answer.exchange, "sample": answer.sample}
    differ = {
        found.tuned: {"differ": found.verdict.differ, "p_value": found.verdict.p_value, "tested": found.tested}
        for found in all_found
    }
    return {"differ": differ, "discoveries": discoveries}
