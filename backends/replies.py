"""The answers to one request, while they are read."""

import time
from collections.abc import Iterator

from backends.chunks import UNREADABLE, Choice, Chunk, decode_chunk, token_logprobs
from backends.errors import AGAIN, Dropped, Refused, Unsupported
from backends.events import DONE
from backends.foreign import of_event, of_junk
from backends.reaching import CHECK_URL
from backends.types import Delta, End, Usage

_CUT_OFF = {
    "content_filter": (Refused, "the endpoint's policy cut the answer off", "what came is kept; ask in other words"),
    "tool_calls": (
        Unsupported,
        "the model called a tool in place of an answer",
        f"leave tools out of extra_body in config.toml, or {AGAIN}",
    ),
}
"""Reasons for which an answer ended that is none, and what is told of them."""


class Replies:
    """Events go in, deltas come out; at the end an End for each answer that was completed."""

    def __init__(self, samples: int) -> None:
        """`samples`: how many answers were asked for; what comes under another index is not one of them."""
        self._samples = samples
        self._sent = time.monotonic()
        self._finish_reasons: dict[int, str] = {}
        self._tokens: dict[int, int] = {}
        """Tokens of each answer that was begun, as they were seen."""
        self._shared_out = False
        """Whether tokens were not counted but shared out."""
        self._done = False
        self._usage: Usage | None = None
        self._model: str | None = None
        self._fingerprint: str | None = None
        self.request_id: str | None = None

    def read(self, event: bytes) -> Iterator[Delta]:
        """The deltas that one event brings. Raises BackendError."""
        if event == DONE:
            self._done = True
            return
        try:
            chunk = decode_chunk(event)
        except UNREADABLE as error:
            raise of_junk(event, bool(self._tokens), error) from None
        if chunk.error is not None:
            raise of_event(chunk.error)
        self._note(chunk)
        for choice in chunk.choices or ():
            if not 0 <= choice.index < self._samples:
                continue
            if choice.message is not None and choice.index in self._finish_reasons:
                # A second answer under the number of another.
                continue
            if (delta := self._delta(choice, chunk)) is not None:
                yield delta

    def ends(self, broken: Exception | None = None) -> Iterator[End]:
        """The end of each answer that the server completed. Raises what has `broken` the reading where one is not
        complete, else Dropped; Refused or Unsupported when one ended as none should."""
        at = time.monotonic() - self._sent
        for sample, reason in sorted(self._finish_reasons.items(), key=lambda item: (item[1] in _CUT_OFF, item[0])):
            if reason in _CUT_OFF:
                kind, message, mend = _CUT_OFF[reason]
                raise kind(message, mend)
            yield End(reason, at, self._share(sample), self._model, self._fingerprint, self.request_id, sample)
        if self._tokens.keys() - self._finish_reasons.keys() or not self._finish_reasons:
            raise broken or self._without_end()

    def _without_end(self) -> Dropped:
        if not self._tokens:
            return Dropped("the server ended its reply without an answer", f"{AGAIN}; if it stays so, {CHECK_URL}")
        if self._done:
            return Dropped(
                "the server did not say that the answer is complete (finish_reason)", f"what came is kept; {AGAIN}"
            )
        return Dropped("the answer broke off before its end", f"what came is kept; {AGAIN}")

    def _delta(self, choice: Choice, chunk: Chunk) -> Delta | None:
        self._tokens.setdefault(choice.index, 0)
        if choice.finish_reason:
            self._finish_reasons[choice.index] = choice.finish_reason
        field = choice.delta or choice.message
        text = choice.text if field is None else field.content or field.refusal
        reasoning = (field.reasoning or field.reasoning_content or "") if field is not None else ""
        if not text and not reasoning:
            return None
        logprobs = token_logprobs(choice.logprobs)
        at = time.monotonic() - self._sent
        tokens = len(logprobs) or self._tokens_of_whole(choice, chunk) or 1
        self._tokens[choice.index] += tokens
        return Delta(text or "", tokens, at, logprobs, reasoning, choice.index)

    def _tokens_of_whole(self, choice: Choice, chunk: Chunk) -> int:
        """Tokens of an answer that comes in one piece, 0 for a piece of one; those of several at once, which are
        counted together, are shared out by length."""
        if choice.delta is not None or self._usage is None or self._tokens[choice.index]:
            return 0
        self._shared_out = self._samples > 1
        everything = sum(_length(c) for c in chunk.choices or ())
        return round(self._usage.completion_tokens * _length(choice) / everything)

    def _share(self, sample: int) -> Usage | None:
        """The tokens of one answer. A server counts those of all answers together: of one of several they are known
        only where what was seen adds up to that, with or without a token that ends each."""
        if self._samples == 1 or self._usage is None:
            return self._usage
        if self._shared_out:
            return None
        total = self._usage.completion_tokens
        for ending in (0, 1):
            ended = {s: ending for s, reason in self._finish_reasons.items() if reason == "stop"}
            if sum(self._tokens.values()) + sum(ended.values()) == total:
                return Usage(self._usage.prompt_tokens, self._tokens[sample] + ended.get(sample, 0))
        return None

    def _note(self, chunk: Chunk) -> None:
        self._model = chunk.model or self._model
        self._fingerprint = chunk.system_fingerprint or self._fingerprint
        if chunk.usage is not None:
            self._usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)


def _length(choice: Choice) -> int:
    field = choice.message
    if field is None:
        return len(choice.text or "")
    return sum(len(part or "") for part in (field.content or field.refusal, field.reasoning or field.reasoning_content))
