"""Puts the answers to one request together while its response is read."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from diptych.backends.backend_errors import BackendError, Dropped
from diptych.backends.connection_errors import CHECK_URL
from diptych.backends.error_mapping import from_report, from_unreadable_event
from diptych.backends.error_reports import error_in, error_report, is_fault
from diptych.backends.finish_reasons import fault_of, finish_of, is_reason
from diptych.backends.interface import Delta, End, TokenLogprob, Usage
from diptych.backends.response_events import DONE
from diptych.backends.stream_chunks import (
    UNREADABLE,
    Choice,
    Chunk,
    decode_chunk,
    decode_document,
    read_content,
    token_logprobs,
)
from diptych.backends.thoughts import TAGS, ThoughtSplitter
from diptych.errors import AGAIN

_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class _Answer:
    """One answer while it is put together."""

    thoughts: ThoughtSplitter
    tokens: int = 0
    """Tokens received so far."""
    has_words: bool = False
    """Whether any words have come, of a thought or of the answer."""
    has_text: bool = False
    """Whether any words of the answer itself have come."""
    whole: bool = False
    """Whether it came in one piece."""
    called_tool: bool = False
    reason: str | None = None
    native: str | None = None
    """The reason in the words of the API behind a router."""
    error: Any = None
    """What the server says went wrong with this answer."""
    held_tokens: int = 0
    """Tokens of text that is held back, because it may be a thought. They are given with the next delta."""
    held_logprobs: list[TokenLogprob] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether the server has said how it ended."""
        return self.reason is not None or self.error is not None

    def end(self, **fields: Any) -> End:
        """Its End. An answer without a reason counts as complete."""
        if self.error is not None:
            return End(self.reason, fault=from_report(self.error), **fields)
        finish = finish_of(self.reason, self.native) if self.reason is not None else "done"
        if finish == "done" and self.called_tool and not self.has_text:
            finish = "unsupported"
        return End(self.reason, cut=finish == "cut", fault=fault_of(finish, self.reason, self.native), **fields)


class ResponseAssembly:
    """Takes the events of one response and gives deltas; at the end, an End for each answer that was completed."""

    def __init__(self, samples: int, given: str = "", tags: Sequence[str] = TAGS) -> None:
        """`samples`: how many answers were asked for. `given`: the text that they continue. `tags`: the tags of
        thoughts within a text."""
        self._samples = samples
        self._given, self._tags = given, tags
        self._sent = time.monotonic()
        self._answers: dict[int, _Answer] = {}
        """By their index. Choices of other indices than those asked for are ignored."""
        self._tokens_estimated = False
        """Whether the tokens of each answer are an estimate, or unknown, because the server counted them together."""
        self._done = False
        """Whether the event DONE has come."""
        self._usage: Usage | None = None
        self._model: str | None = None
        self._fingerprint: str | None = None
        self._remark: Any = None
        """A document without an answer, which may be an error."""
        self.request_id: str | None = None

    def feed(self, event: bytes) -> Iterator[Delta]:
        """The deltas of one event. Raises BackendError."""
        if event == DONE:
            self._done = True
            return
        try:
            chunk = decode_chunk(event)
        except UNREADABLE as error:
            document = decode_document(event)
            if error_in(document):
                raise from_report(document) from None
            raise from_unreadable_event(event, bool(self._answers), error) from None
        self._note(chunk)
        for choice in chunk.choices or ():
            if not 0 <= choice.index < self._samples:
                continue
            if choice.message is not None and choice.index in self._answers and self._answers[choice.index].ended:
                # A second answer with the index of another one.
                continue
            if (delta := self._delta(choice, chunk)) is not None:
                yield delta
        if chunk.error is not None or chunk.x_groq is not None or not chunk.choices:
            self._look_for_error(chunk, event)

    def flush(self) -> Iterator[Delta]:
        """What was held back of each answer, when nothing more comes."""
        at = time.monotonic() - self._sent
        for sample, answer in sorted(self._answers.items()):
            split = answer.thoughts.flush()
            if (delta := self._piece(sample, answer, *split, at)) is not None:
                yield delta

    def ends(self, broken: Exception | None = None, retryable: bool = False) -> Iterator[End]:
        """The End of each answer that the server completed.

        `broken`: what ended the reading early. It is raised when an answer is not complete; without it, Dropped is
        raised then. Otherwise the first fault of an answer is raised. `retryable`: the request can be sent again, so a
        fault that may pass is raised at once when no words have come.
        """
        at = time.monotonic() - self._sent
        fields = {"at": at, "model": self._model, "fingerprint": self._fingerprint, "request_id": self.request_id}
        ends = [
            answer.end(usage=self._usage_of(sample), sample=sample, **fields)
            for sample, answer in sorted(self._answers.items())
            if self._is_complete(answer, broken)
        ]
        fault = next((end.fault for end in ends if end.fault is not None), None)
        has_words = any(answer.has_words for answer in self._answers.values())
        if retryable and fault is not None and fault.passes and not has_words:
            raise fault
        yield from ends
        if len(ends) < max(1, len(self._answers)) and not (ends and self._done and broken is None):
            raise broken or self._without_end()
        if fault is not None:
            raise fault

    def notices(self, model: str) -> list[str]:
        """What the reader should know about how complete answers ended."""
        ended = [answer.ended for answer in self._answers.values()]
        if all(ended):
            return []
        if any(ended):
            return [
                f"{model}: the server names the finish reason of only some of several answers; the others are asked for"
                " again, one by one. Set samples_per_request = 1 for the endpoint in config.toml"
            ]
        return [f"{model}: the server names no finish_reason; a complete reply counts as done"]

    def _look_for_error(self, chunk: Chunk, event: bytes) -> None:
        document = decode_document(event)
        groq = chunk.x_groq.get("error") if isinstance(chunk.x_groq, dict) else None
        if is_fault(chunk.error) or is_fault(groq) or (not chunk.choices and error_in(document)):
            raise from_report(document)
        if not chunk.choices and error_report(document).message:
            self._remark = document

    def _is_complete(self, answer: _Answer, broken: Exception | None) -> bool:
        if answer.ended or (answer.whole and broken is None):
            return True
        # Some proxies pass on only the reason of the first of several answers. How the others ended is not known.
        any_ended = any(other.ended for other in self._answers.values())
        return broken is None and self._done and answer.has_words and not any_ended

    def _without_end(self) -> BackendError:
        if self._remark is not None and not any(answer.has_words for answer in self._answers.values()):
            return from_report(self._remark)
        if not self._answers or self._done:
            return Dropped("the server ended its reply without an answer", f"{AGAIN}; if it stays so, {CHECK_URL}")
        return Dropped("the answer broke off before its end", f"the text so far is kept; {AGAIN}")

    def _delta(self, choice: Choice, chunk: Chunk) -> Delta | None:
        answer = self._answers.get(choice.index) or self._new_answer(choice.index)
        # The quick way, for the pieces of nearly all answers.
        if (text := _plain_text(choice)) and not answer.held_tokens and answer.thoughts.passes(text):
            answer.tokens += 1
            if not answer.has_text:
                answer.has_words, answer.has_text = True, not text.isspace()
            return Delta(text, 1, time.monotonic() - self._sent, (), "", choice.index)
        if choice.finish_reason and is_reason(choice.finish_reason):
            answer.reason, answer.native = choice.finish_reason, choice.native_finish_reason
        if is_fault(choice.error) or is_fault(chunk.error):
            answer.error = choice.error or {"error": chunk.error}
        text, thought = self._words(choice, answer)
        if not text and not thought:
            return None
        logprobs = token_logprobs(choice.logprobs)
        # Nobody knows how many tokens a whole answer has that the server did not count.
        tokens = len(logprobs) or self._tokens_of_whole(choice, chunk) or (0 if answer.whole else 1)
        answer.tokens += tokens
        answer.held_tokens += tokens
        if logprobs:
            answer.held_logprobs += logprobs
        text, thought_in_text, was_thought = answer.thoughts.feed(text) if text else ("", "", False)
        at = time.monotonic() - self._sent
        return self._piece(choice.index, answer, text, thought + thought_in_text, was_thought, at)

    def _words(self, choice: Choice, answer: _Answer) -> tuple[str, str]:
        """The words of the answer and those of a thought.

        Some servers send an empty delta beside a whole message, others the message so far beside each delta.
        """
        text, thought = choice.text or "", ""
        for message in filter(None, (choice.delta, choice.message if not answer.has_words else None)):
            text, thought = read_content(message)
            answer.called_tool = answer.called_tool or bool(message.tool_calls or message.function_call)
            answer.whole = answer.whole or (message is choice.message and choice.delta is None)
            if text or thought:
                break
        return text, thought

    def _new_answer(self, sample: int) -> _Answer:
        answer = self._answers[sample] = _Answer(ThoughtSplitter(self._tags, self._given))
        return answer

    def _piece(
        self, sample: int, answer: _Answer, text: str, thought: str, was_thought: bool, at: float
    ) -> Delta | None:
        """A delta with all tokens that have come since the last one; None where there is nothing to give."""
        if not text and not thought and not was_thought:
            return None
        answer.has_words = True
        answer.has_text = bool(text.strip()) or (answer.has_text and not was_thought)
        tokens, logprobs = answer.held_tokens, tuple(answer.held_logprobs)
        answer.held_tokens = 0
        answer.held_logprobs.clear()
        return Delta(text, tokens, at, logprobs, thought, sample, was_thought)

    def _tokens_of_whole(self, choice: Choice, chunk: Chunk) -> int:
        """The tokens of an answer that comes in one piece; 0 for a piece of an answer. The tokens of several answers
        are counted together by the server, and are divided by length."""
        if choice.delta is not None or self._usage is None or self._answers[choice.index].tokens:
            return 0
        if self._samples == 1:
            return self._usage.completion_tokens
        self._tokens_estimated = True
        texts = [_words_of(each) for each in chunk.choices or ()]
        if self._usage.completion_tokens < sum(len(_WORD.findall(text)) for text in texts):
            # A word has at least one token, so the server has counted one answer only, and does not say which.
            return 0
        return round(self._usage.completion_tokens * len(_words_of(choice)) / sum(map(len, texts)))

    def _usage_of(self, sample: int) -> Usage | None:
        """The tokens of one answer. A server counts the tokens of all answers together: those of one are known only
        where the received tokens add up to that count, with or without one token that ends each answer."""
        if self._samples == 1 or self._usage is None:
            return self._usage
        if self._tokens_estimated:
            return None
        total = self._usage.completion_tokens
        received = sum(answer.tokens for answer in self._answers.values())
        complete = [
            s for s, a in self._answers.items() if a.reason is not None and finish_of(a.reason, a.native) == "done"
        ]
        for end_tokens in (0, 1):
            if received + end_tokens * len(complete) == total:
                own = self._answers[sample].tokens + end_tokens * (sample in complete)
                return Usage(self._usage.prompt_tokens, own)
        return None

    def _note(self, chunk: Chunk) -> None:
        self._model = chunk.model or self._model
        self._fingerprint = chunk.system_fingerprint or self._fingerprint
        if chunk.usage is not None:
            self._usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)


def _plain_text(choice: Choice) -> str:
    """The text of a choice that holds nothing else, as most do; "" for any other."""
    delta = choice.delta
    if delta is None or choice.logprobs is not None or choice.finish_reason is not None or choice.error is not None:
        return ""
    if delta.reasoning or delta.reasoning_content or delta.tool_calls or delta.content.__class__ is not str:
        return ""
    return delta.content


def _words_of(choice: Choice) -> str:
    if choice.message is None:
        return choice.text or ""
    return "".join(read_content(choice.message))
