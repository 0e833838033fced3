"""The Textual app: what a user sees and presses."""

from tui.app import DiptychApp
from tui.cast import Cast
from tui.inert import visible
from tui.screens.sessions import Chosen
from tui.theme import NOTE as THEME_NOTE
from tui.theme import SIDES

__all__ = ["SIDES", "THEME_NOTE", "Cast", "Chosen", "DiptychApp", "visible"]
