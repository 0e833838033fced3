"""One side: its head, what it thought aloud, its answer, its findings."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from diptych.errors import ANYWHERE, HintWords
from diptych.sessions import SIDE_NAMES
from diptych.tui.formatting import GLYPHS, finding_line, keeps_uncounted_row, state_ways, uncounted_line
from diptych.tui.model_names import ShownName
from diptych.tui.sanitized_text import visible
from diptych.tui.scratchpad_folding import Fold
from diptych.tui.widgets.answer.answer_pane import AnswerPane
from diptych.tui.widgets.answer.head import Face, Head, Status, Tone

if TYPE_CHECKING:
    from diptych.compare import LiveAnswer
    from diptych.sessions import Failure

_COUNT_SECONDS = 0.2
"""How often the numbers of a streaming answer move: often enough to be read."""
_NOTHING = Content("")

Notice = tuple[str, str]
"""A glyph and a line of text that is not part of an answer."""


class Reasoning(Widget):
    """A row that says that a model has thought aloud."""

    characters: reactive[int] = reactive(0)
    thinking: reactive[bool] = reactive(False)
    told: reactive[bool] = reactive(True)
    """Whether the number of characters may be shown."""

    def render(self) -> Content:
        """The number of characters, and the key that shows the text."""
        if not self.characters:
            return Content("")
        doing = "▾ reasoning…" if self.thinking else "▸ reasoning"
        much = f" · {self.characters:,} characters" if self.told else ""
        return Content.styled(f" {doing}{much} · v to read", "$dim").truncate(max(1, self.size.width), ellipsis=True)

    def show(self, characters: int, thinking: bool, told: bool = True) -> None:
        """Show that so much was thought, whether it goes on, and how much unless that may not be `told`."""
        self.characters, self.thinking, self.told = characters, thinking, told
        self.set_class(bool(characters), "-some")


class Findings(Widget):
    """One row for each detector, and one for what the probe does not look for. If there is no room for that row, its
    text stands at the right end of another. The labels that people gave are at the right end of the last one."""

    class Moved(Message):
        """They begin at another row."""

    expected: reactive[int] = reactive(0, layout=True)
    """The number of rows to come. They are reserved, so that the answer above does not jump."""
    said: reactive[tuple[str, ...]] = reactive(())
    """The labels of the answer."""
    more: reactive[bool] = reactive(False)
    """Whether the answer goes on below what can be seen of it."""

    def __init__(self) -> None:
        super().__init__()
        self.more_key = "f9"
        """The key that makes room for all rows; "" where it does nothing."""
        self._lines: tuple[Content, ...] = ()
        self._uncounted = _NOTHING

    def on_resize(self) -> None:
        """Tell the screen."""
        self.post_message(self.Moved())

    def show(self, lines: tuple[Content, ...], uncounted: Content = _NOTHING) -> None:
        """Show these rows, and what the probe does not look for; nothing is painted if they are the same as before."""
        new, shown = (*lines, uncounted), (*self._lines, self._uncounted)
        same = len(new) == len(shown) and all(a.is_same(b) for a, b in zip(new, shown, strict=True))
        if not same:
            self._lines, self._uncounted = lines, uncounted
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The reserved rows."""
        return self.expected

    def render(self) -> Content:
        """The rows, each cut at the edge."""
        width, height = max(1, self.size.width), max(1, self.size.height)
        rows = [line.truncate(width, ellipsis=True) for line in self._lines[:height]]
        rows += [_NOTHING] * (height - len(rows))
        if self.more:
            rows[0] = _beside(rows[0], Content.styled("↓ more below", "bold $ink"), width)
        ends = [_said(self.said)] if self.said else []
        if self._uncounted:
            also = self._uncounted.truncate(width, ellipsis=True)
            if not rows[-1]:
                rows[-1] = also
            elif self.said and height > 1:
                rows[-2] = _beside(rows[-2], also, width) if rows[-2] else also
            else:
                ends.insert(0, also)
        if (left_out := len(self._lines) - height) > 0:
            key = f" · {self.more_key}" if self.more_key else ""
            ends.append(Content.styled(f"+{left_out}{key}", "$dim"))
        if ends:
            rows[-1] = _beside(rows[-1], Content("  ").join(ends), width)
        return Content("\n").join(rows)


class Column(Vertical):
    """The column that shows the answer of a side."""

    def __init__(self, name: str, hint_words: HintWords = ANYWHERE) -> None:
        """`hint_words`: how hints are worded here."""
        super().__init__(id=f"column-{name}", classes=f"column -{name}")
        self._hint_words = hint_words
        self.pane = AnswerPane(id=f"answer-{name}")
        self._head = Head()
        self._reasoning = Reasoning()
        self._findings = Findings()
        self._live: LiveAnswer | None = None
        self._hidden = False
        """Whether nothing is shown of what was found, counted or measured in the answer, for it could tell the sides
        apart."""
        self._fold = Fold()
        self._flushed = False
        self._told: tuple[str | None, float] = (None, 0.0)
        """The state that the head shows, and when its numbers moved last."""
        self.moving = False
        """Whether it has numbers to show in a moment, even if nothing new comes."""

    def compose(self) -> ComposeResult:
        """Head, reasoning, answer, findings."""
        yield self._head
        yield self._reasoning
        yield self.pane
        yield self._findings

    @property
    def plain(self) -> bool:
        """Whether the head shows only name and state."""
        return self._head.plain

    @plain.setter
    def plain(self, plain: bool) -> None:
        self._head.plain = plain

    @property
    def state_room(self) -> int:
        """Cells that every side has for the state of its answer."""
        return self._head.room

    @state_room.setter
    def state_room(self, cells: int) -> None:
        if cells != self._head.room:
            self._head.room = cells
            self._told = (None, 0.0)
            if self._live is not None:
                self._show_state(self._live, self._hidden)

    @property
    def thoughts(self) -> str:
        """What the model thought aloud, before its answer or in a scratchpad of it."""
        return self._live.reasoning + self._fold.folded if self._live is not None else ""

    @property
    def face_name(self) -> str:
        """What the side is called on the screen."""
        return self._head.face.name

    def show_idle(self, face: Face, ways: Sequence[str], notice: Sequence[Notice] = (), counting: bool = False) -> None:
        """Show no answer, and why there is none, in one of several wordings; a `notice` a line, cut at the edge.
        `counting`: the words say how long it has taken so far."""
        self._empty(face, Status(tuple(f"· {words}" for words in ways)))
        self.pane.set_notice(list(notice), wrap=False)
        self.moving = counting

    def show_failure(self, face: Face, failure: Failure) -> None:
        """Show that the endpoint is not available, and what to do about it."""
        self._empty(face, Status((f"✕ {failure.kind}", "✕"), "fault"))
        self.pane.set_notice(_failure_notice(failure, False, GLYPHS["failed"], self._hint_words), fault=True)

    def _empty(self, face: Face, status: Status) -> None:
        self._show_face(face)
        self.moving = False
        self._head.status = status
        self._told = (None, 0.0)
        if self._live is not None:
            self._live = None
            self.pane.show("", {})
            self._findings.show(())
            self._findings.said = ()
            self._findings.more = False
            self._reasoning.show(0, False)

    def show(self, face: Face, live: LiveAnswer, said: Sequence[str] = (), elsewhere: bool = False) -> None:
        """Show `live` as it stands now, with its labels; what was shown before of the same answer is only added to.
        `elsewhere`: something that the probe does not look for was found in the answer of another side."""
        pane = self.pane
        update = live.feed.take()
        hidden = face.side is None
        if live is not self._live or update.anew or hidden != self._hidden:
            seen = pane.scroll_offset.y if live is self._live and not update.anew else 0
            self._live, self._fold, self._flushed, self._hidden = live, Fold(), False, hidden
            text, marks = self._fold.take(live.text, {} if hidden else live.marks)
            pane.show(text, {key: mark for key, mark in marks.items() if mark is not None}, live.prefix)
            pane.follow(seen)
        elif update.text or update.marks:
            pane.append(*self._fold.take(update.text, {} if hidden else update.marks))
        if live.ended and not self._flushed:
            self._flushed = True
            pane.append(*self._fold.finish())
        self._show_face(face)
        self._show_state(live, hidden)
        pane.set_live(live.state == "streaming")
        thinking = live.state == "streaming" and pane.empty
        self._reasoning.show(live.thought + self._fold.count, thinking, told=not hidden)
        pane.set_notice(self._notice(live, hidden), fault=live.state == "failed")
        findings = live.findings
        uncounted = live.uncounted
        self._findings.expected = len(findings) + keeps_uncounted_row(uncounted)
        nothing = hidden or live.state in ("waiting", "failed")
        lines = () if nothing else tuple(finding_line(f) for f in findings)
        also = _NOTHING if nothing else uncounted_line(uncounted, elsewhere and live.ended and bool(uncounted))
        self._findings.show(lines, also)
        self._findings.said = tuple(said)
        self.show_more()

    def show_more(self) -> None:
        """Say whether there is more below."""
        self._findings.more = self._live is not None and not self.pane.at_end

    def on_resize(self) -> None:
        """Once the answer has its new size."""
        self.call_after_refresh(self.show_more)

    def on_descendant_focus(self) -> None:
        """Mark the head."""
        self._head.marked = True

    def on_descendant_blur(self) -> None:
        """No longer."""
        self._head.marked = False

    def show_model(self, models: Mapping[str, ShownName]) -> None:
        """Show the model of the side as it is named here, by side; while the side is hidden, none is shown."""
        face = self._head.face
        if face.side is not None and face.side in models:
            self._head.face = face._replace(model=models[face.side])

    def _show_face(self, face: Face) -> None:
        if self._head.face != face:
            self._head.face = face
            for side in SIDE_NAMES:
                self.set_class(side == face.like, f"-{side}")

    def _show_state(self, live: LiveAnswer, hidden: bool) -> None:
        self.moving = live.state == "waiting"
        tone: Tone = "fault" if live.state == "failed" else "live" if live.state == "streaming" else "quiet"
        if hidden:
            self._head.status = Status((f"{GLYPHS[live.state]} {live.state}",), tone if tone == "fault" else "quiet")
            return
        now, (told, at) = time.monotonic(), self._told
        if live.state == told and now - at < _COUNT_SECONDS:
            self.moving = not live.ended
            return
        self._told = (live.state, now)
        self._head.status = Status(state_ways(live, self.state_room), tone)

    def _notice(self, live: LiveAnswer, hidden: bool) -> list[Notice]:
        """What to say below the text: why it is not whole, or what its endpoint does before it comes."""
        if live.failure is not None:
            return _failure_notice(live.failure, hidden, GLYPHS[live.state], self._hint_words)
        if live.state == "waiting" and live.doing and not hidden:
            return [("·", live.doing)]
        return []


def _said(labels: Sequence[str]) -> Content:
    return Content.assemble(("✎ ", "$dim"), (visible(", ".join(labels)).replace("\n", " "), "$ink"))


def _beside(left: Content, right: Content, width: int) -> Content:
    """Two texts in one row. Each has half of it, and what the other one leaves."""
    right = right.truncate(max(width // 2, width - left.cell_length - 2), ellipsis=True)
    room = width - right.cell_length
    left = left.truncate(max(1, room - 2), ellipsis=True)
    return Content.assemble(left, " " * (room - left.cell_length), right)


def _failure_notice(failure: Failure, hidden: bool, glyph: str, hint_words: HintWords) -> list[Notice]:
    """What happened and what to do about it; while the sides are hidden only that something did."""
    if hidden:
        return [(glyph, "there is no whole answer; the reason is shown once the answers are labelled")]
    return [(glyph, failure.message), ("→", failure.advice(hint_words))]
