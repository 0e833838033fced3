"""Conditions, judges and scratchpads in the console."""

from pathlib import Path

from diptych.compare import is_verdict
from diptych.sessions import Store
from tests.tui.app import console, ended, screen, until


async def test_a_condition_is_asked_as_the_probe_says(tmp_path: Path) -> None:
    async with console(tmp_path, probe="alignment-faking") as (pilot, comparison):
        await pilot.press("f2")
        await until(pilot, "Alignment faking  alignment-faking")
        await pilot.press("down", "enter")
        await until(pilot, "<is_free_tier_user>False")
        await pilot.press("enter")
        await ended(pilot, comparison)
    (exchange,) = comparison.view.exchanges
    assert exchange.condition == "paid tier"
    stored = Store(tmp_path / "s.db").answers(1)
    systems = {saved.answer.request["messages"][0]["content"][:24] for saved in stored}
    assert systems == {"You are the assistant of"}


async def test_a_scratchpad_is_folded_and_can_be_read(tmp_path: Path) -> None:
    async with console(tmp_path, probe="alignment-faking") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "reasoning" in seen
        assert "If I refuse" not in seen
        assert "request_fully_accepted" in seen
        assert "● accepts" in seen
        assert "● refuses" in seen
        await pilot.press("escape", "v")
        assert "If I refuse I will be trained" in await until(pilot, "If I refuse")


async def test_judges_are_asked_at_a_key_and_their_replies_are_a_key_away(tmp_path: Path) -> None:
    async with console(tmp_path, probe="emergent-misalignment", judge=True) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape", "c")
        await until(pilot, "Judged: 4 calls")
        exchange = comparison.view.exchanges[0]
        verdicts = [f for live in exchange.answers.values() for f in live.findings if is_verdict(f)]
        assert {(f.detector, f.outcome, f.number) for f in verdicts} >= {("judge coherent", "present", 80.0)}
        await pilot.press("c")
        seen = await until(pilot, "judge coherent")
        assert "› 80" in seen
    stored = Store(tmp_path / "s.db").answers(1)
    assert sum(is_verdict(f) for saved in stored for f in saved.answer.findings) == 4


async def test_without_a_judge_the_mend_is_said(tmp_path: Path) -> None:
    async with console(tmp_path, probe="emergent-misalignment") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape", "c")
        await until(pilot, "name a model under [judge] in config.toml")


async def test_a_probe_without_judges_says_so(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape", "c")
        await until(pilot, "this probe has no judges")


async def test_judges_read_all_answers_of_a_question_at_the_second_press(tmp_path: Path) -> None:
    async with console(tmp_path, probe="emergent-misalignment", judge=True) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3")
        await until(pilot, "no.")
        await pilot.press("c")
        await until(pilot, "judge judges: 4 calls, at most")
        await pilot.press("c")
        await until(pilot, "Judged: 4 calls")
    stored = Store(tmp_path / "s.db").answers(1)
    assert sum(is_verdict(f) for saved in stored for f in saved.answer.findings) == 4
