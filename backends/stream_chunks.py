"""The chunks of a completion stream, decoded into typed structs."""

import json
import re
from contextlib import suppress
from typing import Annotated, Any

import msgspec

from diptych.backends.interface import TokenLogprob


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


class _Part(msgspec.Struct, gc=False):
    """One part of a content that comes as a list: words, a thought, which may have parts of its own, or what is
    neither and is passed over."""

    type: str | None = None
    text: str | None = None
    refusal: str | None = None
    thinking: Any = None
    reasoning: Any = None
    summary: Any = None


_Content = str | list[_Part | str | None] | _Part | None


class ErrorReport(msgspec.Struct, gc=False):
    """What a chunk adds to an answer, or a whole answer."""

    content: _Content = None
    refusal: str | None = None
    reasoning: _Content = None
    reasoning_content: _Content = None
    tool_calls: Any = None
    function_call: Any = None


class Choice(msgspec.Struct, gc=False):
    """What a chunk says of one answer: `delta` of a chat completion, `text` of a text completion; `message` is the
    whole answer of a server that does not stream."""

    delta: ErrorReport | None = None
    message: ErrorReport | None = None
    text: str | None = None
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    error: Any = None
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
    x_groq: Any = None
    """What Groq says besides, among it why it has stopped early."""


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


def decode_document(event: bytes) -> Any:
    """What the bytes of one event are as JSON of any form; None where they are none."""
    with suppress(*UNREADABLE):
        return msgspec.json.decode(event)
    with suppress(*UNREADABLE):
        return msgspec.json.decode(_mended(event))
    return None


def read_content(said: ErrorReport) -> tuple[str, str]:
    """The words of the answer, and those of a thought."""
    content = said.content
    if content.__class__ is str or content is None:
        text, thought = content or "", ""
    else:
        text, thought = _of_parts(content, ())
    apart = said.reasoning or said.reasoning_content
    if apart:
        thought = (apart if isinstance(apart, str) else "".join(_of_parts(apart, ()))) + thought
    return text or said.refusal or "", thought


_THOUGHT_TYPES = ("thinking", "reasoning", "thought", "summary_text", "reasoning_text", "reasoning_content")
_TEXT_TYPES = ("text", "output_text", "refusal", None)
_DEEP = 5


def _of_parts(content: Any, around: tuple[str, ...]) -> tuple[str, str]:
    """The words and the thoughts in parts that may lie in one another; `around`: the types of those around them."""
    if isinstance(content, str):
        return (content, "") if not around else ("", content)
    if isinstance(content, list):
        parts = [_of_parts(part, around) for part in content]
        return "".join(text for text, _ in parts), "".join(thought for _, thought in parts)
    if isinstance(content, dict):
        with suppress(msgspec.ValidationError):
            return _of_parts(msgspec.convert(content, _Part), around)
    if not isinstance(content, _Part) or len(around) > _DEEP:
        return "", ""
    if content.type in _THOUGHT_TYPES or around:
        inner = content.thinking or content.reasoning or content.summary or content.text or ""
        return _of_parts(inner, (*around, content.type or "thinking"))
    return (content.text or content.refusal or "", "") if content.type in _TEXT_TYPES else ("", "")


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
