"""The Textual app: what a user sees and presses."""

from tui.app import DiptychApp
from tui.cast import Cast
from tui.inert import visible

__all__ = ["Cast", "DiptychApp", "visible"]
