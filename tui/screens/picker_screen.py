"""Choose a probe and one of its questions."""

import re
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from diptych.probes import Condition, Probe
from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import PICKER_COMMANDS
from diptych.tui.probe_words import Picked, counts_words, found_questions, needs_words, size_words
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.chrome.options import Options
from diptych.tui.widgets.prompt.line_input import LineInput

_BESIDE_FROM = 110
"""Cells of the screen from which the details stand beside the list, and not below it."""
_LONGEST = 140
"""Characters of a question in the list."""
_NO_PROBE = "Any question; any English word in the initials, and answers that describe such a pattern."


class PickerScreen(DialogScreen[Picked | None]):
    """Every condition of every probe is a row below the probe's title; the last row watches without a probe. Of a probe
    that is part of another one only the first is, until something is looked for."""

    OFFERED = PICKER_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(PICKER_COMMANDS)]

    def __init__(self, probes: Sequence[Probe], current: Probe | None) -> None:
        super().__init__()
        self._probes = probes
        self._current = current
        self._rows: list[Picked | None] = []
        """What each row of the list chooses; None for the title of a probe."""
        self._filter = LineInput(placeholder="filter: title, condition, question, measure", id="filter", compact=True)
        self._options, self._about = Options(), Static()

    def compose(self) -> ComposeResult:
        """The filter, the list, and what the marked question is about."""
        with Vertical(classes="dialog"):
            yield DialogTitle("Probes", self.OFFERED)
            yield self._filter
            with Container(id="probes"):
                yield self._options
                yield VerticalScroll(self._about, id="about")

    def on_mount(self) -> None:
        """Show all."""
        self._options.can_focus = False
        self._show()

    def on_resize(self, event: Resize) -> None:
        """The details stand beside the list where there is room."""
        self.set_class(event.size.width >= _BESIDE_FROM, "-beside")

    def _scroll(self) -> None:
        """Scroll so that the title of the marked probe stands at the top."""
        self._options.scroll_to_highlight(top=True)
        self._options.scroll_relative(y=-1, animate=False)

    # The list

    def _show(self) -> None:
        """Show the questions that are found."""
        words = self._filter.value.casefold().split()
        self._rows, options = [], []
        for probe in self._probes:
            found = list(found_questions(probe, words))
            if probe.part_of and not words:
                found = found[:1]
            if found:
                self._rows += [None, *found]
                options.append(Option(_marked(_title(probe), words), disabled=True))
                options += [Option(_marked(_question(row), words)) for row in found]
        if all(word in _NO_PROBE.casefold() or word in "no probe" for word in words):
            self._rows.append(Picked(None, None, ""))
            options.append(Option(_marked(Content.styled("No probe", "bold $ink"), words)))
        self._options.clear_options()
        self._options.add_options(options)
        if not options:
            self._about.update(Content.styled("no match; esc clears the filter", "$dim"))
        # All probes begin at the current one, those that were looked for at the first.
        places = [(place, row.probe) for place, row in enumerate(self._rows) if row is not None]
        current = [place for place, probe in places if not words and probe == self._current]
        self._options.highlighted = next(iter([*current, *(place for place, _ in places)]), None)
        self.call_after_refresh(self._scroll)

    @on(Input.Changed)
    def _filtered(self) -> None:
        self._show()

    @on(OptionList.OptionHighlighted)
    def _show_about(self, event: OptionList.OptionHighlighted) -> None:
        row = self._rows[event.option_index]
        if row is not None:
            self._about.update(_marked(_about(row), self._filter.value.split()))
            self.query_one("#about").scroll_home(animate=False)

    # Commands

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self._options.highlighted is not None:
            self._options.action_select()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._rows[event.option_index])

    def action_cursor_up(self) -> None:
        """To the question before."""
        self._options.action_cursor_up()

    def action_cursor_down(self) -> None:
        """To the question after."""
        self._options.action_cursor_down()

    def action_page_up(self) -> None:
        """A page back."""
        self._options.action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """A page further."""
        self._options.action_page_down()  # type: ignore[no-untyped-call]

    def action_first(self) -> None:
        """To the first question."""
        self._options.action_first()

    def action_last(self) -> None:
        """To the last row."""
        self._options.action_last()

    def action_cancel(self) -> None:
        """Clear the filter; without one, leave everything as it was."""
        if self._filter.value:
            self._filter.clear()
        else:
            self.dismiss(None)


def _title(probe: Probe) -> Content:
    if probe.part_of:
        return Content.styled(f"  {visible(probe.id)} · {size_words(probe)}, made from it", "$dim")
    return Content.assemble(
        (visible(probe.title), "bold $ink"), (f"  {visible(probe.id)} · {size_words(probe)}", "$dim")
    )


def _question(row: Picked) -> Content:
    assert row.condition is not None
    assert row.probe is not None
    indent, ink = ("    ", "$dim") if row.probe.part_of else ("  ", "$ink")
    return Content.assemble(
        (f"{indent}{visible(row.condition.name)}", ink), (_more(row.condition), "$dim"),
        (f"  {_in_one_line(row.prompt)}", "$dim"),
    )  # fmt: skip


def _more(condition: Condition) -> str:
    return f" · {len(condition.prompts)} questions" if len(condition.prompts) > 1 else ""


def _in_one_line(prompt: str) -> str:
    line = visible(" ".join(prompt.split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _marked(shown: Content, words: Sequence[str]) -> Content:
    """What was typed is underlined, so that it is seen why a row was found."""
    for word in words:
        shown = shown.highlight_regex(re.compile(re.escape(word), re.IGNORECASE), style="bold underline")
    return shown


def _about(row: Picked) -> Content:
    """What a question and its probe are about."""
    if row.probe is None or row.condition is None:
        return Content.styled(_NO_PROBE, "$ink")
    parts = [
        ("", row.probe.about),
        (f"{row.condition.name}: ", row.condition.about),
        ("Counts: ", counts_words(row.probe)),
        ("Needs: ", needs_words(row.probe)),
        ("Asks: ", row.prompt),
        *(("Caution: ", caution) for caution in row.probe.cautions),
    ]
    return Content("\n").join(
        Content.assemble((visible(heading), "bold $ink"), (visible(words), "$ink")) for heading, words in parts if words
    )
