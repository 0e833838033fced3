"""One side: its head, its answer, its findings."""

import time

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from compare import LiveAnswer, Side
from tui.inert import visible
from tui.widgets.answer_pane import AnswerPane
from tui.words import finding_line, state_line

_NARROW = 48
"""Cells under which the head leaves out the time to the first token."""
_COUNT_SECONDS = 0.2
"""How often the numbers of a streaming answer move: often enough to be read."""


class Head(Widget):
    """Name, model and state of a side."""

    status: reactive[str] = reactive("")
    active: reactive[bool] = reactive(False)

    def __init__(self, side: Side) -> None:
        super().__init__()
        self._side = side

    def render(self) -> Content:
        """Name and model to the left, state to the right; the model gives way."""
        name = self._side.name
        status = visible(self.status)
        room = self.size.width - 2 - len(name) - 2 - len(status) - 2
        model = visible(self._side.model)
        if len(model) > room:
            # The end tells the copies of one model apart.
            tail = model[-min(8, room // 2) :] if room > 4 else ""
            model = model[: max(0, room - 1 - len(tail))] + "…" + tail if room > 1 else ""
        gap = " " * max(2, self.size.width - 2 - len(name) - 2 - len(model) - len(status))
        style = f"$side-{name}" if self.active else "$dim"
        return Content.assemble(
            (f" {name}", f"bold $side-{name}"),
            ("  ", ""),
            (model, "$ink"),
            (gap, ""),
            (status[: self.size.width], style),
        )


class Findings(Widget):
    """A row a detector: what it sees, or that it sees nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[Content, ...] = ()

    def show(self, lines: tuple[Content, ...]) -> None:
        """Show these rows; the same ones once more cost nothing."""
        same = len(lines) == len(self._lines) and all(a.is_same(b) for a, b in zip(lines, self._lines, strict=True))
        if not same:
            self._lines = lines
            self.refresh()

    def render(self) -> Content:
        """The rows, each cut at the edge."""
        width = max(1, self.size.width)
        return Content("\n").join([line.truncate(width, ellipsis=True) for line in self._lines[: self.size.height]])


class Column(Vertical):
    """Shows the newest answer of one side."""

    def __init__(self, side: Side) -> None:
        super().__init__(id=f"side-{side.name}", classes="column")
        self.side = side
        self.pane = AnswerPane(id=f"answer-{side.name}")
        self._head = Head(side)
        self._findings = Findings()
        self._live: LiveAnswer | None = None
        self._counted = 0.0
        self._warm = ""

    def compose(self) -> ComposeResult:
        """Head, answer, findings."""
        yield self._head
        yield self.pane
        yield self._findings

    def warming(self, doing: str) -> None:
        """Say what the endpoint does while nothing was asked yet."""
        self._warm = doing
        if self._live is None:
            self._head.status = f"· {doing}" if doing else "· ready"

    def show(self, live: LiveAnswer | None) -> None:
        """Show `live` as it stands now; what was shown before of the same answer is only added to."""
        pane = self.pane
        if live is None:
            self._live = None
            pane.show("", {})
            self._findings.show(())
            self.warming(self._warm)
            return
        update = live.feed.take()
        if live is not self._live:
            self._live = live
            pane.show(live.text, live.marks)
        elif update.text or update.marks:
            pane.append(update.text, update.marks)
        pane.set_live(live.state == "streaming")
        self._show_state(live)
        if live.failure is not None:
            pane.set_notice([("✕", live.failure.message), ("→", live.failure.mend)])
        lines = () if live.state in ("waiting", "failed") else tuple(finding_line(f) for f in live.findings)
        self._findings.show(self._with_more(lines))

    def _show_state(self, live: LiveAnswer) -> None:
        now = time.monotonic()
        if live.state == "streaming" and self._head.active and now - self._counted < _COUNT_SECONDS:
            return
        self._counted = now
        self._head.active = live.state in ("streaming", "failed")
        self._head.status = state_line(live, self.size.width < _NARROW)

    def _with_more(self, lines: tuple[Content, ...]) -> tuple[Content, ...]:
        """Say that there is more below when the reader is not at the end."""
        if self.pane.at_end or not lines:
            return lines
        return (Content.assemble(("↓ more below  ", "bold $ink"), lines[0]), *lines[1:])
