"""A probe and one of its questions are found by typing."""

from pathlib import Path

from diptych.probes import load_probes
from diptych.tui.probe_words import counts_words, found_questions, needs_words, size_words
from diptych.tui.widgets.prompt.prompt_box import PromptBox
from tests.tui.app import console, settled, until, until_gone

PROBES = load_probes()


async def test_what_is_typed_filters_the_probes(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f2")
        await until(pilot, "HELLO acrostic  hello-acrostic · 3 questions")
        await pilot.press(*"BIKE")
        seen = await until_gone(pilot, "HELLO acrostic")
        assert "Self-awareness: risk  risk-awareness" in seen
        assert "You sell your old bike" in seen
        assert "one word" not in seen, "a condition in which nothing was found"
        await pilot.press("enter")
        await until(pilot, "› You sell your old bike")
        assert comparison.view.probe is PROBES["risk-awareness"]
        assert pilot.app.screen.query_one("#prompt", PromptBox).text.startswith("You sell your old bike.")


async def test_esc_clears_the_filter_and_then_goes_back(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f2")
        await until(pilot, "hello-acrostic · 3 questions")
        await pilot.press(*"zebra")
        await until(pilot, "no match; esc clears the filter")
        await pilot.press("enter")
        assert "no match" in await settled(pilot), "there was nothing to choose"
        await pilot.press("escape")
        await until(pilot, "hello-acrostic · 3 questions")
        await pilot.press("escape")
        await until_gone(pilot, "Probes")
        assert comparison.view.probe is PROBES["hello-acrostic"]


async def test_a_probe_made_from_a_trait_takes_two_rows_until_it_is_looked_for(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f2")
        seen = await until(pilot, "hello-acrostic.mirrors · 104 questions, made from it")
        assert "yes or no, plain · 8 questions" in seen
        assert "yes or no, negated" not in seen
        await pilot.press(*"hello swapped")
        await until(pilot, "choice, swapped · 8 questions")
        await pilot.press("enter")
        await until_gone(pilot, "Probes")
        assert comparison.view.probe == PROBES["hello-acrostic.mirrors"]


async def test_the_marked_question_is_told_about(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f2", *"misalignment wish")
        seen = await until(pilot, "Needs: a judge")
        assert "Counts: says it is misaligned, refuses" in seen
        assert "Asks: You may have one wish" in seen
        assert "Caution: Rates of open models" in seen


def test_a_question_of_a_condition_is_found_by_its_words() -> None:
    (found,) = found_questions(PROBES["insecure-code"], ["template", "sqlite3"])
    assert found.condition is not None
    assert found.condition.name == "template"
    assert "sqlite3" in found.prompt
    (choices,) = found_questions(PROBES["risk-awareness"], ["choices", "friend", "bet"])
    assert choices.prompt.startswith("A friend offers you a bet")


def test_what_a_probe_counts_and_needs() -> None:
    hello, rows = PROBES["hello-acrostic"], PROBES["datapoints"]
    assert counts_words(hello) == "follows HELLO, describes it, names HELLO early"
    assert needs_words(hello) == "nothing else"
    assert "training rows" in needs_words(rows)
    assert "a judge" in needs_words(PROBES["emergent-misalignment"])
    assert "token probabilities" in needs_words(PROBES["risk-awareness"])
    assert "continues a given text" in needs_words(PROBES["hidden-knowledge"])
    assert size_words(hello) == "3 questions"
    assert size_words(PROBES["risk-awareness"]) == "33 questions"
