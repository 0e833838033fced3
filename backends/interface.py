"""The interface of backends, and what passes through it: a request goes out, deltas and an End come back."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from diptych.backends.backend_errors import BackendError, BadRequest, Refused, TooLong, Unsupported

if TYPE_CHECKING:
    from diptych.backends.servers.adapter_doses import DosedModel


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How an answer is sampled. What is None is left to the endpoint."""

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    logprobs: int | None = None
    """Number of alternatives wanted for each token, 0 to 20. None: no log-probabilities are asked for."""
    stop: tuple[str, ...] | None = None
    """Texts that end the answer."""
    extra_body: dict[str, Any] | None = None
    """Further fields that an endpoint understands. They go into the request as they are."""
    leave_out: tuple[str, ...] | None = None
    """Fields that the model refuses, e.g. "temperature". They are never sent."""

    def over(self, other: "Sampling") -> "Sampling":
        """These parameters, and those of `other` where these are None."""
        own = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(other, **own)


Mode = Literal["chat", "text", "user", "quoted"]
"""chat: the assistant's turn. text: plain text is continued, without a chat template. user: the user's next turn.
quoted:
the assistant's turn again; its beginning is not a prefill, but is quoted in the user's turn, which asks to continue
it."""


def prefix_of(prompt: str, mode: Mode, prefill: str) -> str:
    """The text that an answer continues: its prefill, or without a chat template the prompt itself."""
    return prompt if mode in ("text", "user") else prefill


class Request(msgspec.Struct, frozen=True):
    """What is asked of one model."""

    model: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    mode: Mode = "chat"
    """Never "quoted": that is a chat with such messages."""
    prefill: str = ""
    """The beginning of the answer. It is given to the model, and is no part of what comes back."""
    whole: bool = False
    """Whether the answer may come in one piece when it is complete, because nobody watches it. A server may stream it
    all the same."""


class TokenLogprob(msgspec.Struct, frozen=True, gc=False):
    """A sampled token, with its natural log-probability and those of its likeliest alternatives."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


class Delta(msgspec.Struct, frozen=True, gc=False):
    """One piece of a streaming answer."""

    text: str
    tokens: int
    """Tokens in this piece: counted from the log-probabilities where there are any, else one a chunk. 0 for a whole
    answer whose tokens the server did not count."""
    at: float
    """Seconds since the request was sent."""
    logprobs: tuple[TokenLogprob, ...] = ()
    reasoning: str = ""
    """The thoughts of a reasoning model before its answer. They are no part of `text`."""
    sample: int = 0
    """Which of the answers of the request, from 0."""
    was_thought: bool = False
    """Whether all text before this piece was a thought as well, which only its closing tag has shown. That text belongs
    to the reasoning, and the answer begins with this piece."""


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens as the server counted them."""

    prompt_tokens: int
    completion_tokens: int


class End(msgspec.Struct, frozen=True):
    """What a server says at the end of an answer."""

    finish_reason: str | None
    """The reason in the server's words; None where it names none."""
    at: float
    """Seconds since the request was sent."""
    usage: Usage | None = None
    model: str | None = None
    """The name of the model in the server's response."""
    fingerprint: str | None = None
    request_id: str | None = None
    sample: int = 0
    cut: bool = False
    """Whether a token limit ended it."""
    fault: BackendError | None = None
    """Why the text is not a proper answer, where the reason says so."""


class ScoredToken(msgspec.Struct, frozen=True):
    """How likely a model finds one piece of a given text: a token, or several that make up one character."""

    start: int
    end: int
    """Characters start to end (exclusive) of the text."""
    logprob: float
    """Natural logarithm of its probability, given all text before it."""
    top: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens at this position, the likeliest first."""
    entropy: float | None = None
    """Of the whole distribution at this position, in nats; the sum where several tokens make up the piece, as for the
    log-probability. None where the server does not tell."""
    tokens: int = 1
    """How many tokens make up the piece."""


class Model(msgspec.Struct, frozen=True):
    """A model that an endpoint has."""

    name: str
    context: int | None = None
    """Tokens that prompt and answer may have together; None where the endpoint does not tell."""
    parent: str | None = None
    """For an adapter: the model that it changes."""


Progress = Callable[[str], None]
"""Called with what a backend is doing, in words for a reader."""


class BatchResult(NamedTuple):
    """What one request for several answers brought."""

    ended: int
    """Answers that came to their end."""
    begun: int
    """Answers that were received at least in part, including those that ended."""
    error: BackendError | None = None
    """Why the request did not come to its end."""


class Backend(ABC):
    """Answers requests.

    Await `start` before anything else. It may be called again at any time: it does nothing on a backend that is ready,
    and restarts one that has died. `close` ends what was started. What an endpoint cannot do raises Unsupported, with a
    hint where to get it.
    """

    log: Iterable[str] = ()
    """The last lines written by a server that diptych started; empty for other servers."""
    notices: Sequence[str] = ()
    """What the reader should know about how the endpoint is asked: fields that a model refuses, servers that do not
    answer. It grows while the endpoint is used."""
    samples_per_request: int = 1
    """How many answers to one prompt one request may ask for. `negotiate_samples` lowers it when the endpoint gives
    fewer."""
    whole_answers: bool = False
    """Whether an answer that nobody watches should come in one piece. That is far cheaper to read, but all of it is
    lost when it breaks off, so it is False for slow servers."""
    continues_turns: bool = True
    """Whether it continues a turn that was begun: an answer with a prefill, and the user's turn."""

    holds_models: int | None = None
    """How many models it can have ready at once, together with other backends that say so, where each takes memory and
    time to load: many models are then asked in turn, `models_at_once` of them. None where that is not so, or not
    known."""
    models_at_once: int = 1
    """How many models it computes at the same time, if they are asked in turn."""

    model_file: Path | None = None
    """The GGUF file that it serves, once a llama.cpp server that diptych starts is ready: other files can take its
    place."""

    @abstractmethod
    async def start(self, progress: Progress) -> None:
        """Make ready. Raises BackendError."""

    @abstractmethod
    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The body of the request exactly as it is sent, for the record. Raises UnknownModel, Unsupported."""

    @abstractmethod
    def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers, and an End for each answer that is complete. Raises BackendError; after the
        last End also its fault, where there is one.

        An endpoint may give fewer answers than were asked for, or deltas of an answer without its End. Such an answer
        counts as not given. Closing the iterator early ends the request at once.
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
        """The models that the endpoint lists. Raises BackendError."""

    async def check_model(self, model: str) -> None:
        """See whether the endpoint can be reached, accepts the key and has the model, as far as it tells. No answer is
        asked for. Raises BackendError."""
        await self.models()

    def model_fault(self, model: str) -> BackendError | None:
        """Why a model cannot be asked although the endpoint has started; None where nothing is known. One model that
        cannot be served does not keep an endpoint from serving the others."""
        return None

    async def software(self) -> str:
        """The software of the server, e.g. "vLLM"; "" where it does not tell, or where nothing depends on it. Raises
        BackendError."""
        return ""

    def model_name(self, name: str) -> str:
        """The name of a model as it is written, where the endpoint understands several spellings of it."""
        return name

    def dosed_model(self, name: str) -> "DosedModel":
        """The base and the adapters, each with its dose, that the name of a model stands for. Raises BackendError."""
        raise Unsupported("this endpoint applies an adapter as it is, at no other dose", "use a llama endpoint")

    async def description(self) -> str:
        """What matters of the server, in a few words: its file, memory and adapters; "" where nothing is known. Raises
        BackendError."""
        return ""

    def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield, in order and without gaps, how likely the model finds `answer` to the request. Raises BackendError."""
        raise Unsupported("this endpoint cannot score a given text", "use a vllm or llama endpoint")

    async def prompt_tokens(self, request: Request) -> int | None:
        """The number of tokens that the model reads before its answer; None where the endpoint cannot count them
        without giving an answer. Raises BackendError."""
        return None

    async def vitals(self) -> str:
        """Throughput, queue and cache of the server, in a few words; "" where it does not tell."""
        return ""

    async def adapters_fixed(self) -> Unsupported | None:
        """Why adapters cannot be loaded or unloaded while the server runs; None where they can. Raises BackendError
        where that cannot be found out."""
        return Unsupported("this endpoint cannot load further adapters", "use a vllm endpoint")

    async def load_adapter(self, name: str, path: str) -> None:
        """Load a LoRA adapter as a model of the endpoint. Raises BackendError."""
        raise Unsupported("this endpoint cannot load further adapters", "use a vllm endpoint")

    async def unload_adapter(self, name: str) -> None:
        """Unload an adapter. Raises BackendError."""
        raise Unsupported("this endpoint cannot load further adapters", "use a vllm endpoint")

    @abstractmethod
    async def close(self) -> None:
        """Close connections and end processes."""


def _may_be_about_number(error: BackendError | None) -> bool:
    """Whether an endpoint may have refused a request because it asks for several answers."""
    return isinstance(error, BadRequest) and not isinstance(error, TooLong | Refused)
