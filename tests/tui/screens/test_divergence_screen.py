"""The divergence view: on the embedded pair, and where an endpoint cannot score."""

import math
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Divergence, Piece, Side
from diptych.sessions import Store
from diptych.tui.screens.divergence_screen import Head
from diptych.tui.screens.tokens_screen import chance
from diptych.tui.widgets.answer.divergence_pane import DivergencePane
from tests.openai_server import OpenAI, serve
from tests.tui.app import console, embedded_console, ended, resize, running, screen, until


@pytest.mark.slow
async def test_the_embedded_pair_shows_where_the_fine_tune_acts_and_branches(tmp_path: Path) -> None:
    async with embedded_console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        exchange = comparison.view.exchanges[0]
        await pilot.press("f5")
        divergence = comparison.view.divergence(exchange, "tuned", "tuned")
        await until(pilot, "log p(tuned) − log p(base)  +")
        assert divergence.failure is None
        assert "".join(divergence.text[p.start : p.end] for p in divergence.pieces) == divergence.text
        assert divergence.total > 5
        openers = [p for p in divergence.pieces if p.start == 0 or divergence.text[p.start - 1] == "\n"]
        assert all(p.difference > 1 for p in openers)
        assert set(divergence.most_surprising(5)) & set(openers)
        first = divergence.text[: divergence.pieces[0].end]
        seen = screen(pilot)
        assert "most surprising" in seen
        assert f"“{first}”" in seen
        assert "likelier under base" in seen
        await pilot.press("p")
        assert f"+{divergence.lines()[0]:.1f}" in screen(pilot)
        pane = pilot.app.screen.query_one("#divergence-tuned", DivergencePane)
        await pilot.press("right", "s")
        assert pane.piece == divergence.most_surprising()[0]
        await pilot.press("home", "t")
        await until(pilot, f"Instead of “{first}”")
        await pilot.press("enter")
        await ended(pilot, comparison)
        assert "begun answer" in await until(pilot, "2 of 2")
    answers = [saved.answer for saved in Store(tmp_path / "s.db").answers(1)]
    assert len(answers) == 4
    likely = dict(divergence.pieces[0].base_top) | dict(divergence.pieces[0].tuned_top)
    (beginning,) = {branch.prefill for branch in answers[2:]}
    assert beginning in likely


async def test_an_endpoint_that_cannot_score_says_so_and_how_to_get_it(tmp_path: Path) -> None:
    async with console(tmp_path, typed="hi") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("f5")
        seen = await until(pilot, "this endpoint cannot score a given text")
        assert "use a vllm or llama endpoint" in seen
        seen = await until(pilot, "gives no log-probabilities either")
        assert "with logprobs = 5 on a side" not in seen
        await pilot.press("escape")
        assert "ask both sides…" in screen(pilot)


async def test_log_probabilities_are_recommended_where_they_are_had(tmp_path: Path) -> None:
    async with serve(OpenAI(models=("base", "tuned"))) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(tmp_path, sides, typed="hi") as (pilot, comparison):
            await pilot.press("enter")
            await ended(pilot, comparison)
            await pilot.press("f5")
            await until(pilot, "with logprobs = 5 on a side")


async def test_the_log_probabilities_of_a_hosted_api_show_its_own_surprise(tmp_path: Path) -> None:
    async with console(tmp_path, typed="sure") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("f5")
        seen = await until(pilot, "−log p(tuned), own")
        assert "−log p(base), own" in seen
        assert "think +6.0" in seen
        assert "the other side is not known" in seen
        await pilot.press("s", "t")
        seen = await until(pilot, "Instead of “·think”")
        assert " .25 %" in seen
        assert "82 %" in seen


@pytest.mark.parametrize("count", [3, 4])
async def test_all_sides_are_there(tmp_path: Path, count: int) -> None:
    names = ["base", "tuned", "control", "fourth"][:count]
    async with console(tmp_path, size=(80, 24), sides=names, typed="sure") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("escape", "tab", "tab")
        for size in ((80, 24), (120, 34), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.press("f5")
            for name in names:
                seen = await until(pilot, f"{name}'s answer")
            # Each with its own text, the one that had the focus first.
            assert seen.count("I think so") == count, size
            assert isinstance(pilot.app.focused, DivergencePane)
            assert pilot.app.focused.id == "divergence-control", size
            await pilot.press("tab")
            following = "divergence-fourth" if count == 4 else "divergence-base"
            assert pilot.app.focused.id == following, size
            await pilot.press("escape")


async def test_what_stands_below_follows_a_change_of_size(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24), typed="hi") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("f5")
        await until(pilot, "this endpoint cannot score a given text")
        await resize(pilot, 160, 40)
        rows = (await until(pilot, "this endpoint cannot score a given text")).split("\n")
        assert any("use a vllm or llama endpoint" in row for row in rows[24:])
        await resize(pilot, 80, 24)
        assert "use a vllm or llama endpoint" in await until(pilot, "this endpoint cannot score a given text")


async def test_the_row_under_the_cursor_has_a_sign(tmp_path: Path) -> None:
    async with console(tmp_path, typed="sure") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("f5")
        await until(pilot, "tuned's answer")
        await pilot.press("right", "t")
        await until(pilot, "Instead of “·think”")
        assert "▸ “·am”" in await until(pilot, "▸")
        await pilot.press("escape", "escape", "f2")
        seen = await until(pilot, "▸   without the word")
        assert seen.count("▸") == 1


@pytest.mark.parametrize("width", [24, 30, 40, 60, 100])
async def test_the_head_of_an_answer_says_what_there_is_room_for_as_a_whole(width: int) -> None:
    """It said "scoring 7 of 93 characte"."""
    under_way = Divergence("x" * 93, [Piece(0, 7, -1.0, -0.5)])
    ended_with = Divergence("x" * 93, [Piece(0, 93, -8.0, -4.5)], done=True)
    ways = {"scoring 7 of 93 characters", "scoring 7/93", "7/93"}, {"log p(tuned) − log p(base)  +3.5", "+3.5"}

    class Alone(App[None]):
        def compose(self) -> ComposeResult:
            yield Head("base", "base", "tuned")

    async with Alone().run_test(size=(width, 3)) as pilot:
        head = pilot.app.query_one(Head)
        for divergence, whole in zip((under_way, ended_with), ways, strict=True):
            head.show(divergence)
            assert head.render().plain.removeprefix(" base's answer").strip() in whole


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "> 99 %"),
        (0.9951, "> 99 %"),
        (0.9949, "99 %"),
        (0.48, "48 %"),
        (0.0996, "10 %"),
        (0.075, "7.5 %"),
        (0.0027, ".27 %"),
        (0.00014, ".014 %"),
        (5.3e-8, "< .01 %"),
    ],
)
def test_a_chance_is_written_in_two_digits_or_as_less_than_one_in_ten_thousand(probability: float, words: str) -> None:
    """There were "5.3e-06 %" and "0.0015 %"."""
    assert chance(math.log(probability)) == words


async def test_an_empty_line_has_no_total() -> None:
    text = "One\n\ntwo"
    pieces = [Piece(0, 3, -1.0, -0.5), Piece(3, 5, -1.0, -1.0), Piece(5, 8, -1.0, -1.0)]

    class Alone(App[None]):
        def compose(self) -> ComposeResult:
            pane = DivergencePane("alone")
            pane.show(Divergence(text, pieces, done=True))
            pane.show_line_totals(True)
            yield pane

    async with Alone().run_test(size=(40, 5)) as pilot:
        pane = pilot.app.query_one(DivergencePane)
        assert [pane.render_line(y).text[:8].strip() for y in range(3)] == ["+.5", "", ".0"]
