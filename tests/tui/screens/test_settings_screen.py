"""The form in which a person chooses how the next questions are asked."""

from pathlib import Path

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Overrides, Side
from diptych.probes import load_probes
from diptych.sessions import Recorder, Store
from diptych.tui import DiptychApp
from tests.openai_server import Exchange, answering, serve
from tests.tui.app import console, ended, running, screen, settled, until, until_gone

WARM = Overrides("Be brief.\nAnd kind.", Sampling(temperature=1.2, max_tokens=20, seed=7))
TO_SYSTEM_PROMPT = ("down",) * 5


def head(seen: str) -> str:
    return seen.split("\n")[0]


def chosen(comparison: Comparison) -> tuple[Overrides, int]:
    return comparison.view.overrides, comparison.view.samples_wanted


async def test_what_is_chosen_is_sent_and_stands_in_the_head_until_it_is_reset(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f10")
        seen = await until(pilot, "Question settings")
        assert "0.7, from the probe" in seen
        await pilot.press("1", "full_stop", "2", "down", "down", "2", "0", "down", "7", "down", "3", "down")
        await pilot.press(*"Be brief.", "alt+enter", *"And kind.", "enter")
        seen = await until_gone(pilot, "Question settings")
        assert chosen(comparison) == (WARM, 3)
        words = "T 1.2 · 20 tokens · seed 7 · own system prompt · fresh instance"
        assert words in seen
        await pilot.press(*"Why?", "enter")
        await ended(pilot, comparison)
        assert words in head(screen(pilot))
        sent = comparison.view.exchanges[0].kept["tuned"].answer.request
        assert (sent["temperature"], sent["max_tokens"], sent["seed"]) == (1.2, 20, 7)
        assert sent["messages"][0] == {"role": "system", "content": "Be brief.\nAnd kind."}
        await pilot.press("f3")
        seen = await until(pilot, "f1 help")
        assert "T 1.2 · 20 tokens" in head(seen)
        await pilot.press("n")
        assert "3" in await until(pilot, "How many more samples")
        await pilot.press("escape", "escape", "escape", "comma")
        await until(pilot, "1.2")
        await pilot.press("ctrl+r", "enter")
        seen = await until(pilot, "hello-acrostic · fresh instance · T 0.7")
        assert chosen(comparison) == (Overrides(), 10)
        assert words in head(seen)


async def test_escape_leaves_all_as_it_was(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        comparison.choose_settings(WARM, 3)
        await pilot.press("f10")
        await until(pilot, "And kind.")
        await pilot.press("ctrl+r", "5", "escape")
        await until_gone(pilot, "Question settings")
        assert chosen(comparison) == (WARM, 3)


async def test_what_is_not_possible_is_told_where_it_stands_and_not_used(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f10")
        assert "✕" not in await until(pilot, "Question settings")
        await pilot.press("1", "2", "down", "x", "2", "down", "0")
        seen = await until(pilot, "✕ 1 or more")
        assert "✕ 0 to 2" in seen
        assert "✕ 0 to 1" in seen
        await pilot.press("enter")
        assert "Question settings" in await settled(pilot)
        assert pilot.app.focused is pilot.app.screen.query_one("#setting-temperature")
        await pilot.press("ctrl+u", "0", "down", "ctrl+u", "down", "ctrl+u", "enter")
        await until_gone(pilot, "Question settings")
        assert chosen(comparison)[0] == Overrides(sampling=Sampling(temperature=0.0))


async def test_a_minus_alone_asks_without_a_system_prompt(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f10", *TO_SYSTEM_PROMPT, "minus", "enter")
        seen = await until(pilot, "no system prompt")
        assert chosen(comparison)[0] == Overrides("")
        await pilot.press("f10")
        await until(pilot, "Question settings")
        assert pilot.app.screen.query_one("#setting-system").text == "-"  # type: ignore[attr-defined]
        await pilot.press("escape", "ctrl+l")
        seen = await until(pilot, "plain text")
        assert "no system prompt" not in seen


async def test_where_the_sides_differ_each_has_its_value(tmp_path: Path) -> None:
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    base = Side("base", "x", None, "m", None, Sampling(temperature=0.3, max_tokens=9), backend)
    tuned = Side("tuned", "x", None, "m", "You are special.", Sampling(temperature=1.0), backend)
    async with running(tmp_path, [base, tuned]) as (pilot, _):
        await pilot.press("f10")
        seen = await until(pilot, "Question settings")
        assert "base 0.3 · tuned 1, from the pair" in seen
        assert "base 9, from the pair · tuned 200, from the probe" in seen
        assert "base none · tuned “You are special.”, from the pair" in seen


async def test_a_session_that_is_opened_again_says_what_was_chosen(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        await answering("Well.")(exchange)

    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(name, "x", server.base_url, name, None, Sampling(), backend) for name in ("base", "tuned")]
        probes = load_probes()
        async with running(tmp_path, sides) as (pilot, comparison):
            comparison.choose_settings(WARM, 3)
            comparison.ask("Why?")
            await ended(pilot, comparison)
        store = Store(tmp_path / "s.db")
        session = store.session(1)
        assert session is not None
        again = Comparison("test", sides, Recorder(tmp_path / "s.db"), probes["hello-acrostic"])
        app = DiptychApp(again, lambda: [], "diptych-dark", restored=(session, store.answers(1), ()))
        async with app.run_test(size=(120, 34)) as pilot:
            # A seed is not told of: every answer has one.
            assert "T 1.2 · 20 tokens · own system prompt · fresh instance" in head(await settled(pilot))
            assert again.view.overrides == Overrides()
