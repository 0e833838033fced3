"""What flows between a console and a model: a request goes out, deltas and one end come back."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Literal, Protocol

import msgspec


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How an answer is drawn; what is None is left to the endpoint."""

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    logprobs: int | None = None
    """Alternatives wanted for each token, 0 to 20; None asks for no log-probabilities."""


class Request(msgspec.Struct, frozen=True):
    """One answer wanted from one model."""

    model: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()


class TokenLogprob(msgspec.Struct, frozen=True):
    """A drawn token with its natural log-probability and that of its likeliest alternatives."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


class Delta(msgspec.Struct, frozen=True):
    """One piece of a streaming answer."""

    text: str
    tokens: int
    """Tokens in this piece: counted from the log-probabilities where there are any, else one a chunk."""
    at: float
    """Seconds since the request was sent."""
    logprobs: tuple[TokenLogprob, ...] = ()


class Usage(msgspec.Struct, frozen=True):
    """Tokens as the server counted them."""

    prompt_tokens: int
    completion_tokens: int


class End(msgspec.Struct, frozen=True):
    """What a server says when an answer is complete."""

    finish_reason: str
    at: float
    """Seconds since the request was sent."""
    usage: Usage | None = None
    model: str | None = None
    """The model that the server says it served."""
    fingerprint: str | None = None
    request_id: str | None = None


Progress = Callable[[str], None]
"""Told, in words for a reader, what a backend is doing while it starts."""


class Backend(Protocol):
    """A place that answers requests.

    `start` is awaited before the first `stream` and may be called again at any time: it does nothing
    on a backend that is ready, and starts one afresh that has died. `close` ends what was started.
    """

    @property
    def log(self) -> Iterable[str]:
        """The last lines of a server that diptych started; nothing for others."""

    async def start(self, progress: Progress) -> None:
        """Make ready. Raises BackendError."""

    def body(self, request: Request) -> dict[str, Any]:
        """The request exactly as it will be sent, for the record. Raises UnknownModel."""

    def stream(self, request: Request) -> AsyncIterator[Delta | End]:
        """Yield the deltas of one answer and, last, its End. Raises BackendError.

        Closing the iterator early ends the request at once.
        """

    async def close(self) -> None:
        """Give back connections and processes."""
