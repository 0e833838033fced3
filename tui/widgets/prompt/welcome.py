"""What stands in the middle while nothing was asked: the first questions to pick, and the session that broke off."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click, Leave, MouseMove
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from diptych.tui.commands import letter_bindings
from diptych.tui.first_questions import FirstQuestion
from diptych.tui.sanitized_text import visible

_WIDEST = 92
"""Cells of a question in a row: longer rows are hard to read."""
_INDENT = 3
"""Cells for the key before a question."""
_PICK = "Press a number, click, or type your own question."
_TYPED = "Press enter to ask what you typed, or click a question."


class _Row(NamedTuple):
    """A row, and the number of the question that a click on it picks."""

    content: Content
    number: int | None = None


class Welcome(Widget, can_focus=True):
    """Paints its rows itself, in the middle; plain letters are commands while it has the focus."""

    FOCUS_ON_CLICK = False
    """Who clicks a question may want to type the next one."""
    BINDINGS: ClassVar[list[BindingType]] = [*letter_bindings()]

    class Picked(Message):
        """A question was clicked, or with 0 the session that broke off."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    questions: reactive[tuple[FirstQuestion, ...]] = reactive(())
    broken_off: reactive[str] = reactive("")
    """What is said of the session that broke off; "" if none did."""
    typed: reactive[bool] = reactive(False)
    """Whether something is typed in the prompt box."""
    hovered: reactive[int | None] = reactive(None)

    def render(self) -> Content:
        """The rows, with blank ones above."""
        return Content("\n").join(row.content for row in self._placed())

    def on_click(self, event: Click) -> None:
        """Pick the question that was clicked."""
        if (number := self._number_at(event.y)) is not None:
            self.post_message(self.Picked(number))

    def on_mouse_move(self, event: MouseMove) -> None:
        """Underline what a click would pick."""
        self.hovered = self._number_at(event.y)

    def on_leave(self, _: Leave) -> None:
        """Underline nothing."""
        self.hovered = None

    def _number_at(self, y: int) -> int | None:
        rows = self._placed()
        return rows[y].number if 0 <= y < len(rows) else None

    def _placed(self) -> list[_Row]:
        """The rows in the middle of the room."""
        width, height = self.size
        rows = self._fitting(max(20, min(width - 4 - _INDENT, _WIDEST)), height)
        left = " " * max(0, (width - max(row.content.cell_length for row in rows)) // 2)
        above = [_Row(Content(""))] * max(0, (height - len(rows)) // 2)
        return above + [row._replace(content=Content(left) + row.content) for row in rows]

    def _fitting(self, width: int, height: int) -> list[_Row]:
        """Whole questions with blank rows between them; where they have no room the blank rows give way first, then
        the ends of the longest questions."""
        for most in range(max(1, height), 0, -1):
            for airy in (True, False):
                rows = list(self._rows(width, most, airy))
                if len(rows) <= height:
                    return rows
        return rows[:height]

    def _rows(self, width: int, most: int, airy: bool) -> Iterator[_Row]:
        """`most`: rows of one question."""
        yield _Row(Content.styled(_TYPED if self.typed else _PICK, "bold $ink"))
        prompts = [_in_one_line(question.prompt) for question in self.questions]
        if not airy:
            yield _Row(Content(""))
        for number, question in enumerate(self.questions, 1):
            if airy:
                yield _Row(Content(""))
            yield from self._item(number, _cut(prompts, number - 1, width, most), "$ink")
            for line in Content(visible(question.why)).wrap(width):
                yield _Row(Content(" " * _INDENT) + line.stylize("$dim"), number)
        if self.broken_off:
            yield _Row(Content(""))
            yield from self._item(0, Content(visible(self.broken_off)).wrap(width), "$dim")

    def _item(self, number: int, lines: Sequence[Content], style: str) -> Iterator[_Row]:
        """What a key picks; underlined when a click would pick it."""
        style += " underline" if number == self.hovered else ""
        key = Content.styled(str(number).ljust(_INDENT), "bold $pattern")
        for index, line in enumerate(lines):
            yield _Row((key if index == 0 else Content(" " * _INDENT)) + line.stylize(style), number)


def _in_one_line(prompt: str) -> str:
    return visible(" ⏎ ".join(" ".join(line.split()) for line in prompt.splitlines() if line.strip()))


def _cut(prompts: list[str], index: int, width: int, most: int) -> list[Content]:
    """The rows of a prompt, at most so many. If only a beginning that it shares with another one would be seen, it
    begins where it differs from that one."""
    prompt = prompts[index]
    if (same := prompts.index(prompt)) < index:
        return [Content(f"The same question as {same + 1}.")]
    lines = Content(prompt).wrap(width)
    if len(lines) <= most:
        return lines
    shared = max((_shared(prompt, other) for other in prompts if other != prompt), default=0)
    if shared > most * width // 2:
        lines = Content("…" + prompt[prompt.rfind(" ", 0, shared) + 1 :]).wrap(width)
    if len(lines) > most:
        lines = [*lines[: most - 1], Content(lines[most - 1].plain[: width - 1].rstrip() + "…")]
    return lines


def _shared(one: str, other: str) -> int:
    """The number of first characters that two prompts share."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
