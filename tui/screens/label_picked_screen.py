"""Labels answers that were picked at random: one after the other, without side and findings."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from diptych.compare import Comparison, PickedAnswer
from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import LABEL_PICKED_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title


class LabelPickedScreen(CommandScreen[bool]):
    """Its result is whether any answer was labelled."""

    CSS_PATH = "label_picked_screen.tcss"
    OFFERED = LABEL_PICKED_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(LABEL_PICKED_COMMANDS)]

    def __init__(self, comparison: Comparison, picked: Sequence[PickedAnswer]) -> None:
        """`comparison` stores the labels."""
        super().__init__()
        self._comparison = comparison
        self._picked = picked
        self._place = 0
        self._labelled = False
        self._title = Title()
        self._asked, self._prompt, self._answer = Static(id="asked"), Static(id="picked-prompt"), Static()
        self._scroll = VerticalScroll(self._prompt, self._answer, id="picked")

    def compose(self) -> ComposeResult:
        """What is asked, the question and the answer, keys."""
        yield self._title
        yield self._asked
        yield self._scroll
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the first."""
        self._scroll.focus()
        self._show()

    def _show(self) -> None:
        one = self._picked[self._place]
        answer = one.saved.answer
        self._title.show(["label", f"{self._place + 1} of {len(self._picked)}"], [], "", False)
        said = self._comparison.view.said(one.question).get(one.saved.id, "")
        before = f"   you said {said}" if said else ""
        self._asked.update(Content.assemble((f" {visible(one.question)}?", "bold $ink"), (before, "$dim")))
        self._prompt.update(Content.styled(f"› {visible(answer.prompt)}", "$dim"))
        self._answer.update(Content.assemble((visible(answer.prefill), "$dim"), (visible(answer.text), "$ink")))
        self._scroll.scroll_home(animate=False)

    async def action_say(self, value: str) -> None:
        """Label the answer, and go on to the next one."""
        await self._comparison.say(self._picked[self._place], value)
        self._labelled = True
        if self._place + 1 == len(self._picked):
            self.dismiss(True)
        else:
            self._place += 1
            self._show()

    def action_before(self) -> None:
        """The answer before."""
        self._place = max(0, self._place - 1)
        self._show()

    def action_stop(self) -> None:
        """No more for now."""
        self.dismiss(self._labelled)
