"""What is painted in a quicker way looks as Textual's own way would have it."""

from itertools import pairwise

import pytest
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip

from diptych.tui.textual_internals import TightCompositor
from diptych.tui.theme import THEMES
from diptych.tui.widgets.answer.answer_pane import AnswerPane
from diptych.tui.widgets.answer.pane_bar import PaneBar


class UsualPane(AnswerPane):
    """With the usual scroll bar."""

    vertical_scrollbar = ScrollView.vertical_scrollbar  # type: ignore[assignment]


class Both(App[None]):
    """The same text in both, side by side."""

    CSS = "Screen { scrollbar-size-vertical: 1 } AnswerPane { width: 1fr; overflow-y: scroll; }"

    def __init__(self, compositor: type[Compositor] = Compositor) -> None:
        super().__init__()
        self.animation_level = "none"
        self.compositor = compositor
        for theme in THEMES:
            self.register_theme(theme)
        self.panes = [AnswerPane(), UsualPane()]

    def get_default_screen(self) -> Screen[None]:
        screen: Screen[None] = super().get_default_screen()
        screen._compositor = self.compositor()
        return screen

    def compose(self) -> ComposeResult:
        yield Horizontal(*self.panes)

    async def add(self, pilot: Pilot[None], rows: int) -> None:
        for pane in self.panes:
            pane.append("word\n" * rows, {})
        await pilot.pause()

    def bars(self) -> tuple[list[Strip], list[Strip]]:
        """What is on the screen of the two bars, cell by cell."""
        strips, width = self.screen._compositor.render_strips(), self.size.width
        mine, usual = ([strip.crop(end - 1, end) for strip in strips] for end in (width // 2, width))
        return mine, usual


async def test_the_bar_of_a_pane_looks_like_any_other() -> None:
    app, seen = Both(), []
    async with app.run_test(size=(60, 20)) as pilot:

        async def same() -> None:
            await pilot.pause()
            mine, usual = app.bars()
            assert mine == usual
            seen.append(mine)

        await same()
        for rows in (5, 14, 1, 1, 40, 300, 5000):
            await app.add(pilot, rows)
            await same()
        for y in (0, 1, 77, 2000, 5000):
            for pane in app.panes:
                pane.scroll_to(y=y)
            await same()
        for theme in THEMES:
            app.theme = theme.name
            await same()
        await pilot.resize_terminal(50, 9)
        await same()
        for state in (True, False):
            for pane in app.panes:
                pane.vertical_scrollbar.mouse_over = state
            await same()
        for pane in app.panes:
            pane.show("short", {})
        await same()
        assert isinstance(app.panes[0].vertical_scrollbar, PaneBar)
        assert not isinstance(app.panes[1].vertical_scrollbar, PaneBar)
    assert sum(before != after for before, after in pairwise(seen)) > 12


@pytest.mark.parametrize("where", [0, 5, 19])
async def test_a_thumb_can_be_dragged(where: int) -> None:
    app = Both()
    async with app.run_test(size=(60, 20)) as pilot:
        await app.add(pilot, 400)
        bar = app.panes[0].vertical_scrollbar
        await pilot.mouse_down(bar, offset=(0, 19))
        await pilot.hover(bar, offset=(0, where))
        await pilot.mouse_up(bar, offset=(0, where))
        assert app.panes[0].scroll_offset.y == pytest.approx(app.panes[0].max_scroll_y * where / 19, abs=25)


async def test_less_is_rendered_and_the_same_seen() -> None:
    screens = []
    for compositor in (Compositor, TightCompositor):
        app, seen = Both(compositor), []
        async with app.run_test(size=(60, 20)) as pilot:
            for rows in (3, 30, 1):
                await app.add(pilot, rows)
                seen.append(app.screen._compositor.render_strips())
            await pilot.resize_terminal(40, 9)
            seen.append(app.screen._compositor.render_strips())
        screens.append(seen)
    assert screens[0] == screens[1]
