"""The chunks of a completion stream, decoded into typed structs."""

import json
import re
from contextlib import suppress
from typing import Annotated, Any

import msgspec

from backends.types import TokenLogprob


class _Alternative(msgspec.Struct, gc=False):
    token: str
    logprob: float


class _Token(msgspec.Struct, gc=False):
    token: str
    logprob: float
    top_logprobs: list[_Alternative] | None = None


class _Logprobs(msgspec.Struct):
    """Of a chat completion in `content`, of a text completion in three lists of the same length."""

    content: list[_Token] | None = None
    tokens: list[str] | None = None
    token_logprobs: list[float | None] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None


class _DeltaField(msgspec.Struct, gc=False):
    content: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class Choice(msgspec.Struct, gc=False):
    """What a chunk says of one answer: `delta` of a chat completion, `text` of a text completion; `message` is the
    whole answer of a server that does not stream."""

    delta: _DeltaField | None = None
    message: _DeltaField | None = None
    text: str | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None
    index: int = 0


_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Usage(msgspec.Struct):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0


class Chunk(msgspec.Struct, gc=False):
    """One event of the stream; fields that are not named here are passed over."""

    choices: list[Choice] | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    usage: _Usage | None = None
    error: Any = None


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What an event that is no chunk raises."""
_HALVES = re.compile("[\ud800-\udfff]")
_decode = msgspec.json.Decoder(Chunk).decode


def decode_chunk(event: bytes) -> Chunk:
    """The chunk that the bytes of one event are; without what only goes with the text, where that is amiss, and with
    U+FFFD for what is no text in it: bytes that are not UTF-8, halves of surrogate pairs. Raises UNREADABLE."""
    try:
        return _decode(event)
    except msgspec.ValidationError:
        fields = msgspec.json.decode(event)
        if not isinstance(fields, dict):
            raise
        _drop_unless(_Usage, fields, "usage")
        choices = fields.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            _drop_unless(_Logprobs, choice, "logprobs")
        return msgspec.convert(fields, Chunk)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if (mended := _mended(event)) == event:
            raise
        return decode_chunk(mended)


def _mended(event: bytes) -> bytes:
    """The same JSON with text alone in it; what is no JSON stays as it is."""
    text = event.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        # The standard library takes halves of pairs, which UTF-8 cannot hold.
        text = _HALVES.sub("\ufffd", json.dumps(json.loads(text), ensure_ascii=False))
    return text.encode()


def _drop_unless(type_: type, fields: Any, name: str) -> None:
    try:
        msgspec.convert(fields[name], type_)
    except msgspec.ValidationError:
        fields[name] = None
    except (KeyError, TypeError):
        pass


def token_logprobs(found: _Logprobs | None) -> tuple[TokenLogprob, ...]:
    """The drawn tokens of a choice, whichever way they are told."""
    if found is None:
        return ()
    if found.content is not None:
        return tuple(
            TokenLogprob(t.token, t.logprob, tuple((a.token, a.logprob) for a in t.top_logprobs or ()))
            for t in found.content
        )
    tops = found.top_logprobs or [None] * len(found.tokens or ())
    drawn = zip(found.tokens or (), found.token_logprobs or (), tops, strict=False)
    return tuple(
        TokenLogprob(token, logprob if logprob is not None else 0.0, _ranked(top)) for token, logprob, top in drawn
    )


def _ranked(top: dict[str, float] | None) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((top or {}).items(), key=lambda pair: -pair[1]))
