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
    """Log-probabilities: of a chat completion in `content`, of a text completion in three lists of the same length."""

    content: list[_Token] | None = None
    tokens: list[str] | None = None
    token_logprobs: list[float | None] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None


class _Part(msgspec.Struct, gc=False):
    """One part of a content that is a list: text, or a thought, which may have parts of its own. Others are ignored."""

    type: str | None = None
    text: str | None = None
    refusal: str | None = None
    thinking: Any = None
    reasoning: Any = None
    summary: Any = None


_Content = str | list[_Part | str | None] | _Part | None


class ChunkMessage(msgspec.Struct, gc=False):
    """The piece of an answer in one chunk, or a whole answer."""

    content: _Content = None
    refusal: str | None = None
    reasoning: _Content = None
    reasoning_content: _Content = None
    tool_calls: Any = None
    function_call: Any = None


class Choice(msgspec.Struct, gc=False):
    """The part of a chunk about one answer: `delta` of a chat completion, `text` of a text completion. `message` is the
    whole answer of a server that does not stream."""

    delta: ChunkMessage | None = None
    message: ChunkMessage | None = None
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
    """One event of a stream. Fields that are not named here are ignored."""

    choices: list[Choice] | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    usage: _Usage | None = None
    error: Any = None
    x_groq: Any = None
    """Groq's own field. It may say why an answer has stopped early."""


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The exceptions that decoding raises for an event that is no chunk."""
_HALF_PAIRS = re.compile("[\ud800-\udfff]")
_decode = msgspec.json.Decoder(Chunk).decode


def decode_chunk(event: bytes) -> Chunk:
    """Decode one event. Raises UNREADABLE.

    Usage and log-probabilities of an unexpected form are dropped, so that the text is not lost. Bytes that are not
    UTF-8, and halves of surrogate pairs, become U+FFFD.
    """
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
        if (repaired := _repaired(event)) == event:
            raise
        return decode_chunk(repaired)


def decode_document(event: bytes) -> Any:
    """Decode one event as JSON of any form; None where it is no JSON."""
    with suppress(*UNREADABLE):
        return msgspec.json.decode(event)
    with suppress(*UNREADABLE):
        return msgspec.json.decode(_repaired(event))
    return None


def read_content(message: ChunkMessage) -> tuple[str, str]:
    """The text of the answer, and the thoughts."""
    content = message.content
    if content.__class__ is str or content is None:
        text, thought = content or "", ""
    else:
        text, thought = _of_parts(content, ())
    separate = message.reasoning or message.reasoning_content
    if separate:
        thought = (separate if isinstance(separate, str) else "".join(_of_parts(separate, ()))) + thought
    return text or message.refusal or "", thought


_THOUGHT_TYPES = ("thinking", "reasoning", "thought", "summary_text", "reasoning_text", "reasoning_content")
_TEXT_TYPES = ("text", "output_text", "refusal", None)
_DEPTH = 5


def _of_parts(content: Any, around: tuple[str, ...]) -> tuple[str, str]:
    """The text and the thoughts in parts, which may be nested. `around`: the types of the enclosing parts."""
    if isinstance(content, str):
        return (content, "") if not around else ("", content)
    if isinstance(content, list):
        parts = [_of_parts(part, around) for part in content]
        return "".join(text for text, _ in parts), "".join(thought for _, thought in parts)
    if isinstance(content, dict):
        with suppress(msgspec.ValidationError):
            return _of_parts(msgspec.convert(content, _Part), around)
    if not isinstance(content, _Part) or len(around) > _DEPTH:
        return "", ""
    if content.type in _THOUGHT_TYPES or around:
        inner = content.thinking or content.reasoning or content.summary or content.text or ""
        return _of_parts(inner, (*around, content.type or "thinking"))
    return (content.text or content.refusal or "", "") if content.type in _TEXT_TYPES else ("", "")


def _repaired(event: bytes) -> bytes:
    """The same JSON with valid text in it. Bytes that are no JSON stay as they are."""
    text = event.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        # The standard library reads halves of pairs, which UTF-8 cannot hold.
        text = _HALF_PAIRS.sub("\ufffd", json.dumps(json.loads(text), ensure_ascii=False))
    return text.encode()


def _drop_unless(type_: type, fields: Any, name: str) -> None:
    try:
        msgspec.convert(fields[name], type_)
    except msgspec.ValidationError:
        fields[name] = None
    except (KeyError, TypeError):
        pass


def token_logprobs(found: _Logprobs | None) -> tuple[TokenLogprob, ...]:
    """The sampled tokens of a choice, in either form of log-probabilities."""
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
