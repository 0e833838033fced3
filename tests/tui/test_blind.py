"""Blind: nothing tells the sides apart until a person has labelled them."""

from pathlib import Path

import pytest
from textual.color import Color
from textual.pilot import Pilot

from diptych.compare import Comparison, Replay
from diptych.sessions import Recorder, Store, masked
from diptych.tui import DiptychApp
from diptych.tui.theme import THEMES
from diptych.tui.widgets.answer.answer_pane import AnswerPane
from tests.tui.app import console, ended, screen, settled, strips, until, without_news
from tests.waiting import wait_until

NAMES = ("base", "tuned")
MEASURED = ("tok", "/s ", "first ", "0/1", "1/1", "HELLO", "describes", "no word", "○", "●", "“", "characters", "nats")
"""What is said of answers by those who counted or searched them."""


def gives_away(pilot: Pilot[None]) -> list[str]:
    """What on the screen could tell the sides apart."""
    seen = screen(pilot).replace("fine-tuned copy", "")
    found = [name for name in NAMES if name in seen]
    found += [word for word in MEASURED if word in seen.split("›", 1)[-1]]
    colors = {Color.parse(c) for name, c in THEMES[0].variables.items() if name in ("side-base", "side-tuned")}
    marks = {Color.parse(THEMES[0].variables[name]) for name in ("pattern", "letter", "description")}
    for row, strip in enumerate(strips(pilot)):
        for segment in strip:
            style = segment.style
            triplets = [c.triplet for c in (style.color, style.bgcolor) if c is not None] if style is not None else []
            # The sign of a sentence in the strip, and the numbers of the first questions, have the colour of a pattern.
            innocent = segment.text.strip() in ("⚠", "?", "·", "1", "2", "3")
            telling = colors if innocent else colors | marks
            if segment.text.strip() and {Color(*triplet) for triplet in triplets if triplet is not None} & telling:
                found.append(f"the colour of {segment.text!r} in row {row}")
    for pane in pilot.app.screen.query(AnswerPane):
        margins = [pane.render_line(row).text[:5] for row in range(5)]
        found += [f"{margin!r} in the margin" for margin in margins if margin.strip()]
    return found


def tuned_place(comparison: Comparison) -> int:
    return comparison.view.exchanges[-1].column_number("tuned")


async def test_nothing_gives_a_side_away_until_the_answers_are_labelled(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+t")
        assert gives_away(pilot) == []
        await pilot.press("1")
        await pilot.pause()
        assert gives_away(pilot) == []
        await ended(pilot, comparison)
        assert "which answer is the fine-tuned copy's? press 1 or 2, or 0" in screen(pilot)
        assert "H E L L O" not in screen(pilot)
        assert gives_away(pilot) == []
        for key in ("l", "d", "u", "a"):
            await pilot.press("escape", key)
            await until(pilot, "Hidden until you have guessed which side is which")
            await pilot.press("escape")
        await pilot.press("ctrl+o", "escape", "y")
        await settled(pilot)
        assert gives_away(pilot) == []
        place = tuned_place(comparison)
        await without_news(pilot)
        await pilot.press(str(place))
        seen = await until(pilot, f"Correct: {place} was tuned")
        assert seen.split("\n")[4].index("tuned") > 55 or place == 1
        assert "blind: 1/1 right" in seen
        assert gives_away(pilot) != []
        assert "H E L L O" in seen
        # A message that is about to go may lie over the answer.
        await until(pilot, " H   Helpful")
    answers = Store(tmp_path / "s.db").answers(1)
    labels = {label.answer: label for label in Store(tmp_path / "s.db").labels(1)}
    assert {a.answer.side: labels[a.id].value for a in answers} == {
        "base": "not taken for tuned",
        "tuned": "taken for tuned",
    }
    assert all(label.blind for label in labels.values())


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_no_screen_gives_a_side_away(tmp_path: Path, size: tuple[int, int]) -> None:
    """Not with another exchange on the screen, nor when a room looks on, nor with a label of what the answer says."""
    async with console(tmp_path, size=size, typed="hi") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("ctrl+t", *"reason", "enter")
        await ended(pilot, comparison)
        await without_news(pilot)
        assert gives_away(pilot) == []
        await pilot.press("escape", "v")
        await until(pilot, "The user wants a reason.")
        assert gives_away(pilot) == []
        await pilot.press("escape", "n", *"odd", "enter")
        await wait_until(lambda: Store(tmp_path / "s.db").labels(1))
        await without_news(pilot)
        assert gives_away(pilot) == []
        await pilot.press("f12")
        await settled(pilot)
        assert gives_away(pilot) == []
        await pilot.press("f12", "f6")
        await until(pilot, "1 of 1")
        seen = await settled(pilot)
        assert "0/1" not in seen
        assert "kappa" not in seen
        await pilot.press("escape", "alt+up", "f4")
        await until(pilot, "measures")
        assert "reason" not in screen(pilot)
        await pilot.press("escape", "alt+down")
        await settled(pilot)
        assert gives_away(pilot) == []
        assert "<svg" in pilot.app.picture()  # type: ignore[attr-defined]
    saved = Store(tmp_path / "s.db").answers(1)
    shown = masked(saved, {row.id for row in saved if row.answer.position is not None})
    assert [(row.answer.side, row.answer.findings) for row in shown[2:]] == [("1", ()), ("2", ())]
    assert all(row.answer.findings for row in shown[:2])


async def test_a_replay_gives_no_side_away(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+t", "1")
        await ended(pilot, comparison)
        probe = comparison.view.probe
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    replay = Replay(session, store.answers(1), store.labels(1), tmp_path / "s.db", probe, speed=64)
    app = DiptychApp(replay, lambda: (), "diptych-dark")
    async with app.run_test(size=(120, 34)) as pilot:
        await until(pilot, "this was all of it")
        assert "Helpful and short" in screen(pilot)
        assert gives_away(pilot) == []
        for key in ("s", "m", "d", "c"):
            await pilot.press(key)
            await settled(pilot)
            assert gives_away(pilot) == []


async def test_an_answer_is_not_shown_before_all_have_ended(tmp_path: Path) -> None:
    """The faster side, and the one that answers first, would be known by it."""
    async with console(tmp_path, typed="slow") as (pilot, comparison):
        await pilot.press("ctrl+t", "enter")
        await wait_until(lambda: all("word1" in live.text for live in comparison.view.exchanges[-1].answers.values()))
        await pilot.pause()
        assert comparison.view.streaming
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
        assert "there is no whole answer; the reason is shown once" in screen(pilot)
        assert gives_away(pilot) == []
        await pilot.press("0")
        await until(pilot, "does not exist")


async def test_counts_wait_until_every_answer_to_the_question_is_labelled(tmp_path: Path) -> None:
    async with console(tmp_path, size=(160, 34)) as (pilot, comparison):
        await pilot.press("ctrl+t", "2")
        await ended(pilot, comparison)
        first = comparison.view.exchanges[-1]
        await pilot.press(str(first.column_number("base")))
        await until(pilot, "was tuned")
        assert "blind: 0/1 right" in screen(pilot)
        comparison.ask(first.prompt, first.condition)
        await ended(pilot, comparison)
        assert "counts are shown once you have guessed every hidden answer" in screen(pilot)
        assert "1/1" not in screen(pilot)


async def test_a_saved_session_stays_blind_when_it_is_opened_again(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+t", "1")
        await ended(pilot, comparison)
        order = comparison.view.exchanges[-1].order
        sides = comparison.view.sides
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    again = Comparison("test", sides, Recorder(tmp_path / "s.db"), comparison.view.probe)
    await again.restore(session, store.answers(1), store.labels(1))
    assert again.view.exchanges[0].hidden
    assert again.view.exchanges[0].order == order
    await again.reveal(again.view.exchanges[0], None)
    await again.close()
    third = Comparison("test", sides, Recorder(tmp_path / "s.db"), comparison.view.probe)
    await third.restore(session, store.answers(1), store.labels(1))
    assert not third.view.exchanges[0].hidden
    assert third.view.exchanges[0].order == order
    await third.close()


async def test_the_columns_are_shuffled(tmp_path: Path) -> None:
    async with console(tmp_path) as (_, comparison):
        comparison.hide_sides(True)
        orders = {comparison.ask("hi").order for _ in range(40)}
        assert orders == {("base", "tuned"), ("tuned", "base")}
        comparison.hide_sides(False)
        assert comparison.ask("hi").order == ("base", "tuned")
