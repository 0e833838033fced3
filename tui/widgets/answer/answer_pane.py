"""One side's answer: its text with marks, and the margin that spells the initials."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import Selection
from textual.strip import Strip

from diptych.detectors import Span
from diptych.tui.line_filters import filtered
from diptych.tui.sanitized_text import visible
from diptych.tui.text_wrapping import Row, WrappedText, text_width
from diptych.tui.textual_internals import set_rows, vertical_scrollbar
from diptych.tui.widgets.answer.pane_bar import PaneBar

if TYPE_CHECKING:
    from diptych.compare import MarkKey
    from diptych.detectors import Mark

MARGIN = 5
"""Cells left of the text: a letter with a blank on both sides, and two blanks."""
_LONGEST_SPAN = 1000
"""Characters to look back for a mark that reaches into a row; detectors mark no more than a sentence."""
_CACHED_ROWS = 200
"""The painted rows that are kept: a few screenfuls, because each row holds caches of its own."""
_CURSOR = "▌"


class AnswerPane(ScrollView, can_focus=True):
    """Holds the wrapped rows of one answer and paints only rows that changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "answer--letter",
        "answer--letter-weak",
        "answer--pattern",
        "answer--description",
        "answer--cursor",
        "answer--prefix",
        "answer--notice",
        "answer--fault",
        "answer--selection",
    }
    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "scroll", show=False),
        Binding("down,j", "scroll_down", "scroll", show=False),
        Binding("home,g", "scroll_home", "top", show=False),
        Binding("end,G", "scroll_end", "end", show=False),
    ]

    class Scrolled(Message):
        """The reader scrolled."""

        def __init__(self, pane: AnswerPane, y: float) -> None:
            super().__init__()
            self.pane = pane
            self.y = y

        @property
        def control(self) -> AnswerPane:
            return self.pane

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._raw: list[str] = []
        self._prefix = 0
        """The number of characters before the answer itself: the text that it continues."""
        self._wrapped = WrappedText(80)
        self._marks: dict[MarkKey, Mark] = {}
        self._places: list[tuple[int, MarkKey]] = []
        """Where each mark begins, in order."""
        self._notice: list[tuple[str, str]] = []
        self._notice_wraps = True
        self._notice_style = "notice"
        self._notice_rows: list[str] = []
        self._live = False
        self._moved_by_program = False
        self._strips: LRUCache[int, Strip] = LRUCache(_CACHED_ROWS)
        self._kept_styles: dict[str, Style] = {}

    # What is shown

    def show(self, text: str, marks: Mapping[MarkKey, Mark], prefix: str = "") -> None:
        """Replace everything. `prefix`: what the answer goes on from; marks are places in the answer itself."""
        self._raw = [prefix + text]
        self._prefix = len(prefix)
        self._marks = {key: self._placed(mark) for key, mark in marks.items()}
        self._places = sorted((mark.span.start, key) for key, mark in self._marks.items())
        self._notice = []
        self._wrap_all()
        self._program_scroll(0)

    def append(self, text: str, marks: Mapping[MarkKey, Mark | None]) -> None:
        """Add text at the end, and change marks anywhere."""
        following = self.at_end
        if text:
            self._raw.append(text)
            self._changed(self._wrapped.append(text), len(self._wrapped))
        for key, mark in marks.items():
            self._set_mark(key, self._placed(mark) if mark is not None else None)
        self._grow(following)

    def set_live(self, live: bool) -> None:
        """Show or hide the cursor behind the last character."""
        if live != self._live:
            self._live = live
            self._changed(len(self._wrapped) - 1, len(self._wrapped))

    def set_notice(self, lines: list[tuple[str, str]], wrap: bool = True, fault: bool = False) -> None:
        """Lines below the text that are not part of it, with a glyph each; cut at the edge unless wrapped. `fault`:
        they say what went wrong, louder than all else."""
        if lines != self._notice:
            following = self.at_end
            self._notice, self._notice_wraps = lines, wrap
            self._notice_style = "fault" if fault else "notice"
            self._wrap_all()
            if following:
                # Not past the beginning of what is said.
                self._program_scroll(min(self.max_scroll_y, len(self._wrapped)))

    @property
    def text(self) -> str:
        """The raw text of the answer."""
        return self._whole[self._prefix :]

    @property
    def _whole(self) -> str:
        """The answer and what it goes on from."""
        return "".join(self._raw)

    @property
    def empty(self) -> bool:
        """Whether nothing of the answer has come."""
        last = self._wrapped.rows[-1]
        return last.start + len(last.text) <= self._prefix

    def _placed(self, mark: Mark) -> Mark:
        """The mark, moved behind the prefix."""
        if not self._prefix:
            return mark
        start, end = mark.span.start + self._prefix, mark.span.end + self._prefix
        return msgspec.structs.replace(mark, span=Span(start, end))

    @property
    def at_end(self) -> bool:
        """Whether the last row can be seen."""
        return self.scroll_offset.y >= self.max_scroll_y

    def follow(self, y: float) -> None:
        """Scroll as another pane did."""
        self._program_scroll(y)

    # Wrapping and scrolling

    @property
    def _text_width(self) -> int:
        return text_width(self.scrollable_content_region.width - MARGIN)

    def _wrap_all(self) -> None:
        self._wrapped = WrappedText(self._text_width)
        self._raw = [self._whole]
        self._wrapped.append(self._raw[0])
        self._notice_rows = self._wrap_notice()
        self._strips.clear()
        set_rows(self, len(self._wrapped) + len(self._notice_rows))
        self.refresh()

    def _wrap_notice(self) -> list[str]:
        rows: list[str] = []
        for glyph, line in self._notice:
            width = max(1, self._text_width - 2)
            wrapped = WrappedText(width)
            wrapped.append(line)
            shown = [row.text for row in wrapped.rows]
            if not self._notice_wraps:
                shown = [Content(visible(line.replace("\n", " "))).truncate(width, ellipsis=True).plain]
            rows += [f"{glyph if i == 0 else ' '} {row}" for i, row in enumerate(shown)]
        return ["", *rows] if rows and self._wrapped.rows[-1].text else rows

    def _grow(self, following: bool) -> None:
        height = len(self._wrapped) + len(self._notice_rows)
        if height != self.virtual_size.height:
            set_rows(self, height)
            if following:
                self._program_scroll(self.max_scroll_y)

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """A PaneBar."""
        return vertical_scrollbar(self, lambda: PaneBar(name="vertical", thickness=self.scrollbar_size_vertical))

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once: text that arrives would cancel an animation."""
        super().scroll_to(x, y, **{**options, "animate": False})

    def _program_scroll(self, y: float) -> None:
        self._moved_by_program = True
        self.scroll_to(y=y, animate=False, immediate=True, force=True)
        self._moved_by_program = False

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        if not self._moved_by_program and round(old) != round(new):
            self.post_message(self.Scrolled(self, new))

    def on_resize(self) -> None:
        if self._wrapped.width != self._text_width:
            following = self.at_end
            self._wrap_all()
            if following and self._live:
                self._program_scroll(self.max_scroll_y)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._kept_styles.clear()

    def _changed(self, first: int, end: int) -> None:
        for index in range(first, end):
            self._strips.discard(index)
        self.refresh_lines(first, end - first)

    def _set_mark(self, key: MarkKey, mark: Mark | None) -> None:
        old = self._marks.pop(key, None)
        if old is not None:
            del self._places[bisect_left(self._places, (old.span.start, key))]
        if mark is not None:
            self._marks[key] = mark
            insort(self._places, (mark.span.start, key))
        for changed in (old, mark):
            if changed is not None:
                last = self._wrapped.row_of(max(changed.span.start, changed.span.end - 1))
                self._changed(self._wrapped.row_of(changed.span.start), last + 1)

    def _marks_in(self, row: Row) -> list[Mark]:
        end = row.start + len(row.text)
        low = bisect_left(self._places, (row.start - _LONGEST_SPAN, (0, 0)))
        high = bisect_right(self._places, (end, (0, 0)))
        marks = (self._marks[key] for _, key in self._places[low:high])
        return [m for m in marks if m.span.end > row.start and m.span.start < end]

    # Painting

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a region, straight from the kept strips.

        Textual normally recomposes border, padding and content of each line; a pane has neither border nor padding,
        and a scrolling pane repaints every row at every frame.
        """
        strips = [self.render_line(y) for y in crop.line_range]
        return strips if crop.column_span == (0, self._full_width) else [s.crop(*crop.column_span) for s in strips]

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index = self.scroll_offset.y + y
        if self.text_selection is not None:
            return self._strip(index)
        strip = self._strips.get(index)
        if strip is None:
            strip = self._strips[index] = self._strip(index)
        return strip

    def _strip(self, index: int) -> Strip:
        strip = self._paint(index).adjust_cell_length(self._full_width, self._style()).apply_offsets(0, index)
        return filtered(self, [strip])[0]

    def _style(self, component: str = "") -> Style:
        """The style of a component, or of the pane itself. Kept here: Textual computes it anew after each refresh."""
        if component not in self._kept_styles:
            name = f"answer--{component}"
            self._kept_styles[component] = self.get_component_rich_style(name) if component else self.rich_style
        return self._kept_styles[component]

    @property
    def _full_width(self) -> int:
        """Cells of a row, what the scrollbar covers included."""
        return self.outer_size.width

    def _paint(self, index: int) -> Strip:
        base = self._style()
        if index >= len(self._wrapped):
            notice = index - len(self._wrapped)
            line = self._notice_rows[notice] if notice < len(self._notice_rows) else ""
            style = self._style(self._notice_style)
            return Strip([Segment(" " * MARGIN, base), Segment(line, style)])
        row = self._wrapped.rows[index]
        marks = self._marks_in(row)
        segments = [*self._margin(marks, row, base), *self._body(marks, row, index, base)]
        if self._live and index == len(self._wrapped) - 1:
            segments.append(Segment(_CURSOR, self._style("cursor")))
        return Strip(segments)

    def _margin(self, marks: list[Mark], row: Row, base: Style) -> list[Segment]:
        for mark in marks:
            if mark.letter and row.opens_line and mark.span.start >= row.start:
                style = self._style("letter" if mark.strong else "letter-weak")
                return [Segment(f" {mark.letter} ", style), Segment(" " * (MARGIN - 3), base)]
        return [Segment(" " * MARGIN, base)]

    def _body(self, marks: list[Mark], row: Row, index: int, base: Style) -> list[Segment]:
        """The row's text cut where a style changes; a pattern lies over a description, a selection over both."""
        styles = [base] * len(row.text)
        if row.start < self._prefix:
            given = min(self._prefix - row.start, len(row.text))
            styles[:given] = [self._style("prefix")] * given
        for kind in ("description", "pattern"):
            style = self._style(kind)
            for mark in marks:
                if mark.kind == kind and mark.strong:
                    first, last = max(0, mark.span.start - row.start), min(len(row.text), mark.span.end - row.start)
                    styles[first:last] = [style] * (last - first)
        if (selection := self.text_selection) is not None and (span := selection.get_span(index)) is not None:
            first, last = span
            first = max(0, first - MARGIN)
            last = len(row.text) if last == -1 else max(0, min(len(row.text), last - MARGIN))
            style = self._style("selection")
            styles[first:last] = [style] * max(0, last - first)
        segments: list[Segment] = []
        start = 0
        for end in range(1, len(styles) + 1):
            if end == len(styles) or styles[end] is not styles[start]:
                segments.append(Segment(row.text[start:end], styles[start]))
                start = end
        return segments

    # Selecting

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The raw text under a selection with the mouse: rows of one line are joined again."""
        picked: list[str] = []
        raw = self._whole
        for index, row in enumerate(self._wrapped.rows):
            if (span := selection.get_span(index)) is None:
                continue
            first, last = span
            first = max(0, first - MARGIN)
            last = len(row.text) if last == -1 else max(0, min(len(row.text), last - MARGIN))
            picked.append(("\n" if row.opens_line and picked else "") + raw[row.start + first : row.start + last])
        return "".join(picked), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint the selection."""
        self._strips.clear()
        self.refresh()
