"""Discoveries as results, and as plain values for JSON."""

from collections.abc import Sequence
from typing import Any

import msgspec

from diptych.compare.discovery.discovery_results import DiscoveryExample, DiscoveryResult, RunDiscoveries, SideDiffers
from diptych.compare.discovery.search_results import Discovery, Example, Found, Judgement
from diptych.sessions import Answer


def discovery_document(found: Found, judgement: Judgement | None = None) -> dict[str, Any]:
    """Everything found about one side, with the judgement if a judge was asked."""
    verdict = found.verdict
    document = {
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
        "discoveries": [msgspec.to_builtins(result_of(each, found)) for each in found.discoveries],
        "words": [msgspec.to_builtins(result_of(each, found)) for each in found.words],
        "tokens": msgspec.to_builtins(found.tokens),
    }
    return document if judgement is None else document | {"judged": msgspec.to_builtins(judgement)}


def result_of(discovery: Discovery, found: Found) -> DiscoveryResult:
    """One discovery. `base` and `tuned` are rates; `counts` and `null` are k of n answers."""
    means = dict(zip((found.base, found.tuned), discovery.means, strict=True)) if discovery.means is not None else {}
    return DiscoveryResult(
        side=found.tuned,
        feature=discovery.feature,
        value=discovery.value,
        base=discovery.base.rate,
        tuned=discovery.tuned.rate,
        more_in=found.tuned if discovery.more else found.base,
        p_value=discovery.p_value,
        q_value=discovery.q_value,
        counts={found.base: discovery.base, found.tuned: discovery.tuned, **discovery.beside},
        null=discovery.null,
        examples={side: tuple(map(_example, examples)) for side, examples in discovery.examples.items()},
        also=discovery.also,
        means=means,
        log_odds=discovery.log_odds,
    )


def _example(example: Example) -> DiscoveryExample:
    return DiscoveryExample(tuple((span.start, span.end) for span in example.spans), example.answer)


def run_discoveries(all_found: Sequence[Found], answers: Sequence[Answer]) -> RunDiscoveries:
    """The discoveries in the document of a run. An example is an index into `answers` in `all_found`, and exchange and
    sample here."""
    discoveries = (
        result_of(d, found) for part in ("discoveries", "words") for found in all_found for d in getattr(found, part)
    )
    differ = {
        found.tuned: SideDiffers(found.verdict.differ, found.verdict.p_value, found.tested) for found in all_found
    }
    return RunDiscoveries(differ, tuple(_in_run(discovery, answers) for discovery in discoveries))


def _in_run(discovery: DiscoveryResult, answers: Sequence[Answer]) -> DiscoveryResult:
    def named(example: DiscoveryExample) -> DiscoveryExample:
        assert isinstance(example.answer, int)
        answer = answers[example.answer]
        return DiscoveryExample(example.spans, exchange=answer.exchange, sample=answer.sample)

    examples = {side: tuple(map(named, each)) for side, each in discovery.examples.items()}
    return msgspec.structs.replace(discovery, examples=examples)
