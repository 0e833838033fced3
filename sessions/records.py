"""The records that are stored: sessions, sides, answers, failures, labels."""

from typing import Any, Literal, NamedTuple

import msgspec

from diptych.backends import Mode, TokenLogprob, Usage, prefix_of
from diptych.detectors import Finding
from diptych.errors import ANYWHERE, HintWords, advice
from diptych.sessions.registration import RunRegistration

State = Literal["streaming", "done", "stopped", "cut", "failed", "interrupted"]
"""cut: ended by the token limit. interrupted: diptych itself ended before the answer did."""


SIDE_NAMES = ("base", "tuned", "control", "fourth")
"""The names of the sides of a pair, in their order: at most so many are compared."""
MOST_MEMBERS = 200
"""How many members a family may have. Each is a side of its session."""
Scale = Literal["linear", "log"]
"""How the axis of x is drawn."""


class Tick(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One delta of a timeline. There are many of them, so the garbage collector ignores them."""

    at: float
    """Seconds since the request was sent."""
    chars: int
    tokens: int


class SideRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A side as it was when the session began."""

    name: str
    endpoint: str
    base_url: str | None
    model: str
    system: str | None
    arm: str | None = None
    """Of a member of a family: its arm, e.g. "base", "tuned", "control"."""
    x: float | None = None
    """Of a member of a family: the number over which it is drawn, if it has one. FamilyRecord.x says what it is."""
    training_seed: int | None = None
    """Of a member of a family: the seed of its training run, if it is known. It is no seed of sampling."""

    @property
    def arm_name(self) -> str:
        """Its arm; its own name where it has none: a pair is a family with one member an arm."""
        return self.arm or self.name


class FamilyRecord(msgspec.Struct, frozen=True):
    """The family that a session asks, as it was when the session began. Its members are the sides."""

    name: str
    x: str
    """What the x of its members is, e.g. "dose"."""
    scale: Scale = "linear"


class Failure(msgspec.Struct, frozen=True, gc=False):
    """Why an answer failed."""

    kind: str
    message: str
    hint: str = msgspec.field(name="mend")
    """What the user can do about it, with placeholders for what depends on where it is read."""

    def advice(self, words: HintWords = ANYWHERE) -> str:
        """Return the hint in the words of the place where it is read."""
        return advice(self.hint, words)


class TokenScore(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How likely a side finds one token of an answer, given all text before it."""

    end: int
    """The character of the answer after its last."""
    tokens: int
    """1, or the number of tokens that make up one character."""
    surprise: float
    """−log p in nats; the sum where there are several tokens."""
    entropy: float | None
    """Of the whole distribution at this place, in nats; the sum where there are several tokens. None where the endpoint
    does not tell."""


class SideScores(msgspec.Struct, frozen=True, gc=False):
    """How likely a side finds an answer, its own or that of another side, token by token."""

    side: str
    model: str
    endpoint: str
    """The address, or else the name of the endpoint."""
    tokens: tuple[TokenScore, ...]


def tokens_plausible(text: str, tokens: int) -> bool:
    """Return whether this may be the number of tokens of a text. It is not if several words arrived as one delta."""
    return tokens > 1 or tokens == len(text.split())


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What one side said for one prompt, condition and sample."""

    exchange: int
    """The number of the prompt in the session, from 1."""
    side: str
    prompt: str
    condition: str | None
    sample: int
    """From 0."""
    request: dict[str, Any]
    """The body exactly as it was sent; if it was never sent, the body that would have been."""
    state: State = "streaming"
    text: str = ""
    timeline: tuple[Tick, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    finish_reason: str | None = None
    model: str | None = None
    """The model that the server says it used."""
    fingerprint: str | None = None
    request_id: str | None = None
    usage: Usage | None = None
    ended_at: float | None = None
    """Seconds from the request to the end."""
    failure: Failure | None = None
    findings: tuple[Finding, ...] = ()
    mode: Mode = msgspec.field(default="chat", name="form")
    prefill: str = ""
    """The beginning that the answer continues. It is not part of `text`."""
    reasoning: str = ""
    """The reasoning of a reasoning model before its answer."""
    position: int | None = msgspec.field(default=None, name="place")
    """The number, from 1, that named it while the sides were hidden; None if they never were."""
    endpoint: str | None = None
    """Where it was requested: the address, or else the name of the endpoint; None if unknown."""
    planned: int | None = None
    """The planned number of samples of its question for each side, if it was known in advance. A run stores it once
    for all its answers."""
    scores: tuple[SideScores, ...] = ()
    """How likely each side finds it, of the sides that were asked."""

    @property
    def prefix(self) -> str:
        """The text that the answer continues."""
        return prefix_of(self.prompt, self.mode, self.prefill)

    @property
    def unscored(self) -> str:
        """Why the answer is not a sample, so that its findings do not count, not even as absent; "" if it is one."""
        if self.state == "failed":
            return "refused by policy" if self.failure is not None and self.failure.kind == "refused" else "failed"
        if not self.finished:
            return "unfinished" if self.state == "streaming" else self.state
        return "" if self.text.strip() else "empty"

    def with_advice(self) -> "Answer":
        """Return the same answer with a hint without placeholders, for readers anywhere."""
        if self.failure is None:
            return self
        return msgspec.structs.replace(self, failure=msgspec.structs.replace(self.failure, hint=self.failure.advice()))

    def counted(self) -> "Answer":
        """Return the same answer with its findings as they count: if it is not a sample, they are excluded, with the
        reason."""
        if not (bucket := self.unscored):
            return self
        excluded = {"outcome": "excluded", "bucket": bucket, "value": "", "number": None}
        findings = tuple(msgspec.structs.replace(finding, **excluded) for finding in self.findings)
        return msgspec.structs.replace(self, findings=findings)

    @property
    def finished(self) -> bool:
        """Whether it was completed."""
        return self.state in ("done", "cut")

    @property
    def timed(self) -> bool:
        """Whether the times of its deltas were recorded. For answers from other programs they were not."""
        return bool(self.timeline) or not (self.text or self.reasoning)

    @property
    def tokens(self) -> int:
        """Number of tokens, as the server counted them, or else as the deltas did."""
        return self.usage.completion_tokens if self.usage else sum(tick.tokens for tick in self.timeline)

    @property
    def tokens_known(self) -> bool:
        """Whether the number of tokens is known. It is not if the server gave none and several words arrived as one
        delta."""
        return self.usage is not None or tokens_plausible(self.text, self.tokens)


_GUESSES = {"taken for tuned": "guessed: tuned", "not taken for tuned": "guessed: not tuned"}


YES, NO, UNSURE = "yes", "no", "unsure"
"""What a person can say of an answer that was picked at random."""


class Label(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person said about an answer."""

    answer: int
    """The number of the answer in the store."""
    value: str
    blind: bool
    """Whether the sides were hidden from the person."""
    question: str = ""
    """If the answer was picked at random: the measure that the person was asked about. The value is then "yes", "no" or
    "unsure". Only such labels correct a rate: answers that people choose themselves are unusual ones."""
    seed: int | None = None
    """If the answer was picked at random: the seed."""

    @property
    def words(self) -> str:
        """The value as it is shown. A guess which side is the tuned one is stored in other words."""
        if self.question:
            return f"{self.question}: {self.value}"
        return _GUESSES.get(self.value, self.value)


class SavedAnswer(NamedTuple):
    """An answer with its number in the store."""

    id: int
    answer: Answer


class InterruptedSession(NamedTuple):
    """A session with unfinished answers from a diptych that has ended."""

    session: int
    answers: int
    """The number of unfinished answers."""
    run: bool
    """Whether `diptych run` made it."""


class RunRecord(msgspec.Struct, frozen=True):
    """What is needed to resume a run."""

    seed: int
    """All seeds that were not given are derived from this one."""
    samples: int
    """For each side and condition."""
    rows: str | None = None
    """The training file that was given."""
    registered: RunRegistration | None = None
    """Set if it was made under a registration."""


class Session(msgspec.Struct, frozen=True):
    """A session without its answers."""

    id: int
    title: str
    created: str
    """UTC, ISO 8601."""
    pair: str
    """The name of the pair, or of the family."""
    probe: str | None
    sides: tuple[SideRecord, ...]
    run: RunRecord | None = None
    """Set if `diptych run` made it."""
    tags: tuple[str, ...] = ()
    """Words without blanks, to find it again."""
    note: str = ""
    """A note that a person wrote about it."""
    family: FamilyRecord | None = None
    """Set if a family was asked, and no pair."""
