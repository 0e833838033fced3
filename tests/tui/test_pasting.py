"""What the terminal sends, in any cutting, and what is pasted on any screen."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message
from textual.widgets import Input

from diptych.tui.pasting import PasteParser
from diptych.tui.widgets.prompt.prompt_box import PromptBox
from tests.tui.app import console, ended, screen
from tests.waiting import wait_until

START, END = "\x1b[200~", "\x1b[201~"


def read(pieces: list[str]) -> list[str]:
    """What came of the pieces: keys, and pastes in brackets."""
    parser = PasteParser()
    found: list[Message] = [token for piece in pieces for token in parser.feed(piece)]
    return [
        f"<{t.text}>" if isinstance(t, events.Paste) else t.key
        for t in found
        if isinstance(t, events.Paste | events.Key)
    ]


@given(
    st.lists(
        st.tuples(st.text("ab"), st.text("xy \r\n\x00\x1b[201m~").filter(lambda text: END not in text + END[:-1]))
    ),
    st.lists(st.integers(1, 9)),
)
def test_what_is_pasted_comes_out_whole_however_it_is_cut(sent: list[tuple[str, str]], cuts: list[int]) -> None:
    data = "".join(f"{typed}{START}{pasted}{END}" for typed, pasted in sent) + "z"
    pieces = []
    for cut in cuts:
        pieces, data = [*pieces, data[:cut]], data[cut:]
    wanted = [key for typed, pasted in sent for key in (*typed, f"<{pasted}>")]
    assert read([piece for piece in (*pieces, data) if piece]) == [*wanted, "z"]


def test_keys_are_read_as_before() -> None:
    assert read(["a\r\x1b[A", "\x1b[", "B", "\x1bOP\n"]) == ["a", "enter", "up", "down", "f1", "ctrl+j"]


async def test_what_was_copied_in_the_console_is_cleaned_too(tmp_path: Path) -> None:
    async with console(tmp_path, typed="hostile") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("escape", "y", "enter", "ctrl+v")
        assert "\x1b" not in pilot.app.screen.query_one("#prompt", PromptBox).text
        assert "Control characters were left out" in screen(pilot)


async def test_what_is_pasted_comes_in_the_place_of_what_is_selected(tmp_path: Path) -> None:
    async with console(tmp_path, typed="Name a ship.") as (pilot, _):
        box = pilot.app.screen.query_one("#prompt", PromptBox)
        await pilot.press("left", *["shift+left"] * 4)
        pilot.app.post_message(events.Paste("fruit"))
        await pilot.pause()
        assert box.text == "Name a fruit."
        await pilot.press("!")
        assert box.text == "Name a fruit!."
        box.select_all()
        pilot.app.post_message(events.Paste(""))
        await pilot.pause()
        assert box.text == "Name a fruit!."


async def test_a_paste_right_after_the_key_that_goes_to_the_line_is_not_lost(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm") as (pilot, _):
        for open_, key in (("f11", "tab"), ("escape,f6", "slash")):
            await pilot.press(*open_.split(","))
            await pilot.pause()
            pilot.app.post_message(events.Key(key, None if key == "tab" else "/"))
            pilot.app.post_message(events.Paste("fruit"))
            await wait_until(lambda: isinstance(pilot.app.focused, Input) and pilot.app.focused.value == "fruit", key)


async def test_every_line_that_is_typed_takes_what_is_pasted_once(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        ways = {"f3,slash": "escape,escape", "f3,n": "escape,escape", "f7": "escape,escape", "f11,tab": "escape"}
        main = pilot.app.screen
        for open_, close in ways.items():
            await pilot.press(*open_.split(","))
            await wait_until(lambda: isinstance(pilot.app.focused, Input), open_)
            field = pilot.app.focused
            assert isinstance(field, Input)
            field.clear()
            number = field.type == "integer"
            pilot.app.post_message(events.Paste("12\r\n" if number else "12\r\n\n34\n"))
            await pilot.pause()
            assert field.value == ("12" if number else "12  34"), open_
            field.select_all()
            pilot.app.post_message(events.Paste("\x1b[1m5\r"))
            await pilot.pause()
            assert field.value == "5", open_
            await pilot.press(*close.split(","))
            await wait_until(lambda: pilot.app.screen is main, close)
