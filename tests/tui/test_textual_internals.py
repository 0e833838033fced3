"""The private parts of Textual that the console uses are there, and do what the console takes them to do."""

import os
import re
from importlib import import_module
from importlib.metadata import version
from inspect import getsource, signature
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import tomli
from textual import events
from textual._compositor import Compositor
from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.drivers.linux_driver import LinuxDriver
from textual.drivers.web_driver import WebDriver
from textual.geometry import Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widget import Widget
from textual.widgets import OptionList

from diptych.tui import textual_internals as internals
from tests.waiting import wait_until

SIGNATURES = {
    (Widget, "_scroll_update"): "(self, virtual_size: 'Size') -> 'None'",
    (App, "_start_widget"): "(self, parent: 'Widget', widget: 'Widget') -> 'None'",
    (App, "_fatal_error"): "(self) -> 'None'",
    (ScrollBar, "_render_bar"): "(self, scrollbar_style: 'Style') -> 'RenderableType'",
    (OptionList, "_get_left_gutter_width"): "(self) -> 'int'",
    (XTermParser, "feed"): "(self, data: 'str') -> 'Iterable[Message]'",
}


def test_textual_is_a_release_that_was_tried() -> None:
    project = tomli.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    (wanted,) = [line for line in project["dependencies"] if line.startswith("textual")]
    bounds = re.fullmatch(r"textual>=(\d+)\.(\d+),<(\d+)\.(\d+)", wanted)
    assert bounds is not None, wanted
    lowest, low, highest, high = map(int, bounds.groups())
    assert (lowest, low) <= tuple(map(int, version("textual").split("."))) < (highest, high)


@pytest.mark.parametrize(("owner", "name"), SIGNATURES)
def test_a_method_takes_what_it_took(owner: type, name: str) -> None:
    assert str(signature(getattr(owner, name))).replace("Iterable[T]", "Iterable[Message]") == SIGNATURES[owner, name]


def test_drivers_make_their_parser_from_the_name_that_is_replaced() -> None:
    module = import_module(LinuxDriver.__module__)
    assert module.XTermParser is not None
    assert "XTermParser(" in getsource(LinuxDriver.run_input_thread)
    assert "self._file.write" not in getsource(LinuxDriver), "it writes besides its writer thread"


async def test_a_driver_for_a_browser_sends_by_the_function_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    reading, writing = map(open, os.pipe(), "rw")
    monkeypatch.setattr("sys.__stdin__", reading)
    driver = WebDriver(App())
    assert driver.exit_event.is_set() is False
    assert isinstance(driver.fileno, int)
    internals.use_writer(driver, sent.append)
    driver.write("é")
    for end in (reading, writing):
        end.close()
    assert sent == [b"D\x00\x00\x00\x02\xc3\xa9"]


async def test_a_terminal_is_wrapped_before_anything_is_written_to_it() -> None:
    class Wrapped(LinuxDriver):
        def __init__(self) -> None:
            super().__init__(App())
            internals.wrap_terminal(self, lambda terminal: written)

    written = StringIO()
    driver = Wrapped()
    assert "WriterThread(self._file)" in getsource(LinuxDriver.start_application_mode)
    assert driver._file is written


class Rows(ScrollView):
    """Rows of which Textual knows the number alone."""

    bars: list[ScrollBar]

    def __init__(self) -> None:
        super().__init__()
        self.bars = []

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        return internals.vertical_scrollbar(self, self._make)

    def _make(self) -> ScrollBar:
        self.bars.append(ScrollBar(vertical=True))
        return self.bars[-1]


class Listed(internals.WithGutter, OptionList):
    GUTTER = 5


class Shown(internals.WithoutVariables):
    CSS = "Rows { height: 5; overflow-y: scroll }"

    def get_default_screen(self) -> Screen[Any]:
        screen = super().get_default_screen()
        self.compositor = internals.TightCompositor()
        internals.use_compositor(screen, self.compositor)
        return screen

    def compose(self) -> ComposeResult:
        yield Rows()
        yield Listed("one", "two\nof two rows", "three")


async def test_a_view_gets_rows_and_its_own_scroll_bar() -> None:
    app = Shown()
    async with app.run_test(size=(40, 12)) as pilot:
        view = app.query_one(Rows)
        internals.set_rows(view, 300)
        await pilot.pause()
        assert view.virtual_size == Size(0, 300)
        assert view.max_scroll_y == 295
        (bar,) = view.bars
        assert view.vertical_scrollbar is bar
        assert bar.is_running
        assert (bar.window_virtual_size, bar.window_size) == (300, 5)
        drawn = internals.uncoloured_bar(bar)
        assert isinstance(drawn, ScrollBarRender)
        assert (drawn.virtual_size, drawn.window_size, drawn.position) == (300, 5, 0)


async def test_options_have_a_gutter_and_know_their_rows() -> None:
    app = Shown()
    async with app.run_test(size=(40, 12)):
        options = app.query_one(Listed)
        assert [internals.option_at(options, row) for row in range(5)] == [(0, 0), (1, 0), (1, 1), (2, 0), (None, 0)]
        full = options.scrollable_content_region.width
        assert options.render_line(0).cell_length == full - Listed.GUTTER


async def test_the_screen_is_painted_by_the_compositor_that_it_was_given() -> None:
    app = Shown()
    async with app.run_test(size=(40, 12)):
        assert app.screen._compositor is app.compositor
        usual = Compositor.visible_widgets.fget(Compositor())  # type: ignore[attr-defined]
        assert usual == {}
        seen = app.compositor.visible_widgets
        assert {type(widget) for widget in seen} >= {Rows, Listed}
        assert seen == app.compositor._visible_widgets, "it is kept elsewhere, and worked out anew each time"


@pytest.mark.parametrize("name", ["nord", "textual-light"])
async def test_a_theme_from_the_start_is_like_one_that_is_set_later(name: str) -> None:
    early, late = Shown(), Shown()
    internals.begin_with_theme(early, name)
    async with early.run_test() as early_pilot, late.run_test() as late_pilot:
        late.theme = name
        await late_pilot.pause()
        await early_pilot.pause()
        assert early.theme == late.theme
        assert early.classes - {"-light-mode", "-dark-mode"} == {f"-theme-{name}"}
        assert [early.has_class(mode) for mode in ("-light-mode", "-dark-mode")] == [
            late.has_class(mode) for mode in ("-light-mode", "-dark-mode")
        ]
        assert early.get_css_variables() == late.get_css_variables()
        assert early.screen.styles.background == late.screen.styles.background
        assert early.query_one(Listed).styles.border == late.query_one(Listed).styles.border
        assert [f._terminal_theme for f in early._filters] == [f._terminal_theme for f in late._filters]  # type: ignore[attr-defined]


async def test_only_the_newest_message_is_kept() -> None:
    class Telling(Shown):
        def on_notify(self) -> None:
            internals.keep_newest_message(self)

    app = Telling()
    async with app.run_test(notifications=True) as pilot:
        for word in ("one", "two", "three"):
            app.notify(word)
        await wait_until(lambda: [str(toast.render()) for toast in app.screen.query("Toast")] == ["two", "three"])
        assert internals.toast_rack(app.screen) is not None
        await pilot.pause()


async def test_a_fault_tells_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    class Faulty(Shown):
        def on_mount(self) -> None:
            key = "sk-" + 20 * "7"
            raise RuntimeError(len(key))

    app = Faulty()
    with pytest.raises(RuntimeError):
        async with app.run_test():
            pass
    told = capsys.readouterr().err
    assert "RuntimeError: 23" in told
    assert 20 * "7" not in told


def test_a_paste_comes_out_of_the_usual_parser_too() -> None:
    parser = XTermParser()
    tokens = list(parser.feed(f"{internals.BRACKETED_PASTE_START}one{internals.BRACKETED_PASTE_END}x"))
    assert [type(token) for token in tokens] == [events.Paste, events.Key]
