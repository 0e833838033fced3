"""The console that shows given answers: drawn from a saved session, so that speeds are fixed."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from diptych.backends import Endpoint, Sampling, Usage, connect
from diptych.compare import Comparison, Divergence, Exchange, Piece, Side
from diptych.compare.answers import Question, new_detectors
from diptych.compare.console.session_state import SessionState
from diptych.probes import Probe, load_probes
from diptych.sessions import SIDE_NAMES, Answer, Label, Recorder, RunRecord, SideRecord, Store, Tick
from diptych.tui import DiptychApp
from tests.tui.app import BASE, TUNED

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


async def fill(
    path: Path, answers: Sequence[Answer], probe: Probe, run: RunRecord | None, labels: Sequence[Label] = ()
) -> None:
    recorder = Recorder(path)
    names = dict.fromkeys(answer.side for answer in answers)
    records = tuple(SideRecord(name, "x", None, name, None) for name in names)
    await recorder.begin_session("t", "test", probe.id, records, run)
    numbers = await asyncio.gather(*(recorder.begin(answer) for answer in answers))
    await asyncio.gather(*(recorder.save(number, answer) for number, answer in zip(numbers, answers, strict=True)))
    for label in labels:
        await recorder.label(label)
    recorder.close()


def drawn(
    path: Path,
    answers: Sequence[Answer],
    theme: str,
    probe: Probe = PROBE,
    run: RunRecord | None = None,
    labels: Sequence[Label] = (),
    sides: Sequence[Side] = (),
) -> DiptychApp:
    """The console that shows these answers; of a `run`, if there was one. `sides`: others than those of an ordinary
    endpoint."""
    asyncio.run(fill(path, answers, probe, run, labels))
    store = Store(path)
    session = store.session(1)
    assert session is not None
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    names = [name for name in SIDE_NAMES if any(answer.side == name for answer in answers)]
    usual = [Side(name, "x", None, name, None, Sampling(), backend) for name in names]
    comparison = Comparison("test", sides or usual, Recorder(path), probe)
    return DiptychApp(comparison, lambda: [probe], theme, restored=(session, store.answers(1), store.labels(1)))


TWO = (finished("base", BASE), finished("tuned", TUNED))


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
