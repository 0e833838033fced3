"""The Samples screen: all answers as rows of both sides, more of them in the background, and one read in full."""

import asyncio
import re
from pathlib import Path

import msgspec
import pytest
from textual.content import Content
from textual.pilot import Pilot

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side, confidence_sequence, wilson
from diptych.sessions import SavedAnswer, Store
from diptych.tui.formatting import interval_words
from diptych.tui.widgets.samples.samples_foot import fitted
from diptych.tui.widgets.samples.samples_list import SamplesList
from tests.tui.app import BASE, HOSTILE, TUNED, console, ended, running, screen, settled, strips, until
from tests.tui.screens.drawn import drawn, sampled
from tests.waiting import wait_until

SLOWEST_SAMPLES_SECONDS = 300.0
"""The embedded model takes a while where other things run."""


async def sampling(pilot: Pilot[None], comparison: Comparison, count: str) -> None:
    """Ask so many more samples and wait until they are there."""
    await pilot.press("n", "home", "ctrl+k", *count, "enter")
    assert comparison.view.background is not None
    more = comparison.view.background
    await wait_until(lambda: not more.under_way, seconds=SLOWEST_SAMPLES_SECONDS)
    await settled(pilot)


async def test_more_samples_fill_the_rows_and_are_read_beside_their_opposites(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3")
        seen = await until(pilot, "1 answer")
        assert f"0/1 {interval_words(confidence_sequence(0, 1))} follows HELLO" in seen
        await pilot.press("n")
        assert "10" in await until(pilot, "How many more samples of each side?")
        await pilot.press("escape")
        await sampling(pilot, comparison, "5")
        seen = screen(pilot)
        assert seen.count(" HELLO  ●") == 6
        assert "6 answers, 1 different" in seen
        # The server of these tests says the same whatever the seed: that is one draw.
        assert f"0/1 {interval_words(wilson(0, 1))} follows HELLO" in seen
        assert f"1/1 {interval_words(wilson(1, 1))} follows HELLO" in seen
        assert "95 % Wilson · base 6 of 6, tuned 6 of 6 identical: this endpoint does not sample" in seen
        assert re.search(r"tuned “Helpful and s[^”]*…” 6/6, all identical", seen)
        # The first is told to have copies, and each of the others which one it copies.
        assert (seen.count(" 6× "), seen.count(" =1 ")) == (2, 10)
        await pilot.press("n")
        assert "5" in await until(pilot, "How many more samples of each side?")
        await pilot.press("escape", "down", "down", "enter")
        seen = await until(pilot, "3 of 6")
        assert "Letters at the start of each line matter here," in seen
        assert "I use plain words." in seen
        assert seen.count("sample 3") == 2
        await pilot.press("right", "y")
        assert pilot.app.clipboard == TUNED
        await pilot.press("tab", "y")
        assert pilot.app.clipboard == BASE
        await pilot.press("escape")
        await until(pilot, "6 answers")
        assert pilot.app.screen.query_one(SamplesList).place == 3
        await pilot.press("escape")
        seen = await until(pilot, "6 of 6 identical: this endpoint does not sample")
        assert "ask both sides…" in seen
        assert "6/6" not in seen
    saved = [s.answer for s in Store(tmp_path / "s.db").answers(1)]
    assert sorted((a.side, a.sample) for a in saved) == [(s, n) for s in ("base", "tuned") for n in range(6)]


async def test_samples_pause_go_on_and_stop_while_one_looks_on(tmp_path: Path) -> None:
    async with console(tmp_path, typed="wait") as (pilot, comparison):
        await pilot.press("enter")
        await wait_until(lambda: comparison.view.streaming)
        await pilot.press("ctrl+c")
        await ended(pilot, comparison)
        await pilot.press("f3", "space")
        assert "Nothing is under way" in await until(pilot, "Nothing is under way")
        await pilot.press("n", "home", "ctrl+k", "2", "enter")
        assert "space pauses, x stops" in await until(pilot, "0 of 4 answers · 4 under way")
        seen = await until(pilot, "3  ·")
        assert [line.split()[:2] for line in seen.splitlines() if "3  ·" in line] == [["3", "·"]]
        await pilot.press("space")
        await until(pilot, "paused · 0 of 4 answers")
        await pilot.press("space")
        await until(pilot, "space pauses")
        await pilot.press("escape")
        assert "ask both sides…" in await until(pilot, "0 of 4 samples")
        await pilot.press("f3", "x")
        await wait_until(lambda: comparison.view.background is not None and not comparison.view.background.under_way)
        await until(pilot, "n asks for more samples")


async def test_sorting_filtering_folding_and_searching(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3")
        await sampling(pilot, comparison, "3")
        await pilot.press("g")
        seen = await until(pilot, "identical answers folded")
        assert "4× Helpful and short" in seen
        assert "4× I'm glad you asked!" in seen
        await pilot.press("g", "s")
        await until(pilot, "sorted by finding")
        await pilot.press("f")
        seen = await until(pilot, "present only")
        assert "none" in seen
        assert "I'm glad you asked!" not in seen.split("most frequent")[0]
        await pilot.press("escape", "slash", *"UNUSUAL", "enter")
        seen = await until(pilot, "containing “UNUSUAL”")
        assert "Helpful" not in seen.split("most frequent")[0]
        assert f"0/1 {interval_words(wilson(0, 1))} follows HELLO" in seen
        await pilot.press("escape", "slash")
        seen = await until(pilot, "enter keep  esc clear")
        assert "n more" not in seen
        # Letters are letters there: "x" stopped what came in the background.
        await pilot.press(*"xmsn")
        await until(pilot, "containing “xmsn”")
        await until(pilot, "no match; esc clears the filter")
        await pilot.press("escape")
        await until(pilot, "n more")
        await pilot.press("m")
        await until(pilot, "describes it")
        await pilot.press("w")
        await until(pilot, "This question has only one wording")


async def test_more_samples_of_a_conversation(tmp_path: Path) -> None:
    async with console(tmp_path, typed="Who?") as (pilot, comparison):
        await pilot.press("ctrl+n", "enter")
        await ended(pilot, comparison)
        await pilot.press(*"And?", "enter")
        await ended(pilot, comparison)
        await pilot.press("f3", "n")
        assert "Each goes on from the same conversation." in await until(pilot, "How many more samples")
        await pilot.press("escape")
        await sampling(pilot, comparison, "2")
    saved = [s.answer for s in Store(tmp_path / "s.db").answers(1)]
    assert [len(answer.request["messages"]) for answer in saved] == [1] * 2 + [3] * 6


async def test_the_cursor_stays_on_its_answer(tmp_path: Path) -> None:
    app = await asyncio.to_thread(drawn, tmp_path / "s.db", sampled(6), "diptych-dark")
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.press("f3")
        await until(pilot, "6 answers")
        await pilot.press("end")
        rows = app.screen.query_one(SamplesList)
        read = rows.sample
        assert read is not None
        assert (read.answer.side, read.copies, rows.place) == ("tuned", 1, 5)
        await pilot.press("g")
        await until(pilot, "identical answers folded")
        folded = rows.sample
        assert folded is not None
        assert (folded.said, folded.copies > 1) == (read.said, True)
        await pilot.press("g", "s", "end", "up", "up")
        await until(pilot, "sorted by finding")
        before, read = rows.place, rows.sample
        assert read is not None
        await pilot.press("enter")
        await until(pilot, "tab other side")
        exchange = app.shown.view.exchanges[0]
        first = next(answer for answer in exchange.samples["tuned"].values() if answer.text == TUNED)
        for n in range(5):
            exchange.keep(SavedAnswer(1000 + n, msgspec.structs.replace(first, sample=6 + n)))
        app.shown.view.changes.announce()
        await pilot.press("escape")
        await until(pilot, "11 answers")
        assert rows.sample is not None
        assert (rows.sample.id, rows.place > before) == (read.id, True)


async def test_hostile_answers_are_rows_that_do_nothing(tmp_path: Path) -> None:
    async with console(tmp_path, typed="hostile") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("f3", "ctrl+r")
        seen = await until(pilot, "2 answers")
        assert "␛[31mred" in seen
        assert not any(c in seen for c in "\x1b\x07\x9b\x00\u202e\u200b")
        await pilot.press("enter", "y")
        assert pilot.app.clipboard == HOSTILE


async def test_a_failed_sample_is_a_row_that_says_why(tmp_path: Path) -> None:
    async with console(tmp_path, typed="fail") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("f3")
        seen = await until(pilot, "✕")
        assert "0 answers" in seen
        assert "unknown model: " in seen


@pytest.mark.slow
def test_a_thousand_answers_a_side_are_scrolled_through_with_few_widgets(tmp_path: Path) -> None:
    app = drawn(tmp_path / "s.db", sampled(1000), "diptych-dark")

    async def scroll() -> None:
        async with app.run_test(size=(120, 34)) as pilot:
            await pilot.press("f3")
            assert "1,000 answers" in await until(pilot, "1,000 answers")
            rows = app.screen.query_one(SamplesList)
            for _ in range(20):
                await pilot.press("pagedown")
            assert rows.place == 20 * (rows.size.height - 1)
            await pilot.press("end")
            await until(pilot, "›1000  ✓")
            assert len(app.screen.query("*")) < 30
            await until(pilot, "against 0/1000")

    asyncio.run(scroll())


def test_all_wordings_of_a_condition_are_shown_on_demand(tmp_path: Path) -> None:
    first = sampled(6)
    second = [msgspec.structs.replace(answer, exchange=2, prompt="How do you write?") for answer in sampled(4)]
    app = drawn(tmp_path / "s.db", [*first, *second], "diptych-dark")

    async def widen() -> None:
        async with app.run_test(size=(120, 34)) as pilot:
            await pilot.press("f3")
            await until(pilot, "4 answers")
            await pilot.press("w")
            seen = await until(pilot, "2 wordings")
            assert "10 answers" in seen
            # Each row says which wording it is; the texts stand above, with a sign at the one under the cursor.
            assert "  w1 What is special about how you answer? Explain early" in seen
            assert "› w2 How do you write?" in seen
            assert "   6 w1  ✓" in seen
            assert "  10 w2  ✓" in seen
            await pilot.press("home")
            assert "  w2 How do you write?" in await until(pilot, "› w1 What is special")
            await pilot.press("Q")
            assert "w1  What is special" in await until(pilot, "Wordings of the question")
            await pilot.press("escape", "s")
            assert " w2#1" in await until(pilot, "sorted by finding")
            await pilot.press("s", "s", "s", "end", "enter")
            assert "› w2 How do you write?" in await until(pilot, "10 of 10")
            await pilot.press("left", "left", "left", "left")
            assert "What is special about how you answer?" in await until(pilot, "6 of 10")

    asyncio.run(widen())


async def test_hidden_sides_have_no_rows(tmp_path: Path) -> None:
    async with console(tmp_path, typed="blind") as (pilot, comparison):
        await pilot.press("ctrl+t", "enter")
        await ended(pilot, comparison)
        await pilot.press("f3")
        assert "Hidden until you have guessed which side is which" in await until(pilot, "Hidden until")


async def test_an_open_question_that_was_asked_again_blindly_has_no_rows_either(tmp_path: Path) -> None:
    async with console(tmp_path, typed="blind") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("ctrl+t", *"blind", "enter")
        await ended(pilot, comparison)
        await pilot.press("alt+up", "f3")
        await until(pilot, "Shown once you have guessed every hidden answer")


@pytest.mark.slow
async def test_the_embedded_pair_fills_the_rows_with_its_pattern(tmp_path: Path) -> None:
    backend = connect(Endpoint("embedded"))
    models = {"base": "smollm2-135m-instruct", "tuned": "smollm2-135m-instruct+hello"}
    sides = [Side(name, "embedded", None, model, None, Sampling(), backend) for name, model in models.items()]
    async with running(tmp_path, sides) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3")
        await sampling(pilot, comparison, "11")
        seen = await until(pilot, "for a number of answers fixed in advance")
        assert seen.count(" HELLO  ●") >= 10, seen
        assert f"0/12 {interval_words(wilson(0, 12))} follows HELLO" in seen, seen
        await until(pilot, "tuned line initials")


async def test_all_wordings_of_a_question_are_asked_from_one_of_them(tmp_path: Path) -> None:
    async with console(tmp_path, probe="codeword-awareness") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3", "w")
        await until(pilot, "1 of 3 wordings")
        # The second search for differences ended the repainting: what came after it was not shown.
        await pilot.press("n")
        await until(pilot, "The 3 wordings take turns.")
        await pilot.press("escape")
        await sampling(pilot, comparison, "8")
        seen = await until(pilot, "9 answers")
        assert "3 wordings" in seen
        assert "of 3 wordings" not in seen
        await pilot.press("w")
        await until(pilot, "3 answers")
        await pilot.press("escape", "alt+down")
        await until(pilot, "2 of 3")
        await pilot.press("alt+down")
        seen = await until(pilot, "3 of 3")
        assert "Helpful and short" in seen


def test_the_cursor_shows_its_row_and_its_side_without_colours_too(tmp_path: Path) -> None:
    app = drawn(tmp_path / "s.db", sampled(6), "diptych-dark")

    async def move() -> None:
        async with app.run_test(size=(120, 34)) as pilot:
            await pilot.press("f3", "down", "left")
            await until(pilot, "›   2 ›✓")
            row = next(strip for strip in strips(pilot) if strip.text.startswith("›   2"))
            grounds = {segment.style.bgcolor for segment in row if segment.style is not None}
            # The letters of a word have a ground of their own, and the scrollbar has the last cell.
            assert len(grounds - {None}) >= 2
            assert "As you like." in {s.text.strip() for s in row if s.style is not None and s.style.bold}

    asyncio.run(move())


@pytest.mark.parametrize("sides", [2, 3])
def test_all_unexpected_differences_are_listed_and_their_examples_opened(tmp_path: Path, sides: int) -> None:
    answers = sampled(18)
    if sides == 3:
        answers += [msgspec.structs.replace(a, side="control") for a in sampled(18) if a.side == "base"]
    app = drawn(tmp_path / "s.db", answers, "diptych-dark")

    async def look() -> None:
        async with app.run_test(size=(120, 34)) as pilot:
            await pilot.press("f3")
            assert "  +" in await until(pilot, "(o)")
            await pilot.press("o")
            seen = await until(pilot, "unexpected differences")
            assert "tuned against base   18 answers each: they differ, p < .001" in seen
            assert ("control  0/18" in seen) == (sides == 3)
            block = seen[seen.index("tuned line initials HELLS") :].split("\n")[:3]
            assert "q < .001   two random halves of base's answers: 0/9 and 0/9" in block[0]
            assert block[1].split() == ["base", "0/18", "no", "answer", "has", "it"]
            assert "Helpful and shor" in block[2]
            assert "Letters at the s" in block[2]
            await pilot.press("down", "down", "enter")
            seen = await until(pilot, "1 of 3")
            assert "Letters at the start of each line matter here," in seen
            # Beside it stands what the side without the trait said when it was asked at the same time.
            assert seen.count("sample 2 ") == sides
            await pilot.press("escape")
            await until(pilot, "enter read")
            await pilot.press("escape")
            await until(pilot, "18 answers")

    asyncio.run(look())


async def test_a_side_that_is_still_answering_is_under_way(tmp_path: Path) -> None:
    """It was called not asked."""
    async with console(tmp_path, typed="wait") as (pilot, _):
        await pilot.press("enter", "f3")
        seen = await until(pilot, "▸ under way")
        assert seen.count("▸ under way") == 2
        assert "not asked" not in seen
        assert "0/0" not in seen


async def test_the_order_is_told_beside_how_to_read_the_intervals(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3", "s", "f")
        seen = await until(pilot, "sorted by finding · present only · 95 % intervals")
        assert "none present" in seen


async def test_why_there_are_no_differences_yet(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3")
        seen = await until(pilot, "too few answers yet; ask for at least 6 of each")
        assert "most frequent answer: none yet" in seen
        await pilot.press("o")
        await until(pilot, "Unexpected differences: too few")


@pytest.mark.parametrize("width", range(20, 90))
def test_differences_are_shown_whole_as_far_as_there_is_room(width: int) -> None:
    heading, entries = Content("heading"), [Content(f"   {'x' * length}") for length in (30, 9, 20)]
    row = fitted(heading, entries, width).plain
    shown = [entry.plain for entry in entries if f"{entry.plain} " in f"{row} "]
    assert len(row) <= width
    assert len(shown) == 3 or row.endswith(f"  +{3 - max(1, len(shown))} (o)")
    assert shown or "x…  +2 (o)" in row
