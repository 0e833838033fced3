"""Converts answers and findings to rows of the store and back."""

import re
import zlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from diptych.backends import TokenLogprob, Usage
from diptych.detectors import Finding
from diptych.sessions.records import Answer, Failure, SideScores, Tick

COLUMNS = (
    "exchange", "side", "condition", "sample", "state", "prompt", "request", "text", "model", "fingerprint",
    "request_id", "finish_reason", "prompt_tokens", "completion_tokens", "ended_at", "error_kind", "error_message",
    "error_mend", "timeline", "logprobs", "form", "prefill", "reasoning",
    "place", "endpoint", "planned", "scores",
)  # fmt: skip
FINDING_COLUMNS = ("answer_id", "detector", "version", "label", "outcome", "finding")

_SURROGATES = re.compile("[\ud800-\udfff]")
_timeline = msgspec.msgpack.Decoder(tuple[Tick, ...])
_logprobs = msgspec.msgpack.Decoder(tuple[TokenLogprob, ...])
_scores = msgspec.msgpack.Decoder(tuple[SideScores, ...])
_finding = msgspec.json.Decoder(Finding)


def _timeline_of(blob: bytes) -> tuple[Tick, ...]:
    """Decode a timeline. Up to schema version 4 timelines were compressed; a MessagePack list never begins like
    that."""
    return _timeline.decode(zlib.decompress(blob) if blob.startswith(b"\x78") else blob)


def to_row(answer: Answer) -> tuple[Any, ...]:
    """Return the values of COLUMNS for an answer."""
    usage, failure = answer.usage, answer.failure
    values = (
        answer.exchange,
        answer.side,
        answer.condition,
        answer.sample,
        answer.state,
        answer.prompt,
        as_json(answer.request),
        answer.text,
        answer.model,
        answer.fingerprint,
        answer.request_id,
        answer.finish_reason,
        usage.prompt_tokens if usage else None,
        usage.completion_tokens if usage else None,
        answer.ended_at,
        failure.kind if failure else None,
        failure.message if failure else None,
        failure.hint if failure else None,
        msgspec.msgpack.encode(answer.timeline),
        zlib.compress(msgspec.msgpack.encode(answer.logprobs)) if answer.logprobs else None,
        answer.mode,
        answer.prefill,
        answer.reasoning,
        answer.position,
        answer.endpoint,
        answer.planned,
        scores_column(answer.scores),
    )
    return tuple(storable(value) if isinstance(value, str) else value for value in values)


def from_row(row: tuple[Any, ...], findings: tuple[Finding, ...]) -> Answer:
    """Return the answer for the values of COLUMNS."""
    (
        exchange, side, condition, sample, state, prompt, request, text, model, fingerprint,
        request_id, finish_reason, prompt_tokens, completion_tokens, ended_at, error_kind, error_message,
        error_mend, timeline, logprobs, mode, prefill, reasoning,
        place, endpoint, planned, scores,
    ) = row  # fmt: skip
    return Answer(
        exchange=exchange,
        side=side,
        prompt=prompt,
        condition=condition,
        sample=sample,
        request=msgspec.json.decode(request),
        state=state,
        text=text,
        timeline=_timeline_of(timeline),
        logprobs=_logprobs.decode(zlib.decompress(logprobs)) if logprobs else (),
        finish_reason=finish_reason,
        model=model,
        fingerprint=fingerprint,
        request_id=request_id,
        usage=None if completion_tokens is None else Usage(prompt_tokens, completion_tokens),
        ended_at=ended_at,
        failure=Failure(error_kind, error_message, error_mend) if error_kind else None,
        findings=findings,
        mode=mode,
        prefill=prefill,
        reasoning=reasoning,
        position=place,
        endpoint=endpoint,
        planned=planned,
        scores=_scores.decode(zlib.decompress(scores)) if scores else (),
    )


def scores_column(scores: tuple[SideScores, ...]) -> bytes | None:
    """Return what the store keeps of the scores of an answer."""
    return zlib.compress(msgspec.msgpack.encode(scores)) if scores else None


def finding_rows(answer_id: int, findings: tuple[Finding, ...]) -> list[tuple[Any, ...]]:
    """Return the rows for the findings table."""
    return [
        (
            answer_id,
            storable(f.detector),
            f.version,
            storable(f.label),
            f.outcome,
            as_json(f),
        )
        for f in findings
    ]


@lru_cache(maxsize=4096)
def read_finding(column: str) -> Finding:
    """Decode a finding. Cached, because most findings of a session are equal."""
    return _finding.decode(column)


def now() -> str:
    """Return the current time as it is stored: UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def storable(text: str) -> str:
    """Replace halves of surrogate pairs, which JSON may contain, with U+FFFD: SQLite stores UTF-8 only. The length
    of the text, and so the position of spans, stays the same."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def storable_json(value: object) -> object:
    """Apply `storable` to all text in a JSON value."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | tuple):
        return [storable_json(each) for each in value]
    if isinstance(value, dict):
        return {storable(key): storable_json(each) for key, each in value.items()}
    return value


def as_json(value: object) -> str:
    """Return a value as JSON that can be stored."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(storable_json(msgspec.to_builtins(value))).decode()
