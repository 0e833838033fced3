"""What is kept of a session."""

from typing import Any, Literal, NamedTuple

import msgspec

from diptych.backends import Mode, TokenLogprob, Usage, prefix_of
from diptych.detectors import Finding
from diptych.errors import ANYWHERE, HintWords, advice

State = Literal["streaming", "done", "stopped", "cut", "failed", "interrupted"]
"""cut: ended by the token limit. interrupted: diptych itself ended before the answer did."""


class Tick(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One delta of the timeline. There are many: the garbage collector need not look at them, they hold numbers."""

    at: float
    """Seconds since the request was sent."""
    chars: int
    tokens: int


class SideRecord(msgspec.Struct, frozen=True):
    """A side as it was when the session began."""

    name: str
    endpoint: str
    base_url: str | None
    model: str
    system: str | None


class Failure(msgspec.Struct, frozen=True, gc=False):
    """Why an answer has no end."""

    kind: str
    message: str
    hint: str = msgspec.field(name="mend")
    """What to do about it; what depends on the place where it is read is a placeholder."""

    def advice(self, words: HintWords = ANYWHERE) -> str:
        """What to do about it, in the words of the place where it is read."""
        return advice(self.hint, words)


def tokens_plausible(text: str, tokens: int) -> bool:
    """Whether a text may have come in so many tokens: several words that came in one lump were not counted."""
    return tokens > 1 or tokens == len(text.split())


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What one side said for one prompt, condition and sample."""

    exchange: int
    """Which prompt of the session, from 1."""
    side: str
    prompt: str
    condition: str | None
    sample: int
    """From 0."""
    request: dict[str, Any]
    """The body exactly as it was sent; of a request that was never sent, what was wanted."""
    state: State = "streaming"
    text: str = ""
    timeline: tuple[Tick, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: str | None = None
    model: str | None = None
    """The model that the server says it served."""
    fingerprint: str | None = None
    request_id: str | None = None
    usage: Usage | None = None
    ended_at: float | None = None
    """Seconds from the request to the end."""
    failure: Failure | None = None
    findings: tuple[Finding, ...] = ()
    mode: Mode = msgspec.field(default="chat", name="form")
    prefill: str = ""
    """What the answer was given as its beginning; no part of `text`."""
    reasoning: str = ""
    """What a reasoning model thought aloud before."""
    position: int | None = msgspec.field(default=None, name="place")
    """The number, from 1, under which it was shown while the sides were hidden; None when they never were."""
    endpoint: str | None = None
    """Where it was asked for: the address, or the endpoint's name where there is none; None where it was not kept."""
    planned: int | None = None
    """How many samples a side of its question was to have, where that was said before it was asked; a run says that
    once for all of its answers."""

    @property
    def prefix(self) -> str:
        """What it goes on from."""
        return prefix_of(self.prompt, self.mode, self.prefill)

    @property
    def unscored(self) -> str:
        """Why it is no sample, so that nothing found in it may count, also not as absent; "" where it is one."""
        if self.state == "failed":
            return "refused by policy" if self.failure is not None and self.failure.kind == "refused" else "failed"
        if not self.finished:
            return "unfinished" if self.state == "streaming" else self.state
        return "" if self.text.strip() else "empty"

    def with_advice(self) -> "Answer":
        """The same for readers anywhere: the advice of its failure is without placeholders."""
        if self.failure is None:
            return self
        return msgspec.structs.replace(self, failure=msgspec.structs.replace(self.failure, hint=self.failure.advice()))

    def counted(self) -> "Answer":
        """The same with its findings as they count: those of what is no sample are excluded, with the reason."""
        if not (bucket := self.unscored):
            return self
        excluded = {"outcome": "excluded", "bucket": bucket, "value": "", "number": None}
        findings = tuple(msgspec.structs.replace(finding, **excluded) for finding in self.findings)
        return msgspec.structs.replace(self, findings=findings)

    @property
    def finished(self) -> bool:
        """Whether it came to its end."""
        return self.state in ("done", "cut")

    @property
    def timed(self) -> bool:
        """Whether it was kept when each piece came. Of an answer from another program it is not."""
        return bool(self.timeline) or not (self.text or self.reasoning)

    @property
    def tokens(self) -> int:
        """Tokens that came, as the server counted them or else as they were seen."""
        return self.usage.completion_tokens if self.usage else sum(tick.tokens for tick in self.timeline)

    @property
    def tokens_known(self) -> bool:
        """Whether they were counted: not where several words came in one lump that nobody counted."""
        return self.usage is not None or tokens_plausible(self.text, self.tokens)


class Label(msgspec.Struct, frozen=True):
    """What a person said of an answer."""

    answer: int
    """The answer's number in the store."""
    value: str
    blind: bool
    """Whether the sides were hidden from them."""


class SavedAnswer(NamedTuple):
    """An answer with its number in the store."""

    id: int
    answer: Answer


class InterruptedSession(NamedTuple):
    """A session in which answers were under way when diptych ended."""

    session: int
    answers: int
    """How many."""
    run: bool
    """Whether `diptych run` made it."""


class RunRecord(msgspec.Struct, frozen=True):
    """What a run needs to go on as it began."""

    seed: int
    """All seeds that nobody named come from this one."""
    samples: int
    """Of each side in each condition."""
    rows: str | None = None
    """The file of fine-tuning rows that was named."""


class Session(msgspec.Struct, frozen=True):
    """A session without its answers."""

    id: int
    title: str
    created: str
    """UTC, ISO 8601."""
    pair: str
    probe: str | None
    sides: tuple[SideRecord, ...]
    run: RunRecord | None = None
    """Of a session that `diptych run` made."""
    tags: tuple[str, ...] = ()
    """Words without blanks, by which a person finds it again."""
    note: str = ""
    """What a person wrote about it."""
