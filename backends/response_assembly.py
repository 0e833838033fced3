"""The answers to one request, while they are read."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from diptych.backends.connection_errors import CHECK_URL
from diptych.backends.error_mapping import of_junk, of_report
from diptych.backends.error_reports import error_in, error_report, is_fault
from diptych.backends.errors import BackendError, Dropped
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
from diptych.backends.thoughts import TAGS, Thoughts
from diptych.errors import AGAIN

_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class _Answer:
    """One of the answers."""

    thoughts: Thoughts
    tokens: int = 0
    """Those that were seen."""
    said: bool = False
    """Whether it has words, of a thought or of the answer."""
    answered: bool = False
    """Whether it has words of the answer."""
    whole: bool = False
    """Whether it came in one piece."""
    called: bool = False
    """Whether the model called a tool."""
    reason: str | None = None
    native: str | None = None
    """The reason in the words of the API behind a router."""
    error: Any = None
    """What the server says went wrong with it."""
    held_tokens: int = 0
    """Tokens of text that cannot be told yet from a thought: they come with the piece that it is part of."""
    held_logprobs: list[TokenLogprob] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether the server has said how it ended."""
        return self.reason is not None or self.error is not None

    def end(self, **told: Any) -> End:
        """How it ended; without a reason it is taken for complete."""
        if self.error is not None:
            return End(self.reason, fault=of_report(self.error), **told)
        finish = finish_of(self.reason, self.native) if self.reason is not None else "done"
        if finish == "done" and self.called and not self.answered:
            finish = "unsupported"
        return End(self.reason, cut=finish == "cut", fault=fault_of(finish, self.reason, self.native), **told)


class Replies:
    """Events go in, deltas come out; at the end an End for each answer that was completed."""

    def __init__(self, samples: int, given: str = "", tags: Sequence[str] = TAGS) -> None:
        """`samples`: how many answers were asked for; what comes under another index is not one of them. `given`: what
        they go on from; `tags`: between which a thought stands in a text."""
        self._samples = samples
        self._given, self._tags = given, tags
        self._sent = time.monotonic()
        self._answers: dict[int, _Answer] = {}
        self._shared_out = False
        """Whether the tokens of each were not counted, but shared out or not known."""
        self._done = False
        self._usage: Usage | None = None
        self._model: str | None = None
        self._fingerprint: str | None = None
        self._remark: Any = None
        """What a server said in place of an answer, and may be an error."""
        self.request_id: str | None = None

    def read(self, event: bytes) -> Iterator[Delta]:
        """The deltas that one event brings. Raises BackendError."""
        if event == DONE:
            self._done = True
            return
        try:
            chunk = decode_chunk(event)
        except UNREADABLE as error:
            document = decode_document(event)
            if error_in(document):
                raise of_report(document) from None
            raise of_junk(event, bool(self._answers), error) from None
        self._note(chunk)
        for choice in chunk.choices or ():
            if not 0 <= choice.index < self._samples:
                continue
            if choice.message is not None and choice.index in self._answers and self._answers[choice.index].ended:
                # A second answer under the number of another.
                continue
            if (delta := self._delta(choice, chunk)) is not None:
                yield delta
        if chunk.error is not None or chunk.x_groq is not None or not chunk.choices:
            self._look_for_error(chunk, event)

    def _look_for_error(self, chunk: Chunk, event: bytes) -> None:
        document = decode_document(event)
        groq = chunk.x_groq.get("error") if isinstance(chunk.x_groq, dict) else None
        if is_fault(chunk.error) or is_fault(groq) or (not chunk.choices and error_in(document)):
            raise of_report(document)
        if not chunk.choices and error_report(document).message:
            self._remark = document

    def rest(self) -> Iterator[Delta]:
        """What was held back of each answer, now that nothing more comes."""
        at = time.monotonic() - self._sent
        for sample, answer in sorted(self._answers.items()):
            split = answer.thoughts.flush()
            if (delta := self._piece(sample, answer, *split, at)) is not None:
                yield delta

    def ends(self, broken: Exception | None = None, again: bool = False) -> Iterator[End]:
        """The end of each answer that the server completed. Raises what has `broken` the reading where one is not
        complete, else Dropped; else the fault of the first that ended as none should.

        `again`: what may pass is raised at once where nothing was said, for the request can be sent once more.
        """
        at = time.monotonic() - self._sent
        told = {"at": at, "model": self._model, "fingerprint": self._fingerprint, "request_id": self.request_id}
        ends = [
            answer.end(usage=self._share(sample), sample=sample, **told)
            for sample, answer in sorted(self._answers.items())
            if self._is_complete(answer, broken)
        ]
        fault = next((end.fault for end in ends if end.fault is not None), None)
        if again and fault is not None and fault.passes and not any(answer.said for answer in self._answers.values()):
            raise fault
        yield from ends
        if len(ends) < max(1, len(self._answers)) and not (ends and self._done and broken is None):
            raise broken or self._without_end()
        if fault is not None:
            raise fault

    def notices(self, model: str) -> list[str]:
        """What a reader has to know of answers that came to their end."""
        told = [answer.ended for answer in self._answers.values()]
        if all(told):
            return []
        if any(told):
            return [
                f"{model}: the server names the finish reason of some of several answers only; the others are asked for"
                " again, one by one. Set samples_per_request = 1 for the endpoint in config.toml"
            ]
        return [f"{model}: the server names no finish_reason; a complete reply counts as done"]

    def _is_complete(self, answer: _Answer, broken: Exception | None) -> bool:
        if answer.ended or (answer.whole and broken is None):
            return True
        # Some proxies pass on the reason of the first of several answers only: how the others ended is not known.
        told = any(other.ended for other in self._answers.values())
        return broken is None and self._done and answer.said and not told

    def _without_end(self) -> BackendError:
        if self._remark is not None and not any(answer.said for answer in self._answers.values()):
            return of_report(self._remark)
        if not self._answers or self._done:
            return Dropped("the server ended its reply without an answer", f"{AGAIN}; if it stays so, {CHECK_URL}")
        return Dropped("the answer broke off before its end", f"what came is kept; {AGAIN}")

    def _delta(self, choice: Choice, chunk: Chunk) -> Delta | None:
        answer = self._answers.get(choice.index) or self._begun(choice.index)
        if (quick := _plain_text(choice)) and not answer.held_tokens and answer.thoughts.passes(quick):
            answer.tokens += 1
            if not answer.answered:
                answer.said, answer.answered = True, not quick.isspace()
            return Delta(quick, 1, time.monotonic() - self._sent, (), "", choice.index)
        if choice.finish_reason and is_reason(choice.finish_reason):
            answer.reason, answer.native = choice.finish_reason, choice.native_finish_reason
        if is_fault(choice.error) or is_fault(chunk.error):
            answer.error = choice.error or {"error": chunk.error}
        text, thought = self._words(choice, answer)
        if not text and not thought:
            return None
        logprobs = token_logprobs(choice.logprobs)
        # Of a whole answer that the server did not count nobody knows how many it has.
        tokens = len(logprobs) or self._tokens_of_whole(choice, chunk) or (0 if answer.whole else 1)
        answer.tokens += tokens
        answer.held_tokens += tokens
        if logprobs:
            answer.held_logprobs += logprobs
        said, within, was_thought = answer.thoughts.feed(text) if text else ("", "", False)
        at = time.monotonic() - self._sent
        return self._piece(choice.index, answer, said, thought + within, was_thought, at)

    def _words(self, choice: Choice, answer: _Answer) -> tuple[str, str]:
        """The words of the answer and those of a thought. Some servers send an empty delta beside a whole message, or
        the message so far beside each delta."""
        text, thought = choice.text or "", ""
        for told in filter(None, (choice.delta, choice.message if not answer.said else None)):
            text, thought = read_content(told)
            answer.called = answer.called or bool(told.tool_calls or told.function_call)
            answer.whole = answer.whole or (told is choice.message and choice.delta is None)
            if text or thought:
                break
        return text, thought

    def _begun(self, sample: int) -> _Answer:
        answer = self._answers[sample] = _Answer(Thoughts(self._tags, self._given))
        return answer

    def _piece(
        self, sample: int, answer: _Answer, text: str, thought: str, was_thought: bool, at: float
    ) -> Delta | None:
        """A delta of what is known, with the tokens that came since the last one."""
        if not text and not thought and not was_thought:
            return None
        answer.said = True
        answer.answered = bool(text.strip()) or (answer.answered and not was_thought)
        tokens, logprobs = answer.held_tokens, tuple(answer.held_logprobs)
        answer.held_tokens = 0
        answer.held_logprobs.clear()
        return Delta(text, tokens, at, logprobs, thought, sample, was_thought)

    def _tokens_of_whole(self, choice: Choice, chunk: Chunk) -> int:
        """Tokens of an answer that comes in one piece, 0 for a piece of one; those of several at once, which are
        counted together, are shared out by length."""
        if choice.delta is not None or self._usage is None or self._answers[choice.index].tokens:
            return 0
        if self._samples == 1:
            return self._usage.completion_tokens
        self._shared_out = True
        said = [_words_of(each) for each in chunk.choices or ()]
        if self._usage.completion_tokens < sum(len(_WORD.findall(words)) for words in said):
            # A word has a token at least: this is the count of one answer of several, and nobody knows of which.
            return 0
        return round(self._usage.completion_tokens * len(_words_of(choice)) / sum(map(len, said)))

    def _share(self, sample: int) -> Usage | None:
        """The tokens of one answer. A server counts those of all answers together: of one of several they are known
        only where what was seen adds up to that, with or without a token that ends each."""
        if self._samples == 1 or self._usage is None:
            return self._usage
        if self._shared_out:
            return None
        total = self._usage.completion_tokens
        for ending in (0, 1):
            ended = {
                s: ending
                for s, a in self._answers.items()
                if a.reason is not None and finish_of(a.reason, a.native) == "done"
            }
            if sum(answer.tokens for answer in self._answers.values()) + sum(ended.values()) == total:
                return Usage(self._usage.prompt_tokens, self._answers[sample].tokens + ended.get(sample, 0))
        return None

    def _note(self, chunk: Chunk) -> None:
        self._model = chunk.model or self._model
        self._fingerprint = chunk.system_fingerprint or self._fingerprint
        if chunk.usage is not None:
            self._usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)


def _plain_text(choice: Choice) -> str:
    """The text of a piece that holds nothing else, as most do; "" for any other."""
    told = choice.delta
    if told is None or choice.logprobs is not None or choice.finish_reason is not None or choice.error is not None:
        return ""
    if told.reasoning or told.reasoning_content or told.tool_calls or told.content.__class__ is not str:
        return ""
    return told.content


def _words_of(choice: Choice) -> str:
    if choice.message is None:
        return choice.text or ""
    return "".join(read_content(choice.message))
