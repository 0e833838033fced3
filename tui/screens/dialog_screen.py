"""A dialog over a screen."""

from textual.screen import ModalScreen, ScreenResultType

from diptych.tui.screens.command_screen import CommandScreen


class DialogScreen(CommandScreen[ScreenResultType], ModalScreen[ScreenResultType]):
    """Its commands are in tui/dialog_commands.py; its first row, a DialogTitle, names those with a word."""

    CSS_PATH = "modal.tcss"
