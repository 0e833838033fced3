"""The transcript of a side, on the main screen, in a replay and of a sample."""

import re
from pathlib import Path

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Overrides, Side
from tests.openai_server import Exchange, answering, chunk, serve
from tests.tui.app import console, ended, running, screen, settled, until, until_gone
from tests.tui.screens.test_replay_screen import both, replayed
from tests.waiting import wait_until


def order(seen: str, *words: str) -> None:
    """The transcript has the words in this order."""
    place = seen.index("Transcript of")
    for each in words:
        assert each in seen[place:], f"{each!r} is missing after what stands before it:\n{seen}"
        place = seen.index(each, place) + len(each)


async def test_all_turns_of_a_conversation_are_named_and_copied(tmp_path: Path) -> None:
    async with console(tmp_path, size=(120, 60), kind="vllm") as (pilot, comparison):
        comparison.choose_settings(Overrides("Be brief."), 10)
        await pilot.press("ctrl+n", *"Why?", "enter")
        await ended(pilot, comparison)
        await pilot.press("ctrl+g", *"Once", "tab", *"Tell me.", "enter")
        await ended(pilot, comparison)
        await pilot.press("escape", "tab", "T")
        seen = await until(pilot, "Transcript of tuned")
        order(seen, "System prompt", "Be brief.", "User", "Why?", "Assistant", "Helpful and short", "User", "Tell me.")
        order(seen, "Tell me.", "Assistant · given beginning", "Once", "Assistant · continued", "of each line")
        await pilot.press("y")
        await wait_until(lambda: pilot.app.clipboard.startswith("System prompt\nBe brief.\n\nUser\nWhy?"))
        await pilot.press("T")
        await until_gone(pilot, "Transcript of")


async def test_reasoning_is_named_and_an_answer_grows_while_it_is_read(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press(*"The reason?", "enter")
        await ended(pilot, comparison)
        await pilot.press("escape", "T")
        order(
            await until(pilot, "Transcript of base"), "Reasoning", "The user wants a reason.", "Assistant", "Because."
        )
        await pilot.press("escape")
        exchange = comparison.ask("slow please")
        await wait_until(lambda: bool(exchange.answers["base"].text))
        await pilot.press("alt+down", "T")
        await until(pilot, "Transcript of base")
        # It follows the end.
        late = exchange.answers["base"].tokens + 100
        await wait_until(lambda: max(map(int, re.findall(r"word(\d+) ", screen(pilot))), default=0) >= late)
        await pilot.press("home")
        order(await until(pilot, "Assistant · ▸ streaming"), "word1 ")
        comparison.stop()
        order(await until(pilot, "Assistant · ■ stopped"), "word1 ")


async def test_there_is_none_before_a_question_nor_of_a_side_that_was_not_asked(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("escape", "T")
        await until(pilot, "Nothing has been asked yet")
        comparison.ask("Why?", to=("tuned",))
        await ended(pilot, comparison)
        await pilot.press("space")
        await ended(pilot, comparison)
        await pilot.press("alt+up", "T")
        await until(pilot, "This side was not asked")


async def test_of_hidden_sides_it_has_only_what_is_alike(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        if "wait" in exchange.body["messages"][-1]["content"]:
            await exchange.head()
            await exchange.send(chunk("Leaks"))
            await exchange.gone.wait()
        await answering(f"I am {exchange.body['model']}.")(exchange)

    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url))
        base = Side("base", "x", server.base_url, "base", None, Sampling(), backend)
        tuned = Side("tuned", "x", server.base_url, "tuned", "You are special.", Sampling(), backend)
        async with running(tmp_path, [base, tuned], size=(120, 50)) as (pilot, comparison):
            await pilot.press("ctrl+n", *"One?", "enter")
            await ended(pilot, comparison)
            await pilot.press("ctrl+t", *"Two?", "enter")
            await ended(pilot, comparison)
            await pilot.press("escape")
            for column in (1, 2):
                await pilot.press("T")
                seen = await until(pilot, f"Transcript of answer {column}")
                shown = seen[seen.index("Transcript of") :]
                assert "special" not in shown
                assert "One?" not in shown
                order(shown, "System prompt", "hidden until", "Earlier turns", "hidden until", "User", "Two?", "I am ")
                await pilot.press("escape", "tab")
            comparison.choose_settings(Overrides("Be brief."), 10)
            comparison.start_fresh(True)
            await pilot.press("enter", *"wait", "enter", "escape")
            await wait_until(lambda: all(live.text for live in comparison.view.exchanges[-1].answers.values()))
            await pilot.press("T")
            seen = await until(pilot, "Transcript of answer")
            shown = seen[seen.index("Transcript of") :]
            order(shown, "System prompt", "Be brief.", "User", "wait")
            assert "Leaks" not in seen
            comparison.stop()
            await ended(pilot, comparison)


async def test_in_a_replay(tmp_path: Path) -> None:
    async with replayed(tmp_path, both(0.2), speed=8) as (pilot, _):
        await until(pilot, "this was all of it")
        await pilot.press("T")
        order(await until(pilot, "Transcript of base"), "User", "What is special", "Assistant", "I'm glad")


async def test_of_a_sample(tmp_path: Path) -> None:
    async with console(tmp_path, size=(120, 50)) as (pilot, comparison):
        comparison.choose_settings(Overrides("Be brief."), 10)
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3", "enter")
        await until(pilot, "samples · 1 of 1")
        await settled(pilot)
        await pilot.press("T")
        order(await until(pilot, "Transcript of tuned"), "System prompt", "Be brief.", "User", "Assistant", "Helpful")
        await pilot.press("escape")
        assert "Transcript" not in await settled(pilot)


async def test_a_long_question_folds_out_and_in(tmp_path: Path) -> None:
    lines = [f"Row {number} of the question." for number in range(40)]
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press(*"Short?", "enter")
        await ended(pilot, comparison)
        await pilot.press("escape", "Q")
        await until(pilot, "The whole question is on the screen")
        comparison.ask("\n".join(lines))
        await ended(pilot, comparison)
        await pilot.press("alt+down")
        assert "39 more rows · Q" in await until(pilot, "Row 0 of")
        await pilot.press("Q")
        # Half of the screen, and one row for the key.
        seen = await until(pilot, lines[14])
        assert lines[15] not in seen
        assert "25 more rows · Q" in seen
        await pilot.press("Q", "Q")
        assert "Q folds it in" in await until(pilot, lines[39])
        await pilot.press("Q")
        seen = await until(pilot, "39 more rows · Q")
        assert lines[1] not in [row.strip() for row in seen.split("\n")]
        await pilot.click("Question")
        await until(pilot, lines[14])
        await pilot.press("alt+up")
        assert "› Short?" in await until_gone(pilot, lines[14])
        assert "more row" not in screen(pilot)
