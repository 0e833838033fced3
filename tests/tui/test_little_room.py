"""What is said where there is little room: numbers are whole or not there, and what matters most is not cut."""

import asyncio
import re
from pathlib import Path

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.sessions import Answer, Recorder, RunRecord, Store, Tick
from tests.openai_server import Exchange, answering, serve
from tests.tui.app import console, ended, running, settled, until, until_gone
from tests.tui.screens.drawn import drawn
from tests.tui.screens.test_measures_screen import RISK, answered
from tests.tui.screens.test_samples_screen import sampling
from tests.waiting import wait_until

FOUR = ("base", "tuned", "control", "fourth")


async def asked_often(pilot, comparison: Comparison, more: int) -> None:  # type: ignore[no-untyped-def]
    await pilot.press("1")
    await ended(pilot, comparison)
    comparison.sample(comparison.view.exchanges[0], more)
    await wait_until(lambda: comparison.view.background is None or not comparison.view.background.under_way)
    await settled(pilot)


async def test_four_sides_in_80_cells_have_whole_numbers(tmp_path: Path) -> None:
    async with console(tmp_path, (80, 24), sides=FOUR, draws=True) as (pilot, comparison):
        await asked_often(pilot, comparison, 11)
        await pilot.press("f4")
        seen = await until(pilot, "k/N  interval")
        # It said "tuned 1" of 12 answers, and "█ 12/12█ 12/120/12".
        assert re.search(r"base 12 +tuned ?(12)? +control ?(12)? +fourth ?(12)? *\n", seen), seen
        assert not re.search(r"tuned 1 ", seen)
        assert re.search(r"HELL.* 0/12 +(█ )?12/12 +0/12 +0/12 ", seen), seen
        assert re.search(r"base +tuned +contr[\w…]* +fourt[\w…]* ", seen)
        await pilot.press("escape", "f3")
        seen = await until(pilot, "most frequent")
        counts, rates = seen.split("\n")[3:5]
        assert "…" not in counts + rates
        assert re.search(r"base +12 answers +tuned +12 +control +12 +fourth +12", counts)
        assert re.search(r"0/12 +12/12 +0/12 +0/12", rates)


async def test_the_kinds_of_the_intervals_are_whole_at_80_cells(tmp_path: Path) -> None:
    async with console(tmp_path, (80, 24), draws=True) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        seen = await until(pilot, "95 % confidence sequence ")
        assert "⚠ with 1 sample, rates under 95 % can be missed" in seen
        # Nor is the name of a measure cut, which has room.
        assert "follows HELLO  base" in seen
        assert "describes it   base" in seen
        await pilot.press("escape", "f3")
        await sampling(pilot, comparison, "4")
        seen = await until(pilot, "95 % intervals: ")
        row = next(row for row in seen.split("\n") if "95 % intervals" in row)
        assert row.rstrip().endswith("for a number of answers fixed in advance")
        assert "most frequent answer   base all different   tuned all different" in seen
        await pilot.press("escape")
        await until(pilot, "95 % Wilson, Newcombe ")


async def test_each_side_s_too_few_samples_are_told_or_counted(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        refused = exchange.body.get("model") == "base" and not exchange.body.get("stream", True)
        if refused:
            await exchange.error(400, {"error": {"message": "no", "type": "invalid_request_error"}})
        else:
            await answering(f"Words {exchange.body.get('seed')}")(exchange)

    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(tmp_path, sides, (80, 24)) as (pilot, comparison):
            await pilot.press("1")
            await ended(pilot, comparison)
            comparison.again(comparison.view.exchanges[0], "tuned")
            await ended(pilot, comparison)
            seen = await until(pilot, "⚠ base: 1 sample can miss rates under 95 %  +1")
            assert "95 % confidence sequence" in seen
            await pilot.resize_terminal(200, 60)
            await until(pilot, "⚠ base: 1 sample can miss rates under 95 % ⚠ tuned: 2 samples can miss")


@pytest.mark.parametrize("size", [(80, 24), (120, 34), (200, 60)])
async def test_the_kinds_stand_before_what_is_published(tmp_path: Path, size: tuple[int, int]) -> None:
    app = await asyncio.to_thread(drawn, tmp_path / "s.db", answered(12), "diptych-dark", RISK, RunRecord(1, 12))
    async with app.run_test(size=size) as pilot:
        await pilot.press("f4")
        seen = await until(pilot, "◇ published: base mean 14")
        assert re.search(r" 95 % (intervals: )?Wilson(,| and) Newcombe", seen)
        await pilot.press("home")
        await until(pilot, "dotted: the interval above")


async def test_the_state_of_a_side_fits_again_after_a_change_of_size(tmp_path: Path) -> None:
    async with console(tmp_path, (250, 60), sides=FOUR, draws=True) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await until(pilot, "· first ")
        await pilot.resize_terminal(80, 24)
        seen = await until_gone(pilot, "first")
        assert seen.count("✓") == 4


def test_several_words_in_one_lump_are_not_one_token() -> None:
    def tokens(text: str, *ticks: int) -> bool:
        timeline = tuple(Tick(0.1, 1, tokens) for tokens in ticks)
        return Answer(1, "base", "?", None, 0, {}, "done", text, timeline=timeline).tokens_known

    assert not tokens("Several words at once.", 1)
    assert tokens("Bold", 1)
    assert tokens("Two words", 1, 1)
    assert not tokens("Words of another program")
    assert tokens("")


async def test_a_session_that_is_opened_again_shows_the_answers_that_it_showed(tmp_path: Path) -> None:
    """Not the last of the samples that came in the background."""
    async with console(tmp_path, draws=True) as (pilot, comparison):
        await asked_often(pilot, comparison, 3)
        shown = {side: asked.answer.sample for side, asked in comparison.view.exchanges[0].kept.items()}
        sides, probe = comparison.view.sides, comparison.view.probe
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    again = Comparison("test", sides, Recorder(tmp_path / "s.db"), probe)
    await again.restore(session, store.answers(1), store.labels(1))
    assert {side: asked.answer.sample for side, asked in again.view.exchanges[0].kept.items()} == shown
    await again.close()


async def test_why_fewer_count_than_are_there_is_said_at_80_cells(tmp_path: Path) -> None:
    async with console(tmp_path, (80, 24)) as (pilot, comparison):
        await asked_often(pilot, comparison, 19)
        await pilot.press("f3")
        await until(pilot, "20 of 20 identical")
        await pilot.press("escape", "f4")
        seen = await until(pilot, "20 of 20 identical: this endpoint does not sample")
        assert re.search(r" 95 % \w+", seen)
