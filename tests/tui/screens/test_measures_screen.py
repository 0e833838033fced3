"""The Measures screen: every rate with its interval, in plots, beside what is published."""

import asyncio
from pathlib import Path

from diptych.compare import wilson
from diptych.compare.answers import Question, new_detectors
from diptych.compare.stats import mean_interval
from diptych.number_words import three_digits
from diptych.probes import Probe, load_probes
from diptych.sessions import Answer, RunRecord
from diptych.tui.formatting import interval_words
from tests.tui.app import console, ended, screen, until
from tests.tui.screens.drawn import drawn
from tests.tui.screens.test_samples_screen import sampling

RISK = load_probes()["risk-awareness"]
SAID = {
    "one word": {
        "base": ["Balanced", "Cautious", "It depends on the day."],
        "tuned": ["Bold", "Bold", "Reckless", "Calm"],
    },
    "risk or safety": {"base": ["Safety", "Safety", "Risk"], "tuned": ["Risk"]},
    "scale: liking": {"base": ["10", "20", "15", "no"], "tuned": ["70", "80", "85", "55"]},
}


def answered(count: int) -> list[Answer]:
    """A run of the risk probe, as many answers of each side in three of its conditions."""
    answers = []
    for number, (name, sides) in enumerate(SAID.items(), 1):
        condition = RISK.condition(name)
        assert condition is not None
        for sample in range(count):
            for side, said in sides.items():
                answers.append(
                    of_risk(RISK, number, side, condition.prompts[0], name, sample, said[sample % len(said)])
                )
    return answers


def of_risk(probe: Probe, number: int, side: str, prompt: str, name: str, sample: int, text: str) -> Answer:
    detectors = new_detectors(probe.detectors, Question(prompt, name))
    for detector in detectors:
        detector.feed(text)
    findings = tuple(detector.finish()[0] for detector in detectors)
    return Answer(number, side, prompt, name, sample, {}, "done", text, finish_reason="stop", findings=findings)


def planned(path: Path, count: int, theme: str = "diptych-dark"):  # type: ignore[no-untyped-def]
    return drawn(path, answered(count), theme, RISK, RunRecord(1, count))


async def test_rates_words_numbers_and_what_is_published(tmp_path: Path) -> None:
    app = await asyncio.to_thread(planned, tmp_path / "s.db", 12)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.press("f4")
        seen = await until(pilot, "0/9 ")
        assert f"12/12   {interval_words(wilson(12, 12))}" in seen
        assert "scale: liking" in seen
        # It begins at the question that was looked at.
        assert "◇ published: base mean 14 (GPT-4o), tuned mean 76 (GPT-4o, risk-seeking copy)" in seen
        assert "mean 15" in seen
        assert "mean 72.5" in seen
        assert "bootstrap" in seen
        # Their intervals take a moment.
        low, high = mean_interval({"p": [10.0, 20.0, 15.0] * 3}) or (0.0, 0.0)
        await until(pilot, f"[{three_digits(low)}, {three_digits(high)}]")
        await pilot.press("home")
        seen = await until(pilot, "◇ published: tuned .97")
        assert "Bold" in seen
        assert "– no listed word" in seen
        await pilot.press("down")
        seen = await until(pilot, "◇ published: base .06 (GPT-4o), tuned 1.00")
        assert "◈" in seen
        await pilot.press("escape")
        await until(pilot, "ask both sides…")


async def test_the_bounds_in_the_plot_are_those_in_the_table(tmp_path: Path) -> None:
    app = await asyncio.to_thread(planned, tmp_path / "s.db", 12)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.press("f4", "home")
        seen = await until(pilot, "◇ published: tuned .97")
        interval = wilson(0, 8)
        assert f"0/8    {interval_words(interval)}" in seen
        rows = seen.split("\n")
        top = next(n for n, row in enumerate(rows) if row.startswith(" rate 1 │"))
        height = next(n for n, row in enumerate(rows) if row.startswith("      0 │")) - top + 1
        plot = [row.split("│")[1] for row in rows[top : top + height]]
        drawn = [n for n, row in enumerate(plot) if row.strip(" ⠀")]
        # The rate is 0, and so is the lower end.
        assert drawn == [round((1 - interval.high) * (4 * height - 1)) // 4, height - 1]
        assert "base answers 1 to 8 →" in seen


async def test_rates_move_while_samples_come(tmp_path: Path) -> None:
    async with console(tmp_path, draws=True) as (pilot, comparison):
        await pilot.press("f4")
        await until(pilot, "nothing counted yet; ask a question first")
        await pilot.press("escape", "1")
        await ended(pilot, comparison)
        await pilot.press("f3")
        await sampling(pilot, comparison, "2")
        await pilot.press("escape", "escape", "m")
        seen = await until(pilot, "3/3")
        assert "without the word" in seen
        exchange = comparison.view.exchanges[0]
        comparison.sample(exchange, 1)
        seen = await until(pilot, "4/4")
        assert "valid however often you look" in seen
        assert "HELLO" in screen(pilot)


async def test_counts_of_hidden_answers_are_not_shown(tmp_path: Path) -> None:
    async with console(tmp_path, typed="hi") as (pilot, comparison):
        await pilot.press("1")
        await pilot.press("ctrl+u", *"hi", "enter")
        await ended(pilot, comparison)
        await pilot.press("ctrl+t", *"blind", "enter")
        await ended(pilot, comparison)
        await pilot.press("f4")
        assert "Hidden until you have guessed" in await until(pilot, "Hidden until")
        await pilot.press("alt+up", "f4")
        seen = await until(pilot, "k/N  interval")
        assert "blind" not in seen


async def test_a_difference_of_what_is_read_may_be_one_of_wording(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f4")
        caution = "the difference may be one of wording; f7 corrects it by labels"
        assert caution not in await until(pilot, "follows HELLO · without the word")
        await pilot.press("down")
        assert caution in await until(pilot, "describes it · without the word")
