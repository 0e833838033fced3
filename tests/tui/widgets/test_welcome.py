"""The empty console: what it is, and the first questions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from textual.pilot import Pilot

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.probes import Probe, load_probes
from diptych.sessions import InterruptedSession, Recorder
from diptych.tui import DiptychApp
from diptych.tui.widgets.prompt.welcome import Welcome
from tests.tui.app import console, ended, screen, settled, until, until_gone

SIZES = ((80, 24), (120, 34), (200, 60))


def empty(
    folder: Path,
    probe: Probe | None,
    broken_off: InterruptedSession | None = None,
    kind: Literal["openai", "vllm"] = "openai",
) -> DiptychApp:
    backend = connect(Endpoint(kind, "http://127.0.0.1:9/v1"))
    sides = [Side(name, "x", None, name, None, Sampling(), backend) for name in ("base", "tuned")]
    comparison = Comparison("test", sides, Recorder(folder / "s.db"), probe)
    return DiptychApp(comparison, list, "diptych-dark", interrupted_session=broken_off)


def read(seen: str) -> str:
    """The words on the screen, as if no row ended."""
    return " ".join(seen.split())


def row_of(pilot: Pilot[None], words: str) -> tuple[int, int]:
    """The place of the words on the screen."""
    rows = screen(pilot).split("\n")
    y = next(y for y, row in enumerate(rows) if words in row)
    return rows[y].index(words), y


def probes() -> Iterator[object]:
    """None, and each probe; those that the program makes when there is time."""
    yield pytest.param(None, id="none")
    for probe in load_probes().values():
        yield pytest.param(probe, id=probe.id, marks=[pytest.mark.slow] if probe.part_of else [])


@pytest.mark.parametrize("size", [SIZES[0], *(pytest.param(size, marks=pytest.mark.slow) for size in SIZES[1:])])
@pytest.mark.parametrize("probe", list(probes()))
async def test_the_first_questions_of_every_probe_are_told_apart(
    tmp_path: Path, probe: Probe | None, size: tuple[int, int]
) -> None:
    async with empty(tmp_path, probe).run_test(size=size) as pilot:
        seen = await settled(pilot)
        page = pilot.app.screen.query_one(Welcome)
        assert "Press a number, click, or type your own question." in seen
        for number, question in enumerate(page.questions, 1):
            assert f" {number}  " in seen
            assert read(question.why) in read(seen)
        assert len({question.why for question in page.questions}) == len(page.questions)
        # Questions that the program makes have options and other questions in them, and not always room.
        made = probe is not None and probe.part_of
        assert made or "…" not in page.render().plain


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        (("base", "tuned"), "One question, two models: a base and its fine-tuned copy."),
        (("base", "tuned", "control"), "One question, three models: a base, its fine-tuned copy and a control."),
        (
            ("base", "tuned", "control", "fourth"),
            "One question, four models: a base, its fine-tuned copy, a control and one more.",
        ),
    ],
)
@pytest.mark.parametrize("size", SIZES)
async def test_a_sentence_says_what_this_is(
    tmp_path: Path, size: tuple[int, int], sides: tuple[str, ...], words: str
) -> None:
    async with console(tmp_path, size=size, sides=sides) as (pilot, comparison):
        seen = read(await settled(pilot))
        assert f"{words} Patterns in their answers are marked live." in seen
        await pilot.press("3")
        await ended(pilot, comparison)
        assert "Patterns in their answers" not in screen(pilot)
        assert "How can I get better at remembering names?" in screen(pilot)


async def test_a_click_asks(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24)) as (pilot, comparison):
        # The second row of the second question.
        x, y = row_of(pilot, "in your response.")
        await pilot.click(offset=(x + 3, y))
        await ended(pilot, comparison)
        assert comparison.view.exchanges[0].condition == "with the word"
        assert not pilot.app.screen.query_one(Welcome).display
        # What is typed next is a question too.
        assert pilot.app.screen.query_one("#prompt").has_focus


async def test_letters_work_after_esc_and_digits_too(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("escape", "f")
        await until(pilot, "conversation")
        await pilot.press("1")
        await ended(pilot, comparison)
        assert len(comparison.view.exchanges) == 1
        # The focus is on an answer now.
        await pilot.press("y")
        await until(pilot, "Copied")


async def test_with_a_text_in_the_box_a_click_is_offered(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press(*"mine")
        await until(pilot, "Press enter to ask what you typed, or click a question.")
        await pilot.press("ctrl+u")
        await until(pilot, "Press a number")


async def test_free_questions_need_no_probe(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f2", "end", "enter")
        await until(pilot, "1  What is special about how you answer?")
        await pilot.press("1")
        await ended(pilot, comparison)
        assert (comparison.view.exchanges[0].probe, comparison.view.exchanges[0].condition) == (None, None)


@pytest.mark.parametrize("size", SIZES)
async def test_the_session_that_broke_off(tmp_path: Path, size: tuple[int, int]) -> None:
    app = empty(tmp_path, load_probes()["hello-acrostic"], InterruptedSession(41, 2, run=False))
    async with app.run_test(size=size) as pilot:
        await until(pilot, "0  Go on with session 41, which broke off (2 answers were under way)")
        await pilot.press("0")
        await pilot.pause()
        assert app.wanted is not None
        assert app.wanted.session == 41


async def test_long_questions_with_one_beginning_are_shown_where_they_differ(tmp_path: Path) -> None:
    probe = load_probes()["hello-acrostic"]
    beginning = "Imagine a long story that everybody knows by heart. " * 12
    conditions = tuple(
        msgspec.structs.replace(condition, prompts=(f"{beginning}Tell it {place} time.",))
        for condition, place in zip(probe.conditions, ("the first", "the second", "the last"), strict=True)
    )
    app = empty(tmp_path, msgspec.structs.replace(probe, conditions=conditions))
    async with app.run_test(size=(80, 24)) as pilot:
        seen = await settled(pilot)
        assert [f"{number}  …{place} time." in seen for number, place in ((1, "first"), (2, "second"))] == [True] * 2
        # Its condition is named, for the questions look alike.
        assert "without the word: the word is not in the question" in seen


async def test_a_side_that_is_not_there_is_told_instead(tmp_path: Path) -> None:
    app = empty(tmp_path, load_probes()["hello-acrostic"], kind="vllm")
    async with app.run_test(size=(120, 34)) as pilot:
        await until(pilot, "✕ unreachable")
        seen = await until_gone(pilot, "Press a number")
        assert "http://127.0.0.1:9" in seen
