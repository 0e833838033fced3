"""What the head says of the exchange that is shown, and the row of the prompt box of the next question."""

from pathlib import Path

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.sessions import Recorder, Store
from tests.tui.app import console, ended, running, screen, until


def head(seen: str) -> str:
    return seen.split("\n")[0]


def below(seen: str) -> str:
    """What stands from the prompt box on."""
    return "\n".join(seen.split("\n")[-5:])


@pytest.mark.parametrize("size", [(80, 24), (120, 34), (200, 60)])
async def test_the_head_is_about_the_shown_exchange_and_the_next_question_stands_by_the_box(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with console(tmp_path, size=size, kind="vllm") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        before = head(screen(pilot))
        assert "hello-acrostic · without the word" in before
        assert "fresh instance · T 0.7" in before
        await pilot.press("ctrl+n", "ctrl+l", "ctrl+o", "f2", "end", "enter")
        seen = await until(pilot, "no probe · plain")
        assert head(seen) == before
        if size[0] > 80:
            assert "no probe · plain text · to base · conversation" in below(seen)
        await pilot.press("ctrl+l", "ctrl+l", "ctrl+o", "ctrl+o", *"Why?", "enter")
        await ended(pilot, comparison)
        assert "no probe" in head(screen(pilot))
        await pilot.press(*"And?", "enter")
        await ended(pilot, comparison)
        if size[0] > 80:
            assert "conversation · 3 of 3" in head(screen(pilot))
            await pilot.press("alt+up")
            assert "fresh instance · 2 of 3" in head(screen(pilot))
            await pilot.press("alt+up")
            assert "hello-acrostic · without the word   fresh instance · 1 of 3 · T 0.7" in head(screen(pilot))


async def test_a_session_that_is_opened_again_says_how_it_was_asked(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("ctrl+n", *"Why?", "enter")
        await ended(pilot, comparison)
        await pilot.press(*"And?", "enter")
        await ended(pilot, comparison)
        sides, probe = comparison.view.sides, comparison.view.probe
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    again = Comparison("test", sides, Recorder(tmp_path / "s.db"), probe)
    await again.restore(session, store.answers(1), store.labels(1))
    assert [(e.probe, e.condition, e.continued) for e in again.view.exchanges] == [
        ("hello-acrostic", "without the word", False),
        ("hello-acrostic", None, False),
        ("hello-acrostic", None, True),
    ]
    await again.close()


async def test_an_endpoint_where_nobody_is_is_not_ready(tmp_path: Path) -> None:
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    sides = [Side(name, "x", "http://127.0.0.1:9/v1", name, None, Sampling(), backend) for name in ("base", "tuned")]
    async with running(tmp_path, sides) as (pilot, _):
        seen = await until(pilot, "✕ unreachable")
        seen = await until(pilot, "no response from http://127.0.0.1:9/v1")
        assert "ready" not in seen
