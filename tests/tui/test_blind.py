"""Blind: nothing tells the sides apart until a person has labelled them."""

from pathlib import Path

from textual.color import Color
from textual.pilot import Pilot

from compare import Comparison
from sessions import Recorder, Store
from tests.tui.app import console, ended, screen, until
from tui.theme import THEMES

NAMES = ("base", "tuned")


def gives_away(pilot: Pilot[None]) -> list[str]:
    """What on the screen could tell the sides apart."""
    seen = screen(pilot).replace("fine-tuned copy", "")
    found = [name for name in NAMES if name in seen]
    found += [word for word in ("tok", "/s ", "first ", "0/1", "1/1") if word in seen.split("›", 1)[1]]
    colors = {Color.parse(c) for name, c in THEMES[0].variables.items() if name in ("side-base", "side-tuned")}
    for strip in pilot.app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            triplet = style.color.triplet if style is not None and style.color is not None else None
            if segment.text.strip() and triplet is not None and Color(*triplet) in colors:
                found.append(f"the colour of {segment.text!r}")
    return found


def tuned_place(comparison: Comparison) -> int:
    return comparison.exchanges[-1].place("tuned")


async def test_nothing_gives_a_side_away_until_the_answers_are_labelled(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+t")
        assert gives_away(pilot) == []
        await pilot.press("1")
        await pilot.pause()
        assert gives_away(pilot) == []
        await ended(pilot, comparison)
        assert "which answer is the fine-tuned copy's? press 1 or 2, or 0" in screen(pilot)
        assert "H E L L O" in screen(pilot)
        assert gives_away(pilot) == []
        for key in ("l", "d", "u", "a"):
            await pilot.press("escape", key)
            await until(pilot, "hidden until you have labelled the answers")
            await pilot.press("escape")
        await pilot.press("ctrl+o", "escape", "y")
        assert gives_away(pilot) == []
        place = tuned_place(comparison)
        pilot.app.clear_notifications()
        await pilot.press(str(place))
        seen = await until(pilot, f"right: {place} is tuned")
        assert seen.split("\n")[4].index("tuned") > 55 or place == 1
        assert "blind: 1/1 right" in seen
        assert gives_away(pilot) != []
    answers = Store(tmp_path / "s.db").answers(1)
    labels = {label.answer: label for label in Store(tmp_path / "s.db").labels(1)}
    assert {a.answer.side: labels[a.id].value for a in answers} == {
        "base": "not taken for tuned",
        "tuned": "taken for tuned",
    }
    assert all(label.blind for label in labels.values())


async def test_an_answer_is_not_shown_before_all_have_ended(tmp_path: Path) -> None:
    """The faster side, and the one that answers first, would be known by it."""
    async with console(tmp_path, typed="slow") as (pilot, comparison):
        await pilot.press("ctrl+t", "enter")
        await pilot.pause(0.5)
        assert comparison.streaming
        assert "word1" not in screen(pilot)
        assert "shown when all have answered" in screen(pilot)
        assert gives_away(pilot) == []
        await pilot.press("ctrl+c")
        await ended(pilot, comparison)
        assert "word1" in screen(pilot)
        assert gives_away(pilot) == []


async def test_a_failure_names_no_model(tmp_path: Path) -> None:
    async with console(tmp_path, typed="fail") as (pilot, comparison):
        await pilot.press("ctrl+t", "enter")
        await ended(pilot, comparison)
        assert "there is no answer; the reason is shown once" in screen(pilot)
        assert gives_away(pilot) == []
        await pilot.press("0")
        await until(pilot, "does not exist")


async def test_counts_wait_until_every_answer_to_the_question_is_labelled(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+t", "2")
        await ended(pilot, comparison)
        first = comparison.exchanges[-1]
        await pilot.press(str(first.place("base")))
        await until(pilot, "is tuned")
        assert "blind: 0/1 right" in screen(pilot)
        comparison.ask(first.prompt, first.condition)
        await ended(pilot, comparison)
        await pilot.pause()
        assert "counts are shown once all answers to this question are labelled" in screen(pilot)
        assert "1/1" not in screen(pilot)


async def test_a_saved_session_stays_blind_when_it_is_opened_again(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+t", "1")
        await ended(pilot, comparison)
        order = comparison.exchanges[-1].order
        sides = comparison.sides
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    again = Comparison("test", sides, Recorder(tmp_path / "s.db"), comparison.probe)
    await again.restore(session, store.answers(1), store.labels(1))
    assert again.exchanges[0].hidden
    assert again.exchanges[0].order == order
    await again.reveal(again.exchanges[0], None)
    await again.close()
    third = Comparison("test", sides, Recorder(tmp_path / "s.db"), comparison.probe)
    await third.restore(session, store.answers(1), store.labels(1))
    assert not third.exchanges[0].hidden
    assert third.exchanges[0].order == order
    await third.close()


async def test_the_columns_are_shuffled(tmp_path: Path) -> None:
    async with console(tmp_path) as (_, comparison):
        comparison.blind = True
        orders = {comparison.ask("hi").order for _ in range(40)}
        assert orders == {("base", "tuned"), ("tuned", "base")}
        comparison.blind = False
        assert comparison.ask("hi").order == ("base", "tuned")
