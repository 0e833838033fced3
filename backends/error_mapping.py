"""The one place where errors of the openai client, of the connection and of servers become ours."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin

import msgspec

from diptych.backends.connection_errors import CHECK_URL, of_connection, of_plain_http
from diptych.backends.credentials import NO_KEY
from diptych.backends.error_meanings import is_busy, is_no_model, is_no_quota, is_refused, is_too_long
from diptych.backends.error_reports import ErrorReport, decoded, error_report, one_line
from diptych.backends.errors import (
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
"""The status that the name of an error stands for, where no code does."""
_PASSING = (502, 503, 529)
"""Statuses of a server, or of one behind it, that is away for a moment."""
_BILLING_WORDS = re.compile(r"exceeded your current quota\W+(please )?check your plan and billing", re.I)
"""Of a used-up account, and by some APIs of a quota a minute as well, which then say when to come again. A proxy may
pass on these words without their code."""
_NO_DATABASE = {"no_db_connection"}
"""How LiteLLM without a database calls a key that it does not know."""
_BAD_KEY_WORDS = re.compile(r"api.key (is )?(not valid|invalid)|(invalid|incorrect) api.key", re.I)
_NO_PATH_WORDS = re.compile(
    r"invalid url|(file|page|path|route|url|resource) not found|unknown (path|url|request)"
    r"|cannot (get|post)|^not found$",
    re.I,
)
GATEWAY_TIMEOUTS = (408, 504, 524)
"""Statuses of one that has waited too long for the server behind it."""
_SETTABLE = {"temperature", "top_p", "seed", "stop", "logprobs", "top_logprobs", "stream_options", "max_tokens"}
"""What a side can leave out of its requests."""
_HALF_CHARACTER = re.compile(rb"(?i)\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]")
"""One of two escapes that make up a character, alone."""
_QUOTED = 80
"""Bytes of what a server sent that are shown."""
_TELLING = 8
"""Characters of a key that are too many to be shown."""
_SECRET = re.compile(r"\b(sk|gsk|xai|pplx|hf)([-_])[\w*.\-]{4,}")


def of_exception(error: Exception, base_url: str, model: str, timeout: float) -> BackendError:
    """Whatever was raised while an answer was read, as a BackendError."""
    import httpx2
    import openai

    if isinstance(error, BackendError):
        return error
    if isinstance(error, openai.APITimeoutError) and isinstance(error.__cause__, httpx2.ConnectTimeout):
        return Unreachable(f"nobody answers at {base_url}", f"start the server or fix base_url, then {AGAIN}")
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return TimedOut(f"nothing came from {base_url} for {timeout:g} s", f"{AGAIN}, or raise the endpoint's timeout")
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, model)
    if isinstance(error, openai.APIConnectionError):
        return of_connection(error, base_url)
    if isinstance(error, httpx2.DecodingError):
        return ServerError("what the server compressed cannot be read", f"what came is kept; {AGAIN}")
    if isinstance(error, httpx2.HTTPError):
        return Dropped("the connection broke in the middle of the answer", f"what came is kept; {AGAIN}")
    return ServerError(f"{type(error).__name__}: {error}", AGAIN)


def of_report(report: Any) -> BackendError:
    """An error that a server reports within a response of status 200, in a stream or in place of an answer."""
    said = error_report(report)
    status = said.status or _status_of(said)
    # Where no code tells what it is, its words do, as they do for a request that is refused.
    assumed = 503 if says_loading(503, said.names, said.message, said.fields) else 400
    error = _told(said, status or assumed, "") or _of_billing(said, status, {}, str(report))
    if error is None and status in (None, *_PASSING) and is_busy(said):
        error = _too_many(said, {}, str(report))
    error = error or _by_status(said, status or 500, {}, str(report))
    error.passes = error.passes or status in (*_PASSING, *GATEWAY_TIMEOUTS)
    return error


def body_of(error: Any) -> Any:
    """All that was said with a status; the official client keeps only what lies in the field `error`. What was raised
    otherwise has none."""
    return decoded(error.response.content) if getattr(error, "response", None) is not None else None


def of_junk(data: bytes, begun: bool, why: Exception | None = None) -> BackendError:
    """What came in place of a piece of an answer, `why` it is none, as the decoder says; `begun`: whether some of the
    answer was there before."""
    hint = f"what came is kept; {AGAIN}" if begun else CHECK_URL
    if data.lstrip().startswith(b"<"):
        return ServerError("the server sent a web page in place of an answer", hint)
    if why is not None and _HALF_CHARACTER.search(data):
        return ServerError("the server sent half of a character", hint)
    if isinstance(why, msgspec.DecodeError) and "truncated" in str(why):
        return Dropped("the answer broke off before its end", f"what came is kept; {AGAIN}")
    if isinstance(why, RecursionError):
        return ServerError("the server sent JSON that is nested too deeply", hint)
    if isinstance(why, msgspec.ValidationError):
        return ServerError(f"the server sent a piece of the answer in an unknown form: {_unexpected(why)}", hint)
    said = one_line(data[:_QUOTED].decode(errors="replace"))
    return ServerError(f"the server sent this in place of a piece of an answer: {said}", hint)


def _unexpected(why: msgspec.ValidationError) -> str:
    """What a field was to be and is, in the words of the messages about config.toml."""
    told = re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`(?: - at `\$\.?([^`]*)`)?", str(why))
    if told is None:
        return str(why)
    expected, found, place = told.groups()
    return f"{place + ': ' if place else ''}expected {expected.replace(' | ', ' or ')}, found {found}"


def full_text(error: Exception) -> str:
    """All that an error says, with what the server has sent besides its message: the time of the next try, say."""
    return f"{error} {getattr(error, 'body', None) or ''}"


def is_loading(status: int, body: Any) -> bool:
    """Whether the body of an error says that the model will be there in a while."""
    said = error_report(body)
    return says_loading(status, said.names, said.message, said.fields)


def without_key(error: BackendError, *secrets: str) -> BackendError:
    """The error without the key in it, nor what else is secret, if a server repeats it, whole or in part."""
    said = _SECRET.sub(r"\1\2…", masked(error.message, *secrets))
    return error if said == error.message else type(error)(said, error.hint)


def masked(text: str, *secrets: str) -> str:
    """The text without any of them, whole or in part."""
    for secret in secrets:
        text = _masked(text, secret)
    return text


def _masked(text: str, key: str) -> str:
    """The text without the key, its beginnings and its ends: servers shorten it, and so does the quoting of them."""
    halves = (part for length in range(len(key) - 1, _TELLING - 1, -1) for part in (key[:length], key[-length:]))
    for part in (key, *halves):
        if len(part) > len(NO_KEY):
            text = text.replace(part, "(the key)")
    return text


def _of_status(error: Any, model: str) -> BackendError:
    status: int = error.status_code
    body = body_of(error)
    said = error_report(body)
    path = error.request.url.path
    if path.endswith("/completions") and not path.endswith("/chat/completions") and _no_text_completions(said, status):
        return Unsupported(
            said.words("the endpoint does not go on with plain text"), "ask in the chat form, or use a vllm endpoint"
        )
    if status < 400:
        return _of_redirect(error)
    if status == 400 and (plain := of_plain_http(error.response.text, str(error.request.url))) is not None:
        return plain
    known = _told(said, status, model) or _of_billing(said, status, error.response.headers, full_text(error))
    if known is None and status in (404, 405) and _is_no_path(said, body):
        words = f": {said.message}" if said.message else ""
        return BadRequest(f"{error.request.url} is not there{words}", CHECK_URL)
    return known or _by_status(said, status, error.response.headers, full_text(error))


def _of_redirect(error: Any) -> BackendError:
    """The server sends the request on. Nobody follows: the prompt would go to an address that nobody chose, and the
    record would name another than the one that has answered."""
    told = error.response.headers.get("location", "")
    if not told:
        return BadRequest(f"{error.request.url} answers with status {error.status_code}, which is no answer", CHECK_URL)
    place = told
    with suppress(ValueError):
        place = urljoin(str(error.request.url), told)
    place, mark, query = place.partition("?")
    for path in ("/chat/completions", "/completions", "/models"):
        place = place.removesuffix(path)
    place += mark + query
    return BadRequest(
        f"the server sends requests on to {place[:300]}", "set base_url in config.toml to that, if you trust it"
    )


def _no_text_completions(said: ErrorReport, status: int) -> bool:
    return (status in (404, 405) and not is_no_model(said, status, "")) or "chat model" in said.message


def _is_no_path(said: ErrorReport, body: Any) -> bool:
    """Whether a 404 is about the address, not about the model: it does not speak as the API does, or says so."""
    told_by_api = isinstance(body, dict) and "detail" not in body
    return not told_by_api or bool(_NO_PATH_WORDS.search(said.message))


def _told(said: ErrorReport, status: int, model: str) -> BackendError | None:
    """The errors that are told by their type, code or words, not by their status."""
    if says_loading(status, said.names, said.message, said.fields):
        return Loading(said.words("the model is not loaded yet"), f"{_STILL_LOADING}, then {AGAIN}")
    if said.names & _NO_DATABASE:
        words = f": {said.message}" if said.message else ""
        return BadKey(f"the endpoint does not know the key (LiteLLM without a database{words})", _KEY)
    if is_too_long(said, status):
        return TooLong(_too_long(said), _mend_of_length(said))
    if "unsupported_country_region_territory" in said.names:
        return Refused(said.words("the endpoint does not serve this country"), "use another endpoint")
    if is_refused(said, status):
        return Refused(said.words("the endpoint's policy forbids the prompt"), "ask in other words")
    if is_no_quota(said, status):
        return NoQuota(said.words("the account's quota is used up"), _NO_CREDIT)
    if is_no_model(said, status, model):
        hint = _DEPLOYMENT if "DeploymentNotFound" in said.names else _MODEL
        return UnknownModel(said.words(f"no model {model!r} there"), hint)
    return None


def _of_billing(said: ErrorReport, status: int | None, headers: Mapping[str, str], whole: str) -> NoQuota | None:
    """A refusal that will not pass, where its words alone tell of it: `whole` says nothing of when to come again."""
    if status != 429 or not _BILLING_WORDS.search(said.message) or retry_after(headers, whole) is not None:
        return None
    return NoQuota(said.message, _NO_CREDIT)


def _status_of(said: ErrorReport) -> int | None:
    """The status that the names of an error stand for."""
    named = " ".join(said.names)
    return next((status for status, pattern in _NAMED if pattern.search(named)), None)


def _too_many(said: ErrorReport, headers: Mapping[str, str], whole: str) -> RateLimited:
    wait = retry_after(headers, whole)
    when = f"wait {in_words(wait)}" if wait else "wait a little"
    return RateLimited(said.words("too many requests"), f"{when}, then {AGAIN}")


def _by_status(said: ErrorReport, status: int, headers: Mapping[str, str], whole: str) -> BackendError:
    if status == 403 and "logprobs" in said.message:
        return BadRequest(said.message, 'add leave_out = ["logprobs"] to the side in config.toml')
    if status in (401, 403) or (status == 400 and _BAD_KEY_WORDS.search(said.message)):
        return BadKey(said.words("the endpoint does not accept the key"), _KEY)
    if status == 404:
        return UnknownModel(said.words("the endpoint does not have that"), f"{_MODEL}, and base_url")
    if status in GATEWAY_TIMEOUTS:
        return TimedOut(said.words("the server waited too long"), AGAIN)
    if status == 413:
        return TooLong(said.words("the request is too large for the server"), "shorten it")
    if status == 429:
        return _too_many(said, headers, whole)
    if status >= 500:
        return ServerError(said.words(f"the server failed with status {status}"), AGAIN)
    message = said.words(f"the server refused the request with status {status}")
    if said.parameter == "n":
        return BadRequest(message, "set samples_per_request = 1 for the endpoint in config.toml")
    if said.parameter in _SETTABLE:
        name = "logprobs" if said.parameter == "top_logprobs" else said.parameter
        return BadRequest(message, _mend_of_parameter(name, said))
    if status == 409:
        return BadRequest(message, AGAIN)
    if not said.message:
        return BadRequest(message, f"{CHECK_URL}; and see the side's parameters")
    return BadRequest(message, "see what the message names, and change it for the side in config.toml")


def _mend_of_parameter(name: str, said: ErrorReport) -> str:
    leave_out = f'leave_out = ["{name}"]'
    if "unsupported_parameter" in said.names or "extra_forbidden" in str(said.fields):
        return f"add {leave_out} to the side in config.toml"
    return f"give the side another {name} in config.toml, or {leave_out}"


def _too_long(said: ErrorReport) -> str:
    wanted, context = said.fields.get("n_prompt_tokens"), said.fields.get("n_ctx")
    if isinstance(wanted, int) and isinstance(context, int):
        words = f": {said.message}" if said.message else ""
        return f"the prompt has {wanted} tokens, the model's context holds {context}{words}"
    return said.words("the prompt is longer than the model's context")


def _mend_of_length(said: ErrorReport) -> str:
    if "max_tokens" in said.message:
        return "lower max_tokens of the side in config.toml, or shorten the prompt"
    return "shorten it"
