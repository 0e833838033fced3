"""The heads of the columns: the names of the models stay as they are while an answer comes, and the same on all sides;
the answer that has the focus and an answer that failed are seen without colours."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.style import Style
from textual.pilot import Pilot

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from tests.openai_server import Exchange, Reply, answering, chunk, error_body, serve
from tests.tui.app import ended, running, screen, strips, until
from tests.waiting import wait_until

MODELS = {
    "base": "smollm2-135m-instruct",
    "tuned": "smollm2-135m-instruct+hello",
    "control": "smollm2-135m-instruct+random-words",
    "fourth": "smollm2-135m-instruct+shuffled",
}


@asynccontextmanager
async def asked(
    folder: Path, does: Reply, size: tuple[int, int], names: Sequence[str] = ("base", "tuned")
) -> AsyncIterator[tuple[Pilot[None], Comparison]]:
    """The console with long names of models; the first question was just asked."""
    async with serve(does) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(name, "x", server.base_url, MODELS[name], None, Sampling(), backend) for name in names]
        async with running(folder, sides, size) as (pilot, comparison):
            await pilot.press("1")
            yield pilot, comparison


class Slowly:
    """Answers of 300 tokens, which begin and end when the test says so."""

    def __init__(self) -> None:
        self.begin, self.end = asyncio.Event(), asyncio.Event()

    async def reply(self, exchange: Exchange) -> None:
        await exchange.head()
        for number in range(300):
            await (self.end if number > 9 else self.begin).wait()
            await exchange.send(chunk(f"word{number} "))
            await asyncio.sleep(0.001)
        await exchange.send(chunk(finish="stop"))


def shown_models(seen: str) -> list[str]:
    """The names of models on the screen."""
    return [word for word in seen.split() if word.startswith("smol")]


@pytest.mark.parametrize(("size", "sides"), [((80, 24), 2), ((80, 24), 3), ((100, 30), 2), ((120, 34), 3)])
async def test_names_keep_their_width_while_an_answer_comes(tmp_path: Path, size: tuple[int, int], sides: int) -> None:
    slowly = Slowly()
    async with asked(tmp_path, slowly.reply, size, tuple(MODELS)[:sides]) as (pilot, comparison):
        waiting = shown_models(await until(pilot, MODELS["base"][:5]))
        assert not any(live.tokens for live in comparison.view.exchanges[0].answers.values())
        slowly.begin.set()
        streaming = shown_models(await until(pilot, "▸ 10 tok"))
        slowly.end.set()
        await ended(pilot, comparison)
        done = shown_models(screen(pilot))
    assert len(waiting) == sides
    assert waiting == streaming == done


async def test_all_sides_say_as_much_of_the_state(tmp_path: Path) -> None:
    slowly = Slowly()
    slowly.begin.set()
    slowly.end.set()
    async with asked(tmp_path, slowly.reply, (120, 34)) as (pilot, comparison):
        await ended(pilot, comparison)
        heads = next(row for row in screen(pilot).splitlines() if "smollm2" in row)
        # There is room for the time to the first token in the first head only.
        assert heads.count("✓ 300 tok") == heads.count("/s") == 2
        assert "first" not in heads
        assert MODELS["base"] in heads
        assert MODELS["tuned"] in heads


def style_of(pilot: Pilot[None], words: str) -> Style:
    """How these words are painted."""
    return next(segment.style for strip in strips(pilot) for segment in strip if words in segment.text)  # type: ignore[return-value]


@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
async def test_the_head_of_the_focused_answer_is_inverted(tmp_path: Path, size: tuple[int, int]) -> None:
    async with asked(tmp_path, answering("Words."), size) as (pilot, comparison):
        await ended(pilot, comparison)
        assert not style_of(pilot, " base ").reverse
        await pilot.press("escape")
        await wait_until(lambda: style_of(pilot, " base ").reverse)
        await pilot.press("tab")
        await wait_until(lambda: style_of(pilot, " tuned ").reverse)
        assert not style_of(pilot, " base ").reverse
        await pilot.press("f9")
        await until(pilot, MODELS["tuned"])
        assert style_of(pilot, " tuned ").reverse


async def test_a_failure_is_the_loudest_text(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        if "+" in exchange.body.get("model", ""):
            await exchange.error(404, error_body("The model does not exist", code="model_not_found"))
        else:
            await answering("Words.")(exchange)

    async with asked(tmp_path, reply, (80, 24)) as (pilot, _):
        seen = await until(pilot, "✕ unknown model")
        assert "press a to choose from the models" in " ".join(seen.split())
        fault = style_of(pilot, "✕ unknown model")
        assert fault.bold
        for words in ("✕ The model does not exist", "→ check model in config.toml"):
            assert (style_of(pilot, words).color, style_of(pilot, words).bold) == (fault.color, True)


async def test_the_seconds_count_while_the_first_token_is_waited_for(tmp_path: Path) -> None:
    async def silent(exchange: Exchange) -> None:
        await exchange.gone.wait()

    async with asked(tmp_path, silent, (80, 24)) as (pilot, comparison):
        await until(pilot, "· waiting 0.")
        seen = await until(pilot, "· waiting 1.")
        assert seen.count("· waiting 1.") == 2
        comparison.stop()
        await until(pilot, "■")


@pytest.mark.parametrize("sides", [2, 3, 4])
@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
async def test_messages_cover_no_head_no_measure_and_not_the_prompt(
    tmp_path: Path, size: tuple[int, int], sides: int
) -> None:
    async with asked(tmp_path, answering("Words."), size, tuple(MODELS)[:sides]) as (pilot, comparison):
        await ended(pilot, comparison)
        before = screen(pilot).splitlines()
        for _ in range(2):
            pilot.app.notify("a sentence of more than one row, so that it has to be broken in two " * 2, timeout=60)
        pilot.app.notify("it was not written", severity="error", timeout=60)
        after = (await until(pilot, "✕ it was not written")).splitlines()
        covered = [old for old, new in zip(before, after, strict=True) if old != new]
        assert covered
        kept = ("hello-acrostic", "What is special", "smol", "follows HELLO", "rates under", "ask ", "f1 help")
        assert [row for row in covered if any(words in row for words in kept)] == []


async def test_a_failure_is_read_from_its_beginning(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.error(404, error_body("It does not exist, " + "and this takes many words to say, " * 9))

    async with asked(tmp_path, reply, (80, 24), ("base", "tuned", "control")) as (pilot, _):
        seen = await until(pilot, "✕ It does not exist")
        assert "↓ more below" in seen
