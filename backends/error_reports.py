"""Reads the body of an error response, in any of the usual shapes: its message, its codes, the field it is about."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from diptych.backends.sse import EventDecoder

_INSIDE = (
    "error", "errors", "fault", "Error", "Response", "ResponseMetadata", "base_resp", "innererror", "x_groq",
)  # fmt: skip
"""Fields that hold the error itself."""
_AROUND = ("response", "header", "status", "data")
"""Fields that may hold the error where the outer object has no message."""
_MESSAGES = (
    "message", "error_message", "errorMessage", "error_msg", "errmsg", "err_msg", "msg", "Message", "detail",
    "status_msg", "faultstring", "error_description", "description", "reason", "title", "error", "text", "errors",
    "details", "exception", "info",
)  # fmt: skip
_CODES = (
    "code", "error_code", "errorCode", "errcode", "err_code", "Code", "status_code", "statusCode", "http_status",
    "http_status_code", "status", "type", "__type", "error_type", "error",
)  # fmt: skip
_SURE = frozenset(("error_code", "errorCode", "errcode", "err_code", "error_msg", "errorMessage", "error_message"))
"""Fields that only errors have."""
_SUCCESS = frozenset(("0", "200", "ok", "success", "succeeded", "none", "null", "false", ""))
"""Codes and words that mean success."""
_FAILED = frozenset(("error", "fail", "failed", "failure", "exception"))
_STATUS = re.compile(r"([45]\d\d)(?:\d\d)?")
"""An HTTP status. Some servers append two digits of their own."""
_VAGUE = frozenset((
    "error", "an error", "an error occurred", "unknown error", "failed", "bad request", "invalid request",
    "invalid request error", "unprocessable entity", "validation error", "validation failed",
    "request validation failed", "one or more validation errors occurred", "internal server error",
    "provider returned error", "upstream error",
))  # fmt: skip
"""Messages that do not name the reason. Another field does."""
_MARKUP = re.compile(r"\s*<(!|\?xml|/?(html|head|body|title|center|div|p|h\d|pre|hr)\b)", re.I)
"""The beginning of a web page, which is not quoted."""
_FRAMED = re.compile(rb"\s*(data|event|error|id|retry)?:")
"""The beginning of a stream of events."""
_PASSED_ON = re.compile(r"litellm\.\w+: (?:(?:litellm\.)?\w*(?:Error|Exception)(?:: | - ))*(?=\S)")
"""LiteLLM puts names of its classes before the message of the API behind it."""
_DEPTH = 6
"""How many nested objects are read."""
_LONGEST = 300
"""Characters of a message."""


class ErrorReport(NamedTuple):
    """The content of an error response."""

    message: str
    """One line, at most 300 characters."""
    names: frozenset[str]
    """Its type and code."""
    parameter: str
    """The field of the request that the error is about."""
    fields: Mapping[str, Any]
    status: int | None = None
    """The HTTP status that its code stands for."""

    def words(self, otherwise: str) -> str:
        """The server's message, or `otherwise` where it has none."""
        return self.message or otherwise


def decoded(data: bytes) -> Any:
    """The decoded body of an error: JSON, which may come as an event of a stream, else text."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if _FRAMED.match(data):
        decoder = EventDecoder()
        data = next(iter((*decoder.decode(data), *decoder.flush())), data)
    text = data.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return text


def error_report(body: Any) -> ErrorReport:
    """Read a body, from the outermost to the innermost object."""
    message, parameter, names, status = "", "", set[str](), None
    fields: Mapping[str, Any] = {}
    for level in _levels(body):
        if isinstance(level, str):
            message = _plain(level) or message
            continue
        codes = {name: level[name] for name in _CODES if isinstance(level.get(name), str | int)}
        names |= {str(value) for value in codes.values()} | {str(value).lower() for value in codes.values()}
        status = _status(codes) or status
        parameter = level["param"] if isinstance(level.get("param"), str) else parameter
        words, field = _words(level)
        message = words if words and not (_is_vague(words) and not _is_vague(message)) else message
        parameter, fields = parameter or field, level if words or not fields else fields
    metadata = fields.get("metadata")
    if isinstance(metadata, dict) and isinstance(raw := metadata.get("raw"), str | dict):
        # A router quotes the error of the API behind it.
        behind = error_report(raw)
        message = ": ".join(filter(None, (message, behind.message)))[:_LONGEST]
        names |= behind.names
    return ErrorReport(_PASSED_ON.sub("", message) or message, frozenset(names), parameter, fields, status)


def is_fault(error: Any) -> bool:
    """Whether the value of a field `error` means an error. Some servers send an empty one with every good answer."""
    if isinstance(error, dict):
        return any(str(value).lower() not in _SUCCESS for value in error.values())
    return bool(error) and str(error).lower() not in _SUCCESS


def error_in(document: Any) -> bool:
    """Whether a JSON document without an answer is certainly an error."""
    if isinstance(document, list):
        return any(isinstance(each, dict) and error_in(each) for each in document[:1])
    if not isinstance(document, dict):
        return False
    if any(is_fault(document.get(name)) for name in ("error", "errors", "fault")) or document == {"error": {}}:
        return True
    if document.get("success") is False:
        return True
    if any(str(document.get(name)).lower() in _FAILED for name in ("object", "type", "status", "event")):
        return True
    if any(str(document[name]).lower() not in _SUCCESS for name in _SURE & document.keys()):
        return True
    nested = document.get("base_resp")
    if isinstance(nested, dict) and str(nested.get("status_code", 0)) not in _SUCCESS:
        return True
    if _status({name: document[name] for name in _CODES if name in document}) is not None:
        return True
    return str(document.get("code")).lower() not in _SUCCESS and _words(document)[0].lower() not in _SUCCESS


def one_line(text: str) -> str:
    """The first line of a text that has letters, and the next one too where the first ends in a colon. Halves of
    surrogate pairs, which JSON can hold and a file cannot, are replaced."""
    lines = text[:10_000].encode(errors="replace").decode().splitlines()
    with_letters = [line.strip() for line in lines if any(map(str.isalpha, line))] or [""]
    return " ".join(with_letters[: 2 if with_letters[0].endswith(":") else 1])[:_LONGEST]


def _levels(body: Any) -> Iterator[dict[str, Any] | str]:
    for _ in range(_DEPTH):
        if isinstance(body, list):
            body = body[0] if body else None
        if isinstance(body, str) and (passed_on := _document(body)) is not None:
            body = passed_on
            continue
        if isinstance(body, str):
            yield body
        if not isinstance(body, dict):
            return
        yield body
        names = (*_INSIDE, *_AROUND) if _is_vague(_words(body)[0]) else _INSIDE
        inside = (body[name] for name in names if isinstance(body.get(name), dict | list) and body[name])
        body = next(inside, None) or next(filter(None, (_document(body.get(name)) for name in _MESSAGES)), None)


def _document(text: Any) -> Any:
    """The error of another server that was passed on as an object or as JSON in a text; None for any other value."""
    if isinstance(text, dict):
        return text
    if isinstance(text, str) and text.lstrip().startswith(("{", "[")):
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    return None


def _words(level: Mapping[str, Any]) -> tuple[str, str]:
    """The message of one object, and the field of the request that it is about."""
    found = "", ""
    for name in _MESSAGES:
        words = _words_of(level.get(name), str(level.get("param") or ""))
        if words[0] and not _is_vague(words[0]):
            return words
        found = found if found[0] else words
    return found


def _words_of(value: Any, parameter: str = "", depth: int = 0) -> tuple[str, str]:
    """The words of one field, and the field of the request that they are about."""
    if depth > _DEPTH or not value:
        return "", ""
    if isinstance(value, str):
        return _plain(value), ""
    if isinstance(value, list):
        return next((found for each in value[:1] if (found := _words_of(each, parameter, depth + 1))[0]), ("", ""))
    if not isinstance(value, dict):
        return "", ""
    if value.keys() & {"msg", "loc"} and isinstance(value.get("loc", ()), list | tuple):
        # FastAPI and pydantic report a refused field in this way.
        location = value.get("loc") or ()
        parameter = parameter or str(location[-1] if location else "")
        return one_line(": ".join(filter(None, (parameter, str(value.get("msg", "")))))), parameter
    named = (value[name] for name in _MESSAGES if name in value)
    every = value.values() if not value.keys() & {*_MESSAGES, *_CODES} else named
    return next((found for each in every if (found := _words_of(each, parameter, depth + 1))[0]), ("", ""))


def _plain(text: str) -> str:
    """A text in one line, with the message in place of JSON within it; "" for a web page."""
    if _MARKUP.match(text):
        return ""
    before, brace, _ = text[:10_000].partition("{")
    if brace:
        with suppress(ValueError, RecursionError):
            within, end = json.JSONDecoder().raw_decode(text[len(before) : 10_000])
            if isinstance(within, dict) and (words := error_report(within).message):
                return one_line(f"{before.strip()} {words} {text[len(before) + end :].strip()}")
    return one_line(text)


def _is_vague(words: str) -> bool:
    """Whether the words name only the kind of the error, or nothing at all."""
    bare = words.strip(" .!:").lower()
    return bare in _VAGUE or (bare.isascii() and " " not in bare)


def _status(codes: Mapping[str, Any]) -> int | None:
    for value in codes.values():
        if not isinstance(value, bool) and (found := _STATUS.fullmatch(str(value).strip())):
            return int(found[1])
    return None
