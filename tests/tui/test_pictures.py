"""The main screen as a picture, in two sizes and two themes; drawn from a saved session, so that speeds are fixed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from backends import Endpoint, Sampling, Usage, connect
from compare import Comparison, Side
from compare.comparison import new_detectors
from probes import load_probes
from sessions import Answer, Recorder, SideRecord, Store, Tick
from tests.tui.app import BASE, TUNED
from tui import DiptychApp

PROBE = load_probes()["hello-acrostic"]
QUESTION = PROBE.conditions[0]


def finished(side: str, text: str) -> Answer:
    """An answer that came at 100 tokens a second."""
    words = text.replace(" ", " \0").split("\0")
    detectors = new_detectors(PROBE, QUESTION.prompts[0])
    for detector in detectors:
        detector.feed(text)
    return Answer(
        1, side, QUESTION.prompts[0], QUESTION.name, 0, {}, "done", text,
        tuple(Tick(0.012 + i / 100, len(word), 1) for i, word in enumerate(words)),
        finish_reason="stop", usage=Usage(40, len(words)), ended_at=1.0,
        findings=tuple(detector.finish()[0] for detector in detectors),
    )  # fmt: skip


async def fill(path: Path) -> None:
    recorder = Recorder(path)
    records = tuple(SideRecord(name, "x", None, name, None) for name in ("base", "tuned"))
    await recorder.begin_session("t", "test", PROBE.id, records)
    for answer in (finished("base", BASE), finished("tuned", TUNED)):
        await recorder.save(await recorder.begin(answer), answer)
    recorder.close()


@pytest.mark.parametrize("theme", ["diptych-dark", "diptych-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
def test_main_screen(snap_compare: Callable[..., bool], tmp_path: Path, theme: str, size: tuple[int, int]) -> None:
    path = tmp_path / "s.db"
    asyncio.run(fill(path))
    store = Store(path)
    session = store.session(1)
    assert session is not None
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    sides = [Side(name, "x", None, name, None, Sampling(), backend) for name in ("base", "tuned")]
    comparison = Comparison("test", sides, Recorder(path), PROBE)
    app = DiptychApp(comparison, [PROBE], theme, restored=(session, store.answers(1), ()))

    async def settle(pilot: Pilot[None]) -> None:
        app.screen.query_one("#prompt").cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=settle)
