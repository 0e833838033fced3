"""Maps the errors of the openai client, of the connection and of servers to BackendErrors. This happens only here."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin

import msgspec

from diptych.backends.backend_errors import (
    BackendError,
    BadKey,
    BadRequest,
    Dropped,
    Loading,
    NoQuota,
    RateLimited,
    Refused,
    ServerError,
    TimedOut,
    TooLong,
    UnknownModel,
    Unreachable,
    Unsupported,
)
from diptych.backends.connection_errors import CHECK_URL, from_connection_error, from_plain_http_reply
from diptych.backends.credentials import NO_KEY
from diptych.backends.error_meanings import is_busy, is_no_model, is_no_quota, is_refused, is_too_long
from diptych.backends.error_reports import ErrorReport, decoded, error_report, one_line
from diptych.backends.loading_errors import says_loading
from diptych.backends.rate_limit_headers import in_words, retry_after
from diptych.errors import AGAIN, MODELS

_KEY = "see that the variable which api_key_env names in config.toml holds a key of this endpoint"
_STILL_LOADING = "see the server's log, or raise loading_timeout for the endpoint in config.toml"
_MODEL = f"check model in config.toml; {MODELS}"
_NO_CREDIT = "add credit, or use another key"
_DEPLOYMENT = "check the name of the deployment, in base_url or as model in config.toml"

_NAMED = (
    (429, re.compile(r"rate.?limit|throttl|too.?many.?requests|overload|resource.?exhausted", re.I)),
    (401, re.compile(r"auth|api.?key|invalid.?key", re.I)),
    (403, re.compile(r"permission|forbidden", re.I)),
    (400, re.compile(r"invalid.?(request|argument|param)|bad.?request|validation", re.I)),
    (503, re.compile(r"unavailable", re.I)),
    (504, re.compile(r"time.?d?.?out|deadline", re.I)),
)
"""The status that the name of an error stands for, where no code names one."""
_PASSING = (502, 503, 529)
"""Statuses which say that a server, or one behind it, is away for a moment."""
_BILLING_WORDS = re.compile(r"exceeded your current quota\W+(please )?check your plan and billing", re.I)
"""The account is used up. Some APIs also say so about a quota per minute, and then name the wait. A proxy may pass on
these words without their code."""
_NO_DATABASE = {"no_db_connection"}
"""LiteLLM without a database has this name for a key that it does not know."""
_BAD_KEY_WORDS = re.compile(r"api.key (is )?(not valid|invalid)|(invalid|incorrect) api.key", re.I)
_NO_PATH_WORDS = re.compile(
    r"invalid url|(file|page|path|route|url|resource) not found|unknown (path|url|request)"
    r"|cannot (get|post)|^not found$",
    re.I,
)
GATEWAY_TIMEOUTS = (408, 504, 524)
"""Statuses of a proxy that has waited too long for the server behind it."""
_SETTABLE = {"temperature", "top_p", "seed", "stop", "logprobs", "top_logprobs", "stream_options", "max_tokens"}
"""Fields that a side can leave out of its requests."""
_HALF_CHARACTER = re.compile(rb"(?i)\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]")
"""One of two escapes that make up a character, without the other."""
_QUOTED = 80
"""How many bytes of an unreadable reply are shown."""
_TELLING = 8
"""So many characters of a key in a row are never shown."""
_SECRET = re.compile(r"\b(sk|gsk|xai|pplx|hf)([-_])[\w*.\-]{4,}")


def from_exception(error: Exception, base_url: str, model: str, timeout: float) -> BackendError:
    """An exception of any kind as a BackendError. `timeout` in seconds, for the message."""
    import httpx2
    import openai

    if isinstance(error, BackendError):
        return error
    if isinstance(error, openai.APITimeoutError) and isinstance(error.__cause__, httpx2.ConnectTimeout):
        return Unreachable(f"no response from {base_url}", f"start the server or fix base_url, then {AGAIN}")
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return TimedOut(f"nothing came from {base_url} for {timeout:g} s", f"{AGAIN}, or raise the endpoint's timeout")
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, model)
    if isinstance(error, openai.APIConnectionError):
        return from_connection_error(error, base_url)
    if isinstance(error, httpx2.DecodingError):
        return ServerError("the server's compressed reply cannot be read", f"the text so far is kept; {AGAIN}")
    if isinstance(error, httpx2.HTTPError):
        return Dropped("the connection broke in the middle of the answer", f"the text so far is kept; {AGAIN}")
    return ServerError(f"{type(error).__name__}: {error}", AGAIN)


def from_report(document: Any) -> BackendError:
    """The BackendError for an error that a server reports in a response of status 200."""
    report = error_report(document)
    status = report.status or _status_of(report)
    # Without a code the words decide, as for a refused request.
    assumed = 503 if says_loading(503, report.names, report.message, report.fields) else 400
    error = _by_content(report, status or assumed, "") or _of_billing(report, status, {}, str(document))
    if error is None and status in (None, *_PASSING) and is_busy(report):
        error = _too_many(report, {}, str(document))
    error = error or _by_status(report, status or 500, {}, str(document))
    error.passes = error.passes or status in (*_PASSING, *GATEWAY_TIMEOUTS)
    return error


def body_of(error: Any) -> Any:
    """The whole body of an error response; the official client keeps only its field `error`. None for other errors."""
    return decoded(error.response.content) if getattr(error, "response", None) is not None else None


def from_unreadable_event(data: bytes, begun: bool, why: Exception | None = None) -> BackendError:
    """The error for an event that is no part of an answer.

    `why`: the decoder's error. `begun`: whether a part of the answer came before it.
    """
    hint = f"the text so far is kept; {AGAIN}" if begun else CHECK_URL
    if data.lstrip().startswith(b"<"):
        return ServerError("the server sent a web page in place of an answer", hint)
    if why is not None and _HALF_CHARACTER.search(data):
        return ServerError("the server sent half of a character", hint)
    if isinstance(why, msgspec.DecodeError) and "truncated" in str(why):
        return Dropped("the answer broke off before its end", f"the text so far is kept; {AGAIN}")
    if isinstance(why, RecursionError):
        return ServerError("the server sent JSON that is nested too deeply", hint)
    if isinstance(why, msgspec.ValidationError):
        return ServerError(f"the server sent a piece of the answer in an unknown form: {_unexpected(why)}", hint)
    text = one_line(data[:_QUOTED].decode(errors="replace"))
    return ServerError(f"the server sent this in place of a piece of an answer: {text}", hint)


def _unexpected(why: msgspec.ValidationError) -> str:
    """What was expected of a field and what was found, in the same words as messages about config.toml."""
    match = re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`(?: - at `\$\.?([^`]*)`)?", str(why))
    if match is None:
        return str(why)
    expected, found, field = match.groups()
    return f"{field + ': ' if field else ''}expected {expected.replace(' | ', ' or ')}, found {found}"


def full_text(error: Exception) -> str:
    """The message of an error and the rest of what the server sent: it may name the time of the next try."""
    return f"{error} {getattr(error, 'body', None) or ''}"


def is_loading(status: int, body: Any) -> bool:
    """Whether the body of an error says that the model will be ready in a while."""
    report = error_report(body)
    return says_loading(status, report.names, report.message, report.fields)


def without_key(error: BackendError, *secrets: str) -> BackendError:
    """The error without any secret that a server may have quoted, whole or in part."""
    message = _SECRET.sub(r"\1\2…", masked(error.message, *secrets))
    return error if message == error.message else type(error)(message, error.hint)


def masked(text: str, *secrets: str) -> str:
    """The text without the secrets, whole or in part."""
    for secret in secrets:
        text = _masked(text, secret)
    return text


def _masked(text: str, key: str) -> str:
    """The text without the key, its beginnings and its ends: messages may quote a key shortened."""
    parts = (part for length in range(len(key) - 1, _TELLING - 1, -1) for part in (key[:length], key[-length:]))
    for part in (key, *parts):
        if len(part) > len(NO_KEY):
            text = text.replace(part, "(the key)")
    return text


def _of_status(error: Any, model: str) -> BackendError:
    status: int = error.status_code
    body = body_of(error)
    report = error_report(body)
    path = error.request.url.path
    if (
        path.endswith("/completions")
        and not path.endswith("/chat/completions")
        and _no_text_completions(report, status)
    ):
        return Unsupported(
            report.words("the endpoint does not continue plain text"), "ask in the chat form, or use a vllm endpoint"
        )
    if status < 400:
        return _of_redirect(error)
    if status == 400 and (plain := from_plain_http_reply(error.response.text, str(error.request.url))) is not None:
        return plain
    known = _by_content(report, status, model) or _of_billing(report, status, error.response.headers, full_text(error))
    if known is None and status in (404, 405) and _is_no_path(report, body):
        words = f": {report.message}" if report.message else ""
        return BadRequest(f"{error.request.url} is not there{words}", CHECK_URL)
    return known or _by_status(report, status, error.response.headers, full_text(error))


def _of_redirect(error: Any) -> BackendError:
    """The server redirects the request. diptych does not follow: the prompt would go to an address that the user did
    not choose, and the record would not name the address that has answered."""
    location = error.response.headers.get("location", "")
    if not location:
        return BadRequest(f"{error.request.url} answers with status {error.status_code}, which is no answer", CHECK_URL)
    with suppress(ValueError):
        location = urljoin(str(error.request.url), location)
    location, mark, query = location.partition("?")
    for path in ("/chat/completions", "/completions", "/models"):
        location = location.removesuffix(path)
    location += mark + query
    return BadRequest(
        f"the server redirects requests to {location[:300]}", "set base_url in config.toml to that, if you trust it"
    )


def _no_text_completions(report: ErrorReport, status: int) -> bool:
    return (status in (404, 405) and not is_no_model(report, status, "")) or "chat model" in report.message


def _is_no_path(report: ErrorReport, body: Any) -> bool:
    """Whether a 404 is about the address and not about the model: the body is not one of the API, or it says so."""
    from_api = isinstance(body, dict) and "detail" not in body
    return not from_api or bool(_NO_PATH_WORDS.search(report.message))


def _by_content(report: ErrorReport, status: int, model: str) -> BackendError | None:
    """The error, where type, code or words identify it, and not the status."""
    if says_loading(status, report.names, report.message, report.fields):
        return Loading(report.words("the model is not loaded yet"), f"{_STILL_LOADING}, then {AGAIN}")
    if report.names & _NO_DATABASE:
        words = f": {report.message}" if report.message else ""
        return BadKey(f"the endpoint does not know the key (LiteLLM without a database{words})", _KEY)
    if is_too_long(report, status):
        return TooLong(_too_long(report), _hint_about_length(report))
    if "unsupported_country_region_territory" in report.names:
        return Refused(report.words("the endpoint does not serve this country"), "use another endpoint")
    if is_refused(report, status):
        return Refused(report.words("the endpoint's policy forbids the prompt"), "ask in other words")
    if is_no_quota(report, status):
        return NoQuota(report.words("the account's quota is used up"), _NO_CREDIT)
    if is_no_model(report, status, model):
        hint = _DEPLOYMENT if "DeploymentNotFound" in report.names else _MODEL
        return UnknownModel(report.words(f"no model {model!r} there"), hint)
    return None


def _of_billing(report: ErrorReport, status: int | None, headers: Mapping[str, str], full: str) -> NoQuota | None:
    """NoQuota, where the words alone say that the account is used up; `full`, the full text, names no wait then."""
    if status != 429 or not _BILLING_WORDS.search(report.message) or retry_after(headers, full) is not None:
        return None
    return NoQuota(report.message, _NO_CREDIT)


def _status_of(report: ErrorReport) -> int | None:
    """The status that the names of an error stand for."""
    named = " ".join(report.names)
    return next((status for status, pattern in _NAMED if pattern.search(named)), None)


def _too_many(report: ErrorReport, headers: Mapping[str, str], full: str) -> RateLimited:
    wait = retry_after(headers, full)
    when = f"wait {in_words(wait)}" if wait else "wait a little"
    return RateLimited(report.words("too many requests"), f"{when}, then {AGAIN}")


def _by_status(report: ErrorReport, status: int, headers: Mapping[str, str], full: str) -> BackendError:
    if status == 403 and "logprobs" in report.message:
        return BadRequest(report.message, 'add leave_out = ["logprobs"] to the side in config.toml')
    if status in (401, 403) or (status == 400 and _BAD_KEY_WORDS.search(report.message)):
        return BadKey(report.words("the endpoint does not accept the key"), _KEY)
    if status == 404:
        return UnknownModel(report.words("the endpoint does not have that"), f"{_MODEL}, and base_url")
    if status in GATEWAY_TIMEOUTS:
        return TimedOut(report.words("the server waited too long"), AGAIN)
    if status == 413:
        return TooLong(report.words("the request is too large for the server"), "shorten it")
    if status == 429:
        return _too_many(report, headers, full)
    if status >= 500:
        return ServerError(report.words(f"the server failed with status {status}"), AGAIN)
    message = report.words(f"the server refused the request with status {status}")
    if report.parameter == "n":
        return BadRequest(message, "set samples_per_request = 1 for the endpoint in config.toml")
    if report.parameter in _SETTABLE:
        name = "logprobs" if report.parameter == "top_logprobs" else report.parameter
        return BadRequest(message, _hint_about_parameter(name, report))
    if status == 409:
        return BadRequest(message, AGAIN)
    if not report.message:
        return BadRequest(message, f"{CHECK_URL}; and see the side's parameters")
    return BadRequest(message, "see what the message names, and change it for the side in config.toml")


def _hint_about_parameter(name: str, report: ErrorReport) -> str:
    leave_out = f'leave_out = ["{name}"]'
    if "unsupported_parameter" in report.names or "extra_forbidden" in str(report.fields):
        return f"add {leave_out} to the side in config.toml"
    return f"give the side another {name} in config.toml, or {leave_out}"


def _too_long(report: ErrorReport) -> str:
    wanted, context = report.fields.get("n_prompt_tokens"), report.fields.get("n_ctx")
    if isinstance(wanted, int) and isinstance(context, int):
        words = f": {report.message}" if report.message else ""
        return f"the prompt has {wanted} tokens, the model's context holds {context}{words}"
    return report.words("the prompt is longer than the model's context")


def _hint_about_length(report: ErrorReport) -> str:
    if "max_tokens" in report.message:
        return "lower max_tokens of the side in config.toml, or shorten the prompt"
    return "shorten it"
