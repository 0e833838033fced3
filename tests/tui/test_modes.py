"""The ways of asking: forms, beginnings, one side, a control, the guessability control."""

from pathlib import Path

import pytest

from diptych.sessions import Store
from tests.tui.app import BASE, BRANCH, TUNED, console, embedded_console, ended, screen, settled, until


async def test_plain_text_goes_on_without_a_template(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+l", *"Once", "enter")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "¶ Once" in seen
        assert "Once and so on." in seen
        assert "plain text" in seen
    answer = Store(tmp_path / "s.db").answers(1)[0].answer
    assert (answer.mode, answer.prompt, answer.text) == ("text", "Once", " and so on.")
    assert answer.request["prompt"] == "Once"
    assert "messages" not in answer.request


async def test_what_an_endpoint_cannot_do_is_said_with_the_mend(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+l", "ctrl+l", *"My word is", "enter")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "» My word is" in seen
        assert "✕ unsupported" in seen
        assert "use a vllm or llama endpoint" in seen


async def test_a_question_to_one_side(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+o", "ctrl+o")
        assert "ask tuned alone (ctrl+o)…" in screen(pilot)
        await pilot.press(*"hi", "enter")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "· not asked" in seen
        assert "Helpful and short" in seen
        await pilot.press("ctrl+o", *"ho", "enter")
        await ended(pilot, comparison)
        assert "· not asked" not in screen(pilot)
    sides = [saved.answer.side for saved in Store(tmp_path / "s.db").answers(1)]
    assert sorted(sides) == ["base", "tuned", "tuned"]


async def test_the_beginning_of_the_answer_is_given(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm") as (pilot, comparison):
        await pilot.press("ctrl+g", *"Letters", "tab", *"why?", "enter")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "Letters of each line spell it out." in seen
        assert "begun answer" in seen
        await pilot.press("ctrl+g", *"why?", "enter")
        await ended(pilot, comparison)
        assert "I use plain words." in screen(pilot)
    answers = [saved.answer for saved in Store(tmp_path / "s.db").answers(1)]
    assert [a.prefill for a in answers] == ["Letters", "Letters", "", ""]
    assert answers[0].text == BRANCH
    assert answers[0].request["continue_final_message"] is True
    assert answers[0].request["messages"][-1] == {"role": "assistant", "content": "Letters"}


async def test_the_user_s_turn_may_be_left_to_the_model_from_its_first_word(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm") as (pilot, comparison):
        await pilot.press("ctrl+n", *"hi", "enter")
        await ended(pilot, comparison)
        await pilot.press("ctrl+l", "ctrl+l", "enter")
        await ended(pilot, comparison)
        assert "» user's turn" in screen(pilot)
    request = Store(tmp_path / "s.db").answers(1)[3].answer.request
    assert [m["role"] for m in request["messages"]] == ["user", "assistant", "user"]
    assert request["add_generation_prompt"] is False


@pytest.mark.slow
async def test_prefill_text_and_the_user_s_turn_on_the_embedded_pair(tmp_path: Path) -> None:
    async with embedded_console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+g", *"Hats", "tab", *"Why?", "enter")
        await ended(pilot, comparison)
        await pilot.press("ctrl+l", *"Once upon a", "enter")
        await ended(pilot, comparison)
        assert "Once upon a" in screen(pilot)
        await pilot.press("ctrl+l", "enter")
        await ended(pilot, comparison)
    answers = [saved.answer for saved in Store(tmp_path / "s.db").answers(1)]
    assert {a.state for a in answers} <= {"done", "cut"}
    assert [a.mode for a in answers] == ["chat", "chat", "text", "text", "user", "user"]
    assert all(a.text and not a.text.startswith(("Hats", "Once")) for a in answers)
    assert answers[0].request["prompt"].endswith("assistant\nHats")
    assert answers[4].request["prompt"].endswith("<|im_start|>user\n")


async def test_reasoning_is_folded_and_kept_apart(tmp_path: Path) -> None:
    async with console(tmp_path, typed="reason") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "▸ reasoning · 24 characters" in seen
        assert "The user wants" not in seen
        await pilot.press("escape", "v")
        await until(pilot, "The user wants a reason.")
        await pilot.press("escape")
    answer = Store(tmp_path / "s.db").answers(1)[0].answer
    assert (answer.text, answer.reasoning) == ("Because.", "The user wants a reason.")


@pytest.mark.parametrize("count", [3, 4])
async def test_up_to_four_sides(tmp_path: Path, count: int) -> None:
    names = ["base", "tuned", "control", "fourth"][:count]
    async with console(tmp_path, size=(80, 24), sides=names, typed="hi") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        for size in ((80, 24), (120, 34), (200, 60)):
            await pilot.resize_terminal(*size)
            seen = await settled(pilot)
            rows = seen.split("\n")
            assert all(any(f" {name}  " in row and "✓" in row for row in rows) for name in names), size
            strip = next(row for row in rows if row.startswith(" follows HELLO"))
            for name in names:
                assert f"{name} " in strip, size
            assert strip.count("/1") == count, size
            assert f"all {count} sides" in seen, size


async def test_the_guess_stands_beside_the_answer_that_is_guessed(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape", "u")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "guessability" in seen
        assert "what it names, anybody could" in seen
        row = next(line for line in seen.split("\n") if line.startswith(" describes it"))
        assert row.count("1/1") == 2
        await pilot.press("r")
        await ended(pilot, comparison)
        assert "2/2" in screen(pilot)
    answers = [saved.answer for saved in Store(tmp_path / "s.db").answers(1)]
    guess = answers[2]
    assert (guess.side, guess.condition) == ("base", "guessability")
    assert TUNED.startswith(guess.prefill)
    assert not TUNED.removeprefix(guess.prefill).startswith(guess.text)
    assert guess.prefill.endswith("\n")


async def test_a_hosted_base_is_asked_to_go_on_from_a_quote(tmp_path: Path) -> None:
    async with console(tmp_path, size=(150, 34), kind="openai") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape", "u")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "guessability" in seen
        assert "is asked to go on from a quote of the other side's answer" in seen
        row = next(line for line in seen.split("\n") if line.startswith(" describes it"))
        assert "0/1" in row
        assert "1/1" in row
    guess = Store(tmp_path / "s.db").answers(1)[2].answer
    assert (guess.side, guess.condition, guess.mode, guess.state) == ("base", "guessability", "quoted", "done")
    assert TUNED.startswith(guess.prefill)
    assert guess.prefill in guess.request["messages"][-1]["content"]


async def test_there_is_nothing_to_guess_where_nothing_is_described(tmp_path: Path) -> None:
    async with console(tmp_path, sides=("base", "control"), typed="reason") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("escape", "u")
        await until(pilot, "there is nothing to")
        assert BASE not in screen(pilot)
        assert len(comparison.view.exchanges) == 1


async def test_the_beginning_is_closed_from_where_the_user_is(tmp_path: Path) -> None:
    """A letter that closed the box for it once led into the prompt box, where further letters were typed."""
    async with console(tmp_path) as (pilot, _):
        await pilot.press("1")
        await settled(pilot)
        await pilot.press("escape", "b", *"Hats", "escape", "b", "z")
        await settled(pilot)
        assert pilot.app.screen.query_one("#prompt").text == ""  # type: ignore[attr-defined]
        await pilot.press("ctrl+g", "tab", "shift+tab", "ctrl+g", *"Well")
        assert pilot.app.screen.query_one("#prompt").text == "Well"  # type: ignore[attr-defined]
