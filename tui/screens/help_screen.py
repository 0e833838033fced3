"""All keys of a screen, and what its signs mean."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from diptych.tui.commands import GROUPS, TYPING, Command, screen_bindings, shown_key
from diptych.tui.dialog_commands import HELP_COMMANDS
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.signs import LEGENDS
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.chrome.help_page import LEFT, HelpPage, HelpRow


class HelpScreen(DialogScreen[None]):
    """One page; any of the usual keys closes it."""

    OFFERED = HELP_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(HELP_COMMANDS)]

    def __init__(self, commands: Sequence[Command], legend: str) -> None:
        """`commands`: what can be done on the screen below; `legend`: the name of its signs in tui/signs.py."""
        super().__init__()
        self._commands = commands
        self._legend = legend

    def compose(self) -> ComposeResult:
        """Keys first, then signs."""
        with Vertical(classes="dialog"):
            typed = any(command.group == TYPING for command in self._commands)
            note = "after esc from the prompt box, letters work too" if typed else ""
            yield DialogTitle(Content.assemble(("Help", "bold $ink"), (f"   {note}", "$dim")), self.OFFERED)
            with VerticalScroll(classes="dialog-scroll"):
                yield HelpPage(self._keys(), self._signs())

    def _keys(self) -> list[HelpRow]:
        return [
            HelpRow(
                command.group,
                Content.styled(_key_lines(command.keys), "bold $ink"),
                Content.assemble((command.name, "$ink"), (f"  {command.sentence}", "$dim")),
            )
            for command in sorted(self._commands, key=_place)
            if command.keys
        ]

    def _signs(self) -> list[HelpRow]:
        return [HelpRow(sign.group, sign.sign, Content.styled(sign.meaning, "$ink")) for sign in LEGENDS[self._legend]]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dialogs have no signs to go to."""
        return action != "signs" or bool(LEGENDS[self._legend])

    def action_signs(self) -> None:
        """Scroll to the signs, or from there to the keys."""
        scroll = self.query_one(VerticalScroll)
        signs = min(self.query_one(HelpPage).signs_top, scroll.max_scroll_y)
        scroll.scroll_to(y=0 if scroll.scroll_offset.y >= signs else signs, animate=False)

    def action_help(self) -> None:
        """The key that opens the help closes it."""
        self.dismiss()


def _key_lines(keys: Sequence[str]) -> str:
    """The keys with two blanks between, in lines that fit; no key is cut."""
    lines: list[str] = []
    for key in map(shown_key, keys):
        if lines and len(lines[-1]) + 2 + len(key) <= LEFT:
            lines[-1] += f"  {key}"
        else:
            lines.append(key)
    return "\n".join(lines)


def _place(command: Command) -> int:
    """Where the group of a command stands."""
    return GROUPS.index(command.group) if command.group in GROUPS else -1
