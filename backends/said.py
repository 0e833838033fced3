"""What a server says of an error, in whichever of the usual shapes: its words, its codes, the field it is about."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

_INSIDE = ("error", "errors", "fault", "Error", "Response", "ResponseMetadata", "base_resp", "innererror")
"""Fields in which the error itself lies."""
_MESSAGES = (
    "message", "error_message", "errorMessage", "error_msg", "errmsg", "err_msg", "msg", "Message", "detail",
    "status_msg", "faultstring", "error_description", "description", "reason", "title", "error", "text",
)  # fmt: skip
_CODES = (
    "code", "error_code", "errorCode", "errcode", "err_code", "Code", "status_code", "statusCode", "http_status",
    "http_status_code", "status", "type", "__type", "error_type", "error",
)  # fmt: skip
_SURE = frozenset(("error_code", "errorCode", "errcode", "err_code", "error_msg", "errorMessage", "error_message"))
"""Fields that only errors have."""
_WELL = frozenset(("0", "200", "ok", "success", "succeeded", "none", "null", ""))
"""Codes that tell of no error."""
_FAILED = frozenset(("error", "fail", "failed", "failure", "exception"))
_STATUS = re.compile(r"([45]\d\d)(?:\d\d)?")
"""A status of HTTP, which some servers lengthen by two digits of their own."""
_PASSED_ON = re.compile(r"litellm\.\w+: (?:(?:litellm\.)?\w*(?:Error|Exception)(?:: | - ))*(?=\S)")
"""What LiteLLM puts before the words of the API behind it: names of its own classes."""
_NESTED = 6
_LONGEST = 300


class Said(NamedTuple):
    """What the body of an error response says."""

    message: str
    """One line, at most 300 characters."""
    names: frozenset[str]
    """Its type and code."""
    parameter: str
    """The field of the request that it is about."""
    fields: Mapping[str, Any]
    status: int | None = None
    """The status of HTTP that its code stands for."""

    def words(self, otherwise: str) -> str:
        """The server's own words, if it has any."""
        return self.message or otherwise


def said_in(body: Any) -> Said:
    """What a body says, from the outermost to the innermost of the objects that lie in one another."""
    message, parameter, names, status = "", "", set[str](), None
    fields: Mapping[str, Any] = {}
    for level in _levels(body):
        if isinstance(level, str):
            # A web page is nothing to quote.
            message = "" if level.lstrip().startswith("<") else one_line(level) or message
            continue
        told = {name: level[name] for name in _CODES if isinstance(level.get(name), str | int)}
        names |= {str(value) for value in told.values()} | {str(value).lower() for value in told.values()}
        status = _status(told) or status
        parameter = level["param"] if isinstance(level.get("param"), str) else parameter
        words, place = _words(level)
        message, parameter, fields = words or message, parameter or place, level if words or not fields else fields
    metadata = fields.get("metadata")
    if isinstance(metadata, dict) and isinstance(raw := metadata.get("raw"), str):
        # A router quotes what the API behind it has said.
        behind = said_in(raw)
        message = ": ".join(filter(None, (message, behind.message)))[:_LONGEST]
        names |= behind.names
    return Said(_PASSED_ON.sub("", message) or message, frozenset(names), parameter, fields, status)


def error_in(document: Any) -> bool:
    """Whether a JSON document in which there is no answer is surely an error."""
    if isinstance(document, list):
        return any(isinstance(each, dict) and error_in(each) for each in document[:1])
    if not isinstance(document, dict):
        return False
    if any(document.get(name) for name in ("error", "errors", "fault")) or document.get("success") is False:
        return True
    if any(str(document.get(name)).lower() in _FAILED for name in ("object", "type", "status", "event")):
        return True
    if any(str(document[name]).lower() not in _WELL for name in _SURE & document.keys()):
        return True
    nested = document.get("base_resp")
    if isinstance(nested, dict) and str(nested.get("status_code", 0)) not in _WELL:
        return True
    if _status({name: document[name] for name in _CODES if name in document}) is not None:
        return True
    return str(document.get("code")).lower() not in _WELL and bool(_words(document)[0])


def one_line(text: str) -> str:
    """The first line with a word in it. Halves of characters, which JSON can hold and no file can, are replaced."""
    lines = text[:10_000].encode(errors="replace").decode().splitlines()
    return next((line.strip() for line in lines if any(map(str.isalpha, line))), "")[:_LONGEST]


def _levels(body: Any) -> Iterator[dict[str, Any] | str]:
    for _ in range(_NESTED):
        if isinstance(body, list):
            body = body[0] if body else None
        if isinstance(body, str) and body.lstrip().startswith(("{", "[")):
            # An error of another server, passed on as text.
            with suppress(ValueError, RecursionError):
                body = json.loads(body)
                continue
        if isinstance(body, str):
            yield body
        if not isinstance(body, dict):
            return
        yield body
        body = next((body[name] for name in _INSIDE if isinstance(body.get(name), dict | list)), None)


def _words(level: Mapping[str, Any]) -> tuple[str, str]:
    """The message of one object, and the field that it is about."""
    for name in _MESSAGES:
        value = level.get(name)
        while isinstance(value, dict):
            value = value.get("detail") or value.get("message")
        if isinstance(value, list) and value and isinstance(value[0], dict) and value[0].keys() & {"msg", "loc"}:
            # How FastAPI and pydantic tell of a field that they do not want.
            place = value[0].get("loc") or ()
            parameter = str(level.get("param") or (place[-1] if place else ""))
            return one_line(f"{parameter}: {value[0].get('msg', '')}"), parameter
        if isinstance(value, str) and not value.lstrip().startswith("<") and (words := one_line(value)):
            return words, ""
    return "", ""


def _status(told: Mapping[str, Any]) -> int | None:
    for value in told.values():
        if not isinstance(value, bool) and (found := _STATUS.fullmatch(str(value).strip())):
            return int(found[1])
    return None
