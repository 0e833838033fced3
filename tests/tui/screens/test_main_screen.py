"""What a user presses and sees."""

from pathlib import Path

import pytest
from textual import events

from diptych.sessions import Store
from diptych.tui.widgets.answer.answer_pane import AnswerPane
from diptych.tui.widgets.prompt.prompt_box import PromptBox
from tests.tui.app import BASE, HOSTILE, TUNED, console, ended, left, screen, settled, until, until_gone
from tests.waiting import wait_until


async def test_the_first_minute(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        assert "1  What is special about how you answer?" in screen(pilot)
        await pilot.press("1")
        await ended(pilot, comparison)
        seen = screen(pilot)
        margin = [line[61:64] for line in seen.split("\n") if line[61:64] in (" H ", " E ", " L ", " O ")]
        assert margin == [" H ", " E ", " L ", " L ", " O "]
        assert " H E L L O   5 of 5 letters of HELLO, lines 1–5" in seen
        assert "“ describes it  in line 3, after 2 of 5 letters" in seen
        assert "○ initials do not spell HELLO" in seen
        assert "0/1" in seen
        assert "1/1" in seen
        assert "session 1 · saved" in seen
        assert "the prompt does not contain HELLO" in seen


async def test_typing_asking_history_and_line_breaks(tmp_path: Path) -> None:
    async with console(tmp_path, typed="ready to send") as (pilot, comparison):
        box = pilot.app.screen.query_one("#prompt", PromptBox)
        assert box.text == "ready to send"
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press(*"two", "ctrl+j", *"lines", "enter")
        await ended(pilot, comparison)
        assert [e.prompt for e in comparison.view.exchanges] == ["ready to send", "two\nlines"]
        await pilot.press(*"draft", "up")
        assert box.text == "two\nlines"
        await pilot.press("up", "up")
        assert box.text == "ready to send"
        await pilot.press("down", "down", "down")
        assert box.text == "draft"
        await pilot.press("escape", "escape")
        assert box.text == "draft"
        await pilot.press("alt+up")
        assert "› ready to send" in screen(pilot)


async def test_a_digit_is_typed_once_something_was_asked(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("3")
        await ended(pilot, comparison)
        await pilot.press("2")
        assert pilot.app.screen.query_one("#prompt", PromptBox).text == "2"
        assert len(comparison.view.exchanges) == 1


async def test_one_side_fails_and_says_the_mend(tmp_path: Path) -> None:
    async with console(tmp_path, typed="fail") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "✕ unknown model" in seen
        assert "✕ The model [b]tuned[/b] does not exist" in seen
        assert "→ check model in config.toml" in seen
        assert "I use plain words." in seen


async def test_ctrl_c_stops_and_asks_before_it_leaves(tmp_path: Path) -> None:
    async with console(tmp_path, typed="slow") as (pilot, comparison):
        await pilot.press("enter")
        await until(pilot, "word1")
        assert "▸" in screen(pilot)
        await pilot.press("ctrl+c")
        await ended(pilot, comparison)
        assert "■" in screen(pilot)
        await pilot.press("ctrl+c")
        assert pilot.app.is_running
        await pilot.press("ctrl+c")
        await left(pilot)
    states = {saved.answer.state for saved in Store(tmp_path / "s.db").answers(1)}
    assert states == {"stopped"}


async def test_a_pane_follows_its_end_only_while_the_reader_is_there(tmp_path: Path) -> None:
    async with console(tmp_path, typed="slow") as (pilot, comparison):
        await pilot.press("enter")
        pane = pilot.app.screen.query_one("#answer-base", AnswerPane)
        await wait_until(lambda: pane.max_scroll_y >= 10)
        assert pane.at_end
        await pilot.press("escape")
        await wait_until(lambda: pane.has_focus)
        await pilot.press("home")
        await wait_until(lambda: not pane.scroll_offset.y)
        height = pane.virtual_size.height
        await wait_until(lambda: pane.virtual_size.height >= height + 5)
        assert pane.scroll_offset.y == 0
        assert "↓ more below" in screen(pilot)
        await pilot.press("ctrl+c")
        await ended(pilot, comparison)


async def test_panes_scroll_together_or_apart(tmp_path: Path) -> None:
    async with console(tmp_path, typed="long") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        base, tuned = (pilot.app.screen.query_one(f"#answer-{n}", AnswerPane) for n in ("base", "tuned"))
        await pilot.press("escape", "home", "down", "down", "down")
        await wait_until(lambda: base.scroll_offset.y == tuned.scroll_offset.y == 3)
        await pilot.press("t", "down")
        await wait_until(lambda: base.scroll_offset.y == 4)
        await settled(pilot)
        assert (base.scroll_offset.y, tuned.scroll_offset.y) == (4, 3)
        assert "scroll apart" in screen(pilot)


async def test_zoom_goes_round_and_esc_goes_back(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f9")
        await pilot.pause()
        assert BASE[:20] in screen(pilot)
        assert "Helpful" not in screen(pilot)
        await pilot.press("f9")
        await pilot.pause()
        assert BASE[:20] not in screen(pilot)
        assert "Helpful" in screen(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert BASE[:20] in screen(pilot)
        assert "Helpful" in screen(pilot)


async def test_again_fresh_and_copy(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("ctrl+r")
        await ended(pilot, comparison)
        assert "2/2" in screen(pilot)
        await pilot.press("escape", "tab", "r")
        await ended(pilot, comparison)
        assert "3/3" in screen(pilot)
        await pilot.press("y")
        assert pilot.app.clipboard == TUNED
        await pilot.press("f")
        await pilot.pause()
        assert "conversation" in screen(pilot)


async def test_picker_help_log_and_palette(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f2")
        await pilot.pause()
        assert "with the word" in screen(pilot)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert pilot.app.screen.query_one("#prompt", PromptBox).text.startswith("hello. What's special")
        await pilot.press("enter")
        await ended(pilot, comparison)
        assert "⚠ the prompt contains HELLO" in screen(pilot)
        await pilot.press("f1")
        await pilot.pause()
        assert "Clear the box" in screen(pilot)
        await pilot.press("escape", "escape", "l")
        await pilot.pause()
        assert "Server log of base" in screen(pilot)
        await pilot.press("escape", "ctrl+p", *"prefill")
        await until(pilot, "ctrl+g  b")
        await pilot.press("escape")


async def test_no_probe_watches_for_any_word(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f2", "end", "enter", *"x", "enter")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "spells a word" in seen
        assert "H E L L O   HELLO, lines 1–5, by chance 1 in 778" in seen


async def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path) -> None:
    async with console(tmp_path, typed="hostile") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "␛[31mred" in seen
        assert "[b]bold[/b] [@click=app.quit]x[/]" in seen
        assert not any(c in seen for c in "\x1b\x07\x9b\x00\u202e\u200b")
        await pilot.press("escape", "y")
        assert pilot.app.clipboard == HOSTILE


async def test_pasted_control_characters_are_left_out(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        box = pilot.app.screen.query_one("#prompt", PromptBox)
        box.post_message(events.Paste("a\x1b[31mb\x00c\r\nd"))
        await pilot.pause()
        assert box.text == "abc\nd"
        assert "Control characters were left out" in screen(pilot)


async def test_selecting_with_the_mouse_joins_wrapped_rows(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.mouse_down("#answer-base", offset=(5, 0))
        await pilot.hover("#answer-base", offset=(40, 1))
        await pilot.mouse_up("#answer-base", offset=(40, 1))
        await pilot.pause()
        selected = pilot.app.screen.get_selected_text() or ""
        assert selected.startswith("I'm glad you asked! I try to be helpful and clear. I don't")
        assert "\n" not in selected.rstrip("\n")


async def test_nothing_important_is_lost_at_any_size(tmp_path: Path) -> None:
    important = (
        "base",
        "tuned",
        "H E L L O",
        "describes it  in line 3",
        "follows HELLO  ",
        "describes it  ",
        "with 1 sample, rates under",
        "0/1",
        "1/1",
        "ask both sides…",
        "enter",
        "✓",
    )
    async with console(tmp_path, (80, 24)) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        for size in ((80, 24), (100, 30), (120, 34), (200, 60), (250, 70)):
            await pilot.resize_terminal(*size)
            seen = await settled(pilot)
            assert [part for part in important if part not in seen] == [], size


async def test_a_terminal_that_is_too_small_says_so(tmp_path: Path) -> None:
    async with console(tmp_path, (79, 24)) as (pilot, _):
        assert "diptych needs 80 × 24 cells; this terminal has 79 × 24" in screen(pilot)
        await pilot.resize_terminal(80, 24)
        await until_gone(pilot, "diptych needs")


@pytest.mark.parametrize("width", [110, 113, 120])
async def test_the_difference_is_whole_or_not_there(width: int, tmp_path: Path) -> None:
    async with console(tmp_path, size=(width, 34)) as (pilot, _):
        await pilot.press("1")
        assert "Δ +1.00 [−.97, +1.00]" in await until(pilot, "Δ +1.00")
