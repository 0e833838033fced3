"""What flows between a console and a model: a request goes out, deltas and one end come back."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from diptych.backends.errors import BackendError, BadRequest, Refused, TooLong, Unsupported


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
    stop: tuple[str, ...] | None = None
    """Texts at which the answer ends."""
    extra_body: dict[str, Any] | None = None
    """Fields that an endpoint understands besides; they go into the request as they are."""
    leave_out: tuple[str, ...] | None = None
    """Fields that the model refuses, e.g. "temperature": they are never sent."""

    def over(self, other: "Sampling") -> "Sampling":
        """These parameters, and the other's where these say nothing."""
        own = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(other, **own)


Mode = Literal["chat", "text", "user", "quoted"]
"""chat: the assistant's turn. text: plain text goes on, without a chat template. user: the user's next turn. quoted:
the assistant's turn, whose beginning is not given to it but quoted in the user's, who asks to go on from there."""


def prefix_of(prompt: str, mode: Mode, prefill: str) -> str:
    """What an answer goes on from: the beginning that it was given, or without a chat template the prompt itself."""
    return prompt if mode in ("text", "user") else prefill


class Request(msgspec.Struct, frozen=True):
    """One answer wanted from one model."""

    model: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    mode: Mode = "chat"
    """Never "quoted": that is a chat whose messages say it."""
    prefill: str = ""
    """What the answer begins with; it is given, and no part of what comes back."""
    whole: bool = False
    """Whether it may come in one piece when it is complete: nobody looks on. A server that streams all the same is
    read all the same."""


class TokenLogprob(msgspec.Struct, frozen=True, gc=False):
    """A drawn token with its natural log-probability and that of its likeliest alternatives."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


class Delta(msgspec.Struct, frozen=True, gc=False):
    """One piece of a streaming answer."""

    text: str
    tokens: int
    """Tokens in this piece: counted from the log-probabilities where there are any, else one a chunk; 0 for a
    whole answer that the server did not count."""
    at: float
    """Seconds since the request was sent."""
    logprobs: tuple[TokenLogprob, ...] = ()
    reasoning: str = ""
    """What a reasoning model thinks aloud before its answer; no part of `text`."""
    sample: int = 0
    """Which of the answers that were asked for at once."""
    was_thought: bool = False
    """Whether all text that came before this piece was thought aloud as well, which only its end has shown: it belongs
    to the reasoning, and the answer begins with this piece."""


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens as the server counted them."""

    prompt_tokens: int
    completion_tokens: int


class End(msgspec.Struct, frozen=True):
    """What a server says when nothing more comes of an answer."""

    finish_reason: str | None
    """The reason as the server named it; None where it named none."""
    at: float
    """Seconds since the request was sent."""
    usage: Usage | None = None
    model: str | None = None
    """The model that the server says it served."""
    fingerprint: str | None = None
    request_id: str | None = None
    sample: int = 0
    cut: bool = False
    """Whether a limit of tokens ended it."""
    fault: BackendError | None = None
    """Why what came is no answer, where the reason says so."""


class ScoredToken(msgspec.Struct, frozen=True):
    """How likely a model finds one piece of a given text: a token, or some that make up one character."""

    start: int
    end: int
    """Characters start to end (exclusive) of the text."""
    logprob: float
    """Natural logarithm of the probability, given all that stands before."""
    top: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens at this place, the likeliest first."""


class Model(msgspec.Struct, frozen=True):
    """A model that an endpoint has."""

    name: str
    context: int | None = None
    """Tokens that prompt and answer may have together, where the endpoint tells."""
    parent: str | None = None
    """For an adapter the model that it changes."""


Progress = Callable[[str], None]
"""Told, in words for a reader, what a backend is doing while it starts."""


class BatchResult(NamedTuple):
    """What one request for several answers brought."""

    ended: int
    """Answers that came to their end."""
    begun: int
    """Answers of which anything came, with those that ended."""
    error: BackendError | None = None
    """Why the request did not come to its end."""


class Backend(ABC):
    """A place that answers requests.

    `start` is awaited before anything else and may be called again at any time: it does nothing on a backend
    that is ready, and starts one afresh that has died. `close` ends what was started. What not every endpoint
    can do raises Unsupported with the way to get it.
    """

    log: Iterable[str] = ()
    """The last lines of a server that diptych started; nothing for others."""
    notices: Sequence[str] = ()
    """What a reader has to know of how the endpoint is asked: fields that a model refuses, servers that do not answer.
    It grows while the endpoint is asked."""
    samples_per_request: int = 1
    """How many answers to one prompt one request may ask for. `negotiate_samples` lowers it when the endpoint gives
    fewer."""
    whole_answers: bool = False
    """Whether an answer that nobody looks at is better asked for in one piece: cheaper by far to read, but lost when
    it breaks off. No on a slow server, where it has to stream for every word that came to be kept."""

    continues_turns: bool = True
    """Whether it goes on with a turn that was begun: with an answer whose beginning is given, and with the user's."""

    @abstractmethod
    async def start(self, progress: Progress) -> None:
        """Make ready. Raises BackendError."""

    @abstractmethod
    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The request exactly as it is sent, for the record. Raises UnknownModel, Unsupported."""

    @abstractmethod
    def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and an End for each that came to its end. Raises BackendError, at last also
        the fault of an End.

        An endpoint may give fewer answers than were asked for, or deltas of one without its End: neither was given.
        Closing the iterator early ends the request at once.
        """

    async def negotiate_samples(self, samples: int, send: Callable[[int], Awaitable[BatchResult]]) -> BatchResult:
        """Ask for several answers at once and learn how many the endpoint gives. Returns what the last request brought.

        `send` sends one request for the given number of answers. It is called once, and once more for a single answer
        when the endpoint refuses the request and the number may be the reason. When a result has no error but fewer
        answers than were asked for, the caller asks again for the rest, at most `samples_per_request` at a time.
        """
        result = await send(samples)
        if samples > 1 and not result.begun and _may_be_about_number(result.error):
            result = await send(1)
            if result.error is None:
                self.samples_per_request = 1
        elif result.error is None and 0 < result.ended < samples:
            # Some proxies pass on the end of the first answer only: then one at a time is all that works.
            given = 1 if result.begun > result.ended else result.ended
            self.samples_per_request = min(self.samples_per_request, given)
        return result

    @abstractmethod
    async def models(self) -> list[Model]:
        """The models that the endpoint says it has. Raises BackendError."""

    async def check_model(self, model: str) -> None:
        """See, without asking for an answer, whether the endpoint can be reached, takes the key and has the model, as
        far as it tells. Raises BackendError."""
        await self.models()

    async def software(self) -> str:
        """What the server is, as far as it tells, e.g. "vLLM"; "" where it does not, or nothing depends on it. Raises
        BackendError."""
        return ""

    def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield, in order and without gaps, how likely the model finds `answer` to the request. Raises BackendError."""
        raise Unsupported("this endpoint cannot score a given text", "use a vllm endpoint, or the embedded one")

    async def prompt_tokens(self, request: Request) -> int | None:
        """Tokens of what the model reads before its answer; None where the endpoint does not count without answering.
        Raises BackendError."""
        return None

    async def vitals(self) -> str:
        """Throughput, queue and cache of the server in a few words; "" where it does not tell."""
        return ""

    async def adapters_fixed(self) -> Unsupported | None:
        """Why no adapter can be loaded or unloaded here while the server runs; None where it can. Raises BackendError
        where that cannot be found out."""
        return Unsupported("this endpoint loads no adapters", "use a vllm endpoint")

    async def load_adapter(self, name: str, path: str) -> None:
        """Make a LoRA adapter a model of the endpoint. Raises BackendError."""
        raise Unsupported("this endpoint loads no adapters", "use a vllm endpoint")

    async def unload_adapter(self, name: str) -> None:
        """Take an adapter away again. Raises BackendError."""
        raise Unsupported("this endpoint loads no adapters", "use a vllm endpoint")

    @abstractmethod
    async def close(self) -> None:
        """Give back connections and processes."""


def _may_be_about_number(error: BackendError | None) -> bool:
    """Whether an endpoint may have refused a request because it asks for several answers."""
    return isinstance(error, BadRequest) and not isinstance(error, TooLong | Refused)
