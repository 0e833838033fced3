"""The screens as pictures, in several sizes and themes; drawn from a saved session, so that speeds are fixed."""

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from diptych.backends import Endpoint, Sampling, Usage, connect
from diptych.compare import Comparison, Divergence, Exchange, Piece, Side
from diptych.compare.answers import Question, new_detectors
from diptych.compare.console.session_state import SessionState
from diptych.probes import Probe, load_probes
from diptych.sessions import SIDE_NAMES, Answer, Recorder, RunRecord, SideRecord, Store, Tick
from diptych.tui import DiptychApp
from tests.tui.app import BASE, TUNED, settled, until

PROBE = load_probes()["hello-acrostic"]
QUESTION = PROBE.conditions[0]


def finished(side: str, text: str, position: int | None = None) -> Answer:
    """An answer that came at 100 tokens a second; `position` when the sides were hidden."""
    words = text.replace(" ", " \0").split("\0")
    detectors = new_detectors(PROBE.detectors, Question(QUESTION.prompts[0]))
    for detector in detectors:
        detector.feed(text)
    return Answer(
        1, side, QUESTION.prompts[0], QUESTION.name, 0, {}, "done", text,
        tuple(Tick(0.012 + i / 100, len(word), 1) for i, word in enumerate(words)),
        finish_reason="stop", usage=Usage(40, len(words)), ended_at=1.0,
        findings=tuple(detector.finish()[0] for detector in detectors), position=position,
    )  # fmt: skip


def sampled(count: int) -> list[Answer]:
    """So many answers of each side, that are not all alike."""
    said = {"base": [BASE, "As you like."], "tuned": [TUNED, TUNED.replace("Over", "So over"), TUNED[:60]]}
    first = [finished(side, text) for side, texts in said.items() for text in texts]
    answers = {side: [answer for answer in first if answer.side == side] for side in said}
    return [
        msgspec.structs.replace(own[(n * n) % 7 % len(own)], sample=n) for n in range(count) for own in answers.values()
    ]


async def fill(path: Path, answers: Sequence[Answer], probe: Probe, run: RunRecord | None) -> None:
    recorder = Recorder(path)
    names = dict.fromkeys(answer.side for answer in answers)
    records = tuple(SideRecord(name, "x", None, name, None) for name in names)
    await recorder.begin_session("t", "test", probe.id, records, run)
    numbers = await asyncio.gather(*(recorder.begin(answer) for answer in answers))
    await asyncio.gather(*(recorder.save(number, answer) for number, answer in zip(numbers, answers, strict=True)))
    recorder.close()


def drawn(
    path: Path, answers: Sequence[Answer], theme: str, probe: Probe = PROBE, run: RunRecord | None = None
) -> DiptychApp:
    """The console that shows these answers; of a `run`, if there was one."""
    asyncio.run(fill(path, answers, probe, run))
    store = Store(path)
    session = store.session(1)
    assert session is not None
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    names = [name for name in SIDE_NAMES if any(answer.side == name for answer in answers)]
    sides = [Side(name, "x", None, name, None, Sampling(), backend) for name in names]
    comparison = Comparison("test", sides, Recorder(path), probe)
    return DiptychApp(comparison, lambda: [probe], theme, restored=(session, store.answers(1), ()))


async def settle(pilot: Pilot[None]) -> None:
    pilot.app.screen.query_one("#prompt").cursor_blink = False  # type: ignore[attr-defined]
    await settled(pilot)


TWO = (finished("base", BASE), finished("tuned", TUNED))


@pytest.mark.parametrize("theme", ["diptych-dark", "diptych-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
def test_main_screen(snap_compare: Callable[..., bool], tmp_path: Path, theme: str, size: tuple[int, int]) -> None:
    app = drawn(tmp_path / "s.db", TWO, theme)
    assert snap_compare(app, terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", [(80, 24), (120, 34), (200, 60)])
def test_four_sides(snap_compare: Callable[..., bool], tmp_path: Path, size: tuple[int, int]) -> None:
    four = (*TWO, finished("control", BASE), finished("fourth", TUNED))
    assert snap_compare(drawn(tmp_path / "s.db", four, "diptych-dark"), terminal_size=size, run_before=settle)


def test_blind(snap_compare: Callable[..., bool], tmp_path: Path) -> None:
    hidden = (finished("base", BASE, position=2), finished("tuned", TUNED, position=1))
    app = drawn(tmp_path / "s.db", hidden, "diptych-dark")
    assert snap_compare(app, terminal_size=(120, 34), run_before=settle)


def scored(state: SessionState, exchange: Exchange, of: str, tuned: str) -> Divergence:
    """Likelihoods that depend on the words alone."""
    text = exchange.answers[of].text
    ends = [m.end() for m in re.finditer(r"\s?\S+", text)]
    sign = 1.0 if of == tuned else -1.0
    top = ((" one", -1.0), (" two", -2.0))
    pieces = []
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        opener = start == 0 or text[start] == "\n"
        difference = sign * (7.5 if opener else (end * 37 % 23) / 8 - 0.6)
        pieces.append(Piece(start, end, -8.0, -8.0 + difference, top, top))
    return Divergence(text, pieces, done=True)


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "diptych-dark"), ((120, 26), "diptych-dark"), ((120, 26), "diptych-light")]
)
def test_divergence(
    snap_compare: Callable[..., bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    theme: str,
) -> None:
    monkeypatch.setattr(SessionState, "divergence", scored)

    async def open_it(pilot: Pilot[None]) -> None:
        await pilot.press("f5", "right", "p")
        await settled(pilot)

    assert snap_compare(drawn(tmp_path / "s.db", TWO, theme), terminal_size=size, run_before=open_it)


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "diptych-dark"), ((120, 34), "diptych-dark"), ((120, 34), "diptych-light")]
)
def test_samples(snap_compare: Callable[..., bool], tmp_path: Path, size: tuple[int, int], theme: str) -> None:
    async def open_it(pilot: Pilot[None]) -> None:
        await pilot.press("f3", "down", "down")
        await until(pilot, "q <")

    assert snap_compare(drawn(tmp_path / "s.db", sampled(18), theme), terminal_size=size, run_before=open_it)
