"""The one place where errors of the openai client, of the connection and of servers become ours."""

from typing import Any

import msgspec

from backends.errors import (
    BackendError,
    BadKey,
    BadRequest,
    Dropped,
    NoQuota,
    RateLimited,
    Refused,
    ServerError,
    TimedOut,
    TooLong,
    UnknownModel,
    Unreachable,
)

_AGAIN = "press r to ask again"
_TOO_LONG = {"exceed_context_size_error", "context_length_exceeded"}
_REFUSED = {"content_policy_violation", "content_filter", "invalid_prompt"}


def of_exception(error: Exception, base_url: str, model: str, timeout: float) -> BackendError:
    """Whatever was raised while an answer was read, as a BackendError."""
    import httpx2
    import openai

    if isinstance(error, BackendError):
        return error
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return TimedOut(f"nothing came from {base_url} for {timeout:g} s", f"{_AGAIN}, or raise the endpoint's timeout")
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, model)
    if isinstance(error, openai.APIConnectionError):
        return Unreachable(f"nobody answers at {base_url}", f"start the server or mend base_url, then {_AGAIN}")
    if isinstance(error, httpx2.HTTPError):
        return Dropped("the connection broke in the middle of the answer", f"what came is kept; {_AGAIN}")
    if isinstance(error, msgspec.DecodeError):
        return ServerError("the server sent something that is not a chat completion chunk", "check base_url")
    return ServerError(f"{type(error).__name__}: {error}", _AGAIN)


def of_event(error: Any) -> BackendError:
    """An error that a server reports inside a stream."""
    return _of_body(error, 500) or ServerError(_message(error, "the server reported an error"), _AGAIN)


def _of_status(error: Any, model: str) -> BackendError:
    status: int = error.status_code
    body = error.body
    if status in (401, 403):
        return BadKey(
            _message(body, "the endpoint does not accept the key"), "check the variable that api_key_env names"
        )
    if (known := _of_body(body, status)) is not None:
        return known
    if status == 404:
        return UnknownModel(_message(body, f"no model {model!r} there"), "check model and base_url in config.toml")
    if status == 429:
        return RateLimited(_message(body, "too many requests"), f"wait a little, then {_AGAIN}")
    if status >= 500:
        return ServerError(_message(body, f"the server failed with status {status}"), _AGAIN)
    return BadRequest(_message(body, f"the server refused the request with status {status}"), "change the request")


def _of_body(body: Any, status: int) -> BackendError | None:
    """The errors that are told by their type or code, not by their status."""
    if not isinstance(body, dict):
        return None
    names = {body.get("type"), body.get("code")}
    if names & _TOO_LONG or (status == 400 and "maximum context length" in str(body.get("message"))):
        return TooLong(_too_long(body), "shorten it, or start a fresh instance: f")
    if names & _REFUSED:
        return Refused(_message(body, "the endpoint's policy forbids the prompt"), "ask in other words")
    if "insufficient_quota" in names:
        return NoQuota(_message(body, "the account's quota is used up"), "add credit or use another key")
    return None


def _too_long(body: dict[str, Any]) -> str:
    wanted, context = body.get("n_prompt_tokens"), body.get("n_ctx")
    if isinstance(wanted, int) and isinstance(context, int):
        return f"the prompt has {wanted} tokens, the model's context holds {context}"
    return _message(body, "the prompt is longer than the model's context")


def _message(body: Any, otherwise: str) -> str:
    """The server's own words, first line, at most 200 characters."""
    said = body.get("message") if isinstance(body, dict) else None
    return said.strip().splitlines()[0][:200] if isinstance(said, str) and said.strip() else otherwise
