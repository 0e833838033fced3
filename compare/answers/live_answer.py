"""An answer while it is received, and how it reaches the view that shows it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from diptych.backends import AssembledAnswer, Delta, End, TokenLogprob
from diptych.compare.answers.empty_answers import without_text
from diptych.detectors import Detector, Finding, Mark, ReadingDetector, Span
from diptych.sessions import Failure, Tick

State = Literal["waiting", "streaming", "done", "stopped", "cut", "failed", "interrupted"]

FASTEST = 10_000.0
"""Tokens a second that no model reaches. Text that arrives faster was held back by a server or proxy."""

MarkKey = tuple[int, int]
"""The index of the detector, and the key of the mark within it."""


@dataclass
class Update:
    """What is new since the last take."""

    text: str
    marks: dict[MarkKey, Mark | None]
    anew: bool = False
    """Whether the answer starts over, so that its earlier text is removed."""


@dataclass
class Feed:
    """Between a stream and a view: what arrives while the view is busy is joined and handed over as one.

    It never holds more than the text that was not taken yet and one state for each mark, and it never
    makes the stream wait.
    """

    changed: Callable[[], None]
    """Called when there is something to take."""
    _text: list[str] = field(default_factory=list)
    _marks: dict[MarkKey, Mark | None] = field(default_factory=dict)
    _anew: bool = False

    def put(self, text: str, marks: dict[MarkKey, Mark | None]) -> None:
        """Add a piece of text and the marks that changed with it."""
        if text:
            self._text.append(text)
        self._marks.update(marks)
        self.changed()

    def take(self) -> Update:
        """Everything since the last take."""
        update = Update("".join(self._text), self._marks, self._anew)
        self._text, self._marks, self._anew = [], {}, False
        return update

    def begin_anew(self) -> None:
        """Tell the view to remove what it has shown."""
        self._text, self._marks, self._anew = [], {}, True
        self.changed()


class LiveAnswer:
    """One side's answer as it stands."""

    def __init__(
        self,
        side: str,
        new_detectors: Callable[[], Sequence[Detector]],
        changed: Callable[[], None] = lambda: None,
        prefix: str = "",
        watched: bool = True,
        timed: bool = True,
        new_uncounted: Callable[[], Sequence[Detector]] = list,
    ) -> None:
        """`new_detectors` makes the detectors that watch the answer; it is called again when the answer starts over.
        `changed` is called whenever there is something new to show. `prefix` is what the answer goes on from; it is
        shown before the text. While `watched` is False there are no marks before the end: the detectors read the
        whole answer at once, which is far cheaper and finds the same. With `timed` False the times of
        the deltas and their numbers of tokens are unknown. `new_uncounted` makes more detectors, whose marks are shown
        and whose findings are no findings of the answer."""
        self.side = side
        self.prefix = prefix
        self.state: State = "waiting"
        self.doing = ""
        """What happens before the first token, e.g. that a server starts; "" while the model is at work."""
        self.tokens = 0
        self.first_at: float | None = None
        """Seconds from the request to the first delta."""
        self.last_at = 0.0
        self.failure: Failure | None = None
        self.stopped_for: Failure | None = None
        """The reason to record when it is stopped, if the user did not stop it directly."""
        self.end: End | None = None
        self.timeline: list[Tick] = []
        self.feed = Feed(changed)
        self.marks: dict[MarkKey, Mark] = {}
        """All current marks."""
        self._new_detectors, self._new_uncounted = new_detectors, new_uncounted
        self._detectors, self._uncounted = new_detectors(), new_uncounted()
        self.expected = tuple(detector.live() for detector in self._detectors)
        """The findings for an empty text: they name the measures before anything is counted."""
        self._fed = watched
        """Whether the detectors have been given the text that has come."""
        self._timed = timed
        self._began = time.monotonic()
        self._spoken = AssembledAnswer()
        self._final: tuple[Finding, ...] | None = None
        self._final_uncounted: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        """The text received so far."""
        return self._spoken.text

    @property
    def reasoning(self) -> str:
        """The reasoning received so far; it is not part of the text."""
        return self._spoken.reasoning

    @property
    def thought(self) -> int:
        """Characters of reasoning."""
        return self._spoken.thought

    @property
    def logprobs(self) -> Sequence[TokenLogprob]:
        """The tokens of the text, if the endpoint reports them."""
        return self._spoken.logprobs

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One finding for each detector: final if the answer has ended, otherwise as if it ended here."""
        return self._final if self._final is not None else tuple(d.live() for d in self._detectors)

    @property
    def uncounted(self) -> tuple[Finding, ...]:
        """The same for each detector for what the probe does not look for. They are shown only: they are not stored and
        join no count."""
        return self._final_uncounted if self._final is not None else tuple(d.live() for d in self._uncounted)

    @property
    def ended(self) -> bool:
        """Whether the answer has ended, in whatever way."""
        return self.state not in ("waiting", "streaming")

    @property
    def waited(self) -> float:
        """Seconds since it was asked for."""
        return time.monotonic() - self._began

    @property
    def rate(self) -> float | None:
        """Tokens a second after the first delta; None if there were too few, or they arrived all at once."""
        if self.first_at is None or self.last_at <= self.first_at or self.tokens < 2:
            return None
        rate = (self.tokens - 1) / (self.last_at - self.first_at)
        return rate if rate <= FASTEST else None

    def say(self, doing: str) -> None:
        """Note what happens before the first token."""
        self.doing = doing
        self.feed.changed()

    def take(self, delta: Delta) -> None:
        """Add a delta and let the detectors see its text."""
        self.state = "streaming"
        if delta.was_thought:
            # The text so far was reasoning: it counts as tokens, and no longer as characters.
            self.timeline = [Tick(tick.at, 0, tick.tokens) for tick in self.timeline]
            self._watch_anew()
        if self._timed:
            self.first_at = delta.at if self.first_at is None else self.first_at
            self.last_at = delta.at
            self.timeline.append(Tick(delta.at, len(delta.text), delta.tokens))
        self.tokens += delta.tokens
        self._spoken.take(delta)
        if delta.reasoning:
            self.feed.changed()
        if self._fed:
            self._hand_over(delta.text, self._marks_in(delta.text))

    def restart(self) -> None:
        """Forget what was received: the answer is asked for once more."""
        self.state, self.tokens, self.first_at, self.last_at = "waiting", 0, None, 0.0
        self.timeline, self._spoken = [], AssembledAnswer()
        self._watch_anew()

    def _watch_anew(self) -> None:
        """Start with new detectors and without marks."""
        self._detectors, self._uncounted = self._new_detectors(), self._new_uncounted()
        self.marks.clear()
        self.feed.begin_anew()

    def add(self, findings: Sequence[Finding]) -> None:
        """Add what judges found in the finished answer. It replaces earlier findings of the same judges."""
        judges = {finding.detector for finding in findings}
        self._final = (*(f for f in self.findings if f.detector not in judges), *findings)

    def find_anew(self, name: str, detector: Detector | None) -> None:
        """Let a new detector read the answer, which has ended, in place of those of that name; or let none do so."""
        gone = {index for index, earlier in enumerate(self._all_detectors) if earlier.name == name}
        changes: dict[MarkKey, Mark | None] = {key: None for key in self.marks if key[0] in gone}
        findings = tuple(finding for finding in self.findings if finding.detector != name)
        self.expected = tuple(finding for finding in self.expected if finding.detector != name)
        if detector is not None:
            self.expected = (*self.expected, detector.live())
            self._detectors = (*self._detectors, detector)
            index, marks = len(self._all_detectors) - 1, list(detector.feed(self.text))
            finding, last = detector.finish(self.state != "done", self.logprobs)
            changes |= {(index, change.key): change.mark for change in (*marks, *last)}
            findings = (*findings, *self._with_tokens([finding]))
        self._final = findings
        self._hand_over("", changes)

    def mark(self, spans: Sequence[Span]) -> None:
        """Mark spans that no detector of this answer found."""
        self._hand_over("", {(-1, key): Mark(span, "pattern") for key, span in enumerate(spans)})

    async def read_to_end(self) -> None:
        """Wait for what the detectors have read in other threads, as nothing more comes. `finish` would wait for it
        too, and hold up everything else."""
        self._feed_rest()
        reading = [d for d in self._all_detectors if isinstance(d, ReadingDetector)]
        waiting = [asyncio.wrap_future(one) for detector in reading for one in detector.end()]
        if waiting:
            await asyncio.wait(waiting)

    def finish(self, state: State, end: End | None = None, failure: Failure | None = None) -> None:
        """End the answer and let every detector give its verdict."""
        self.state, self.end = state, end
        self.failure = self.stopped_for if state == "stopped" and failure is None else failure
        if end is not None and end.usage is not None:
            self.tokens = end.usage.completion_tokens
        self._feed_rest()
        verdicts = [detector.finish(state != "done", self.logprobs) for detector in self._all_detectors]
        all_found = [finding for finding, _ in verdicts]
        self._final_uncounted, found = tuple(all_found[: len(self._uncounted)]), all_found[len(self._uncounted) :]
        self._final = self._with_tokens(without_text(self.text, found) if state in ("done", "cut") else found)
        marks = {(i, c.key): c.mark for i, (_, changes) in enumerate(verdicts) for c in changes}
        self._hand_over("", marks)

    def _feed_rest(self) -> None:
        """Let the detectors of an answer that is not watched read it, once."""
        if not self._fed:
            self._fed = True
            self._hand_over(self.text, self._marks_in(self.text))

    @property
    def _all_detectors(self) -> Sequence[Detector]:
        """The marks are numbered in this order. One that comes later comes last."""
        return (*self._uncounted, *self._detectors)

    def _marks_in(self, text: str) -> dict[MarkKey, Mark | None]:
        """Feed a text to the detectors; returns the marks that change."""
        return {
            (index, change.key): change.mark
            for index, detector in enumerate(self._all_detectors)
            for change in detector.feed(text)
        }

    def _with_tokens(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Each with the number, from 1, of the token in which its first span begins."""
        if not any(finding.spans for finding in findings):
            return tuple(findings)
        pieces = self._pieces_in_tokens()
        return tuple(_with_token(finding, pieces) for finding in findings)

    def _pieces_in_tokens(self) -> Sequence[Tick]:
        """The ticks that map characters to tokens. For an answer received in one piece, they are made from its
        log-probabilities, if it has them."""
        with_text = [tick for tick in self.timeline if tick.chars]
        if len(with_text) != 1 or with_text[0].tokens == 1:
            return self.timeline
        if "".join(token.token for token in self.logprobs) != self.text:
            return ()
        return [Tick(with_text[0].at, len(token.token), 1) for token in self.logprobs]

    def _hand_over(self, text: str, marks: dict[MarkKey, Mark | None]) -> None:
        for key, mark in marks.items():
            if mark is None:
                self.marks.pop(key, None)
            else:
                self.marks[key] = mark
        self.feed.put(text, marks)


def _with_token(finding: Finding, pieces: Sequence[Tick]) -> Finding:
    """The finding with the number, from 1, of the token in which its first span begins."""
    if not finding.spans or not pieces:
        return finding
    token, start = 1, finding.spans[0].start
    for piece in pieces[:-1]:
        start -= piece.chars
        if start < 0:
            break
        # Ticks without characters are reasoning.
        token += piece.tokens if piece.chars else 0
    return msgspec.structs.replace(finding, token=token)
