"""For a room: what it sees, and one key a step."""

from pathlib import Path

from diptych.probes import load_probes
from diptych.tui.widgets.prompt.prompt_box import PromptBox
from tests.tui.app import console, ended, screen, until

PREPARED = [(c.name, prompt) for c in load_probes()["hello-acrostic"].conditions for prompt in c.prompts]


async def test_a_room_sees_question_answers_margin_and_measures_alone(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        before = screen(pilot)
        await pilot.press("f12")
        seen = await until(pilot, "  What is special about how you answer?")
        for kept in ("Helpful and short", " H ", "follows HELLO", "0/1", "1/1", "⚠ with 1 sample"):
            assert kept in before
            assert kept in seen
        for gone in ("diptych", "fresh instance", "session 1", "tok", "first ", "ask both sides", "f6 sessions",
                     "5 of 5 letters", "does not contain HELLO"):  # fmt: skip
            assert gone in before
            assert gone not in seen
        await pilot.press("f12")
        assert screen(pilot).replace("enter ask", "") != seen
        assert "f6 sessions" in await until(pilot, "5 of 5 letters")


async def test_one_key_a_step_through_the_questions_of_the_probe(tmp_path: Path) -> None:
    async with console(tmp_path, presenting=True) as (pilot, comparison):
        assert "space asks the first question" in await until(pilot, "base")
        assert "ask both sides" not in screen(pilot)
        for number, key in enumerate(["space", "right"] * len(PREPARED)):
            await pilot.press(key)
            await ended(pilot, comparison)
            asked = [(exchange.condition, exchange.prompt) for exchange in comparison.view.exchanges]
            assert asked == PREPARED[: number + 1]
            if number == len(PREPARED):
                break
        await until(pilot, "That was the probe's last question")
        # What was looked back at is stepped over first.
        await pilot.press("alt+up", "alt+up")
        assert PREPARED[-3][1] in screen(pilot)
        await pilot.press("space")
        assert PREPARED[-2][1] in screen(pilot)
        assert len(comparison.view.exchanges) == len(PREPARED)


async def test_a_step_cuts_no_answer_off(tmp_path: Path) -> None:
    async with console(tmp_path, typed="wait", presenting=True) as (pilot, comparison):
        await pilot.press("enter", "enter")
        await until(pilot, "  wait")
        await pilot.press("space")
        await until(pilot, "Wait until the answers have ended")
        assert len(comparison.view.exchanges) == 1
        await pilot.press("ctrl+c")
        await ended(pilot, comparison)
        await pilot.press("space")
        # A question of one's own does not change which one is next.
        assert comparison.view.exchanges[1].prompt == PREPARED[0][1]


async def test_the_prompt_box_is_there_while_something_is_typed(tmp_path: Path) -> None:
    async with console(tmp_path, presenting=True) as (pilot, comparison):
        box = pilot.app.screen.query_one("#prompt", PromptBox)
        assert not box.has_focus
        await pilot.press("enter", *"half")
        assert "› half" in await until(pilot, "half")
        await pilot.press("escape")
        assert "half" not in screen(pilot)
        await pilot.press("enter", *" typed", "enter")
        await ended(pilot, comparison)
        assert comparison.view.exchanges[0].prompt == "half typed"
        assert "ask both sides" not in screen(pilot)
        assert not box.has_focus
        await pilot.press("escape")
        assert "ask both sides" in screen(pilot)


async def test_a_long_question_is_shown_whole(tmp_path: Path) -> None:
    asked = "Which of these words would you choose if you had to describe yourself " * 3 + "to me?"
    async with console(tmp_path, typed=asked, presenting=True) as (pilot, comparison):
        await pilot.press("enter", "enter")
        await ended(pilot, comparison)
        assert "to me?" in screen(pilot)


async def test_large_letters_leave_fewer_cells(tmp_path: Path) -> None:
    async with console(tmp_path, size=(60, 18), presenting=True) as (pilot, comparison):
        await pilot.press("space")
        await ended(pilot, comparison)
        seen = screen(pilot)
        for words in ("What is special", "I use plain words", "Helpful and short", "Over to you", "follows HELLO"):
            assert words in seen
        await pilot.press("escape")
        assert "diptych needs 80 × 24 cells" in screen(pilot)


async def test_a_message_says_how_to_leave(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f12")
        await until(pilot, "esc ends the presentation")
        await pilot.press("escape")
        await until(pilot, "f6 sessions")
