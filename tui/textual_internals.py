"""Every private part of Textual that the console uses, and why. No other module names one.

Textual may change these parts in any release. So pyproject.toml allows only the releases that were tried, and
tests/tui/test_textual_internals.py fails when a part is missing or behaves differently. To allow a new release of
Textual, run that test with it.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from rich.style import Style
from textual import messages
from textual._compositor import Compositor
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.app import App
from textual.driver import Driver
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widget import Widget
from textual.widgets._toast import ToastRack

if TYPE_CHECKING:
    from textual.drivers.web_driver import WebDriver
    from textual.widgets import OptionList

__all__ = ["BRACKETED_PASTE_END", "BRACKETED_PASTE_START", "XTermParser"]
"""The parser of what the terminal sends, and the marks around a paste: tui/pasting.py reads pastes in another way."""


# Painting


class TightCompositor(Compositor):
    """Renders the widgets that lie where something changed.

    Textual's own renders every widget whose container lies there. On a screen of containers that is nearly every
    widget, in every frame.
    """

    @property
    def visible_widgets(self) -> dict[Widget, tuple[Region, Region]]:
        """The region of each widget, and the part of it that can be seen."""
        if self._visible_widgets is None:
            visible = super().visible_widgets
            self._visible_widgets = {
                widget: (region, region.intersection(clip)) for widget, (region, clip) in visible.items()
            }
        return self._visible_widgets


def use_compositor(screen: Screen[Any], compositor: Compositor) -> None:
    """Let the screen be painted by this compositor. For a screen that is not shown yet."""
    screen._compositor = compositor


# Messages


def toast_rack(screen: Screen[Any]) -> Widget | None:
    """Where a screen shows its messages; None while it has no such place."""
    return next(iter(screen.query(ToastRack)), None)


def keep_newest_message(app: App[Any]) -> None:
    """Take away all messages that are shown but the last one."""
    for message in list(app._notifications)[:-1]:
        app._unnotify(message)


# Themes


def begin_with_theme(app: App[Any], name: str) -> None:
    """Give the app this theme before it runs. After the usual way to set one, all style sheets are read a second time
    once the app has begun, and every widget is styled anew."""
    app.set_reactive(App.theme, name)
    theme = app.current_theme
    for class_, has in ((f"-theme-{name}", True), ("-dark-mode", theme.dark), ("-light-mode", not theme.dark)):
        app.set_class(has, class_, update=False)
    app.stylesheet.set_variables(app.get_css_variables())
    app._refresh_truecolor_filter(app.ansi_theme)


# Scrolling


def set_rows(view: ScrollView, rows: int) -> None:
    """Give the view so many rows without a layout of the whole screen: its own size does not change."""
    view.set_reactive(ScrollView.virtual_size, Size(0, rows))
    view._scroll_update(view.virtual_size)


def vertical_scrollbar(view: ScrollView, make: Callable[[], ScrollBar]) -> ScrollBar:
    """The scroll bar of the view. The first time it is made by `make`: Textual has no option for another kind."""
    if view._vertical_scrollbar is None:
        view._vertical_scrollbar = bar = make()
        bar.display = False
        view.app._start_widget(view, bar)
    return view._vertical_scrollbar


def uncoloured_bar(bar: ScrollBar) -> ScrollBarRender:
    """What the bar would paint, without colours. Its colours take longer to find than all the rest."""
    rendered = bar._render_bar(Style.null())
    assert isinstance(rendered, ScrollBarRender)
    return rendered


# Lists of options


class WithGutter:
    """For an OptionList that paints something left of its options: put this class before it."""

    GUTTER = 0
    """Cells."""

    def _get_left_gutter_width(self) -> int:
        return self.GUTTER


def option_at(options: "OptionList", row: int) -> tuple[int | None, int]:
    """Which option has this row of the list, and which row of the option it is; None below the last option."""
    lines = options._lines
    return lines[row] if row < len(lines) else (None, 0)


# Terminals


def use_parser(driver: type[Driver], parser: type[XTermParser]) -> None:
    """Let this class of drivers read what the terminal sends with this parser.

    A driver makes its parser in the middle of its reading loop, from a global name of its module.
    """
    for module in {sys.modules[base.__module__] for base in driver.__mro__}:
        if hasattr(module, "XTermParser"):
            vars(module)["XTermParser"] = parser


def wrap_terminal(driver: Driver, wrapped: Callable[[TextIO], Any]) -> None:
    """Let the driver write to `wrapped(terminal)`. A driver that writes to no terminal stays as it is."""
    if hasattr(driver, "_file"):
        driver._file = wrapped(driver._file)


def use_writer(driver: "WebDriver", write: Callable[[bytes], None]) -> None:
    """Let a driver for a browser send its packets with this function."""
    driver._write = write  # type: ignore[assignment]


def ask_to_exit(driver: Driver) -> None:
    """Let the driver's app end."""
    driver._app.post_message(messages.ExitApp())


# Faults


class WithoutVariables(App[None]):
    """An app that prints where a fault happened, and not the values of all variables there: one may be an API key."""

    def _fatal_error(self) -> None:
        from rich.traceback import Traceback

        self.bell()
        self.panic(Traceback(width=None))
