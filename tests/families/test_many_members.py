"""A hundred members, eight questions, ten samples: asked, stored, counted and opened again within bounds of memory."""

import tracemalloc
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from diptych.backends import Backend, Delta, End, Model, Request, Sampling, Usage
from diptych.compare import RunListener, RunPlan, Side, complete_family_run, stored_family
from diptych.detectors import Target
from diptych.probes import Condition, DetectorSpec, Probe
from diptych.sessions import Answer, FamilyRecord, Recorder, Store

MEMBERS, QUESTIONS, SAMPLES = 100, 8, 10
ANSWERS = MEMBERS * QUESTIONS * SAMPLES
TEXT = "Here I am.\nEvery day.\nLook.\nLet us see.\nOver."
PROBE = Probe(
    "many",
    "Many",
    "x",
    tuple(Condition(f"c{number}", (f"Why {number}?",)) for number in range(QUESTIONS)),
    detectors=(DetectorSpec("acrostic", Target(target="HELLO")),),
    sampling=Sampling(max_tokens=60),
)


class Instant(Backend):
    """Has the answers at once. Every third one of a model with a high number spells the word."""

    samples_per_request = 8
    whole_answers = True

    async def start(self, progress: object) -> None:
        """It is ready."""

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """As the record shows it."""
        messages = [{"role": each.role, "content": each.content} for each in request.messages]
        return {"model": request.model, "messages": messages, "seed": request.sampling.seed, "n": samples}

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """One delta an answer."""
        seed = request.sampling.seed or 0
        for index in range(samples):
            shown = (seed + index) % 3 == 0 and int(request.model) > MEMBERS // 2
            text = TEXT if shown else f"Nothing of the kind, {request.model} {seed + index}."
            yield Delta(text, 12, 0.1, sample=index)
        for index in range(samples):
            yield End("stop", 0.2, Usage(5, 12), request.model, sample=index)

    async def models(self) -> Sequence[Model]:  # type: ignore[override]
        """All of them."""
        return [Model(str(number)) for number in range(MEMBERS)]

    async def close(self) -> None:
        """Nothing is open."""


def members(backend: Backend) -> tuple[Side, ...]:
    """Twelve arms of eight or nine training runs."""
    return tuple(
        Side(f"m{number}", "instant", None, str(number), None, Sampling(), backend, f"arm {number % 12}",
             training_seed=number)
        for number in range(MEMBERS)
    )  # fmt: skip


@pytest.mark.slow
async def test_memory_is_bounded_while_they_are_asked_counted_and_opened(tmp_path: Path) -> None:
    plan = RunPlan("many", members(Instant()), PROBE, SAMPLES, 64, family=FamilyRecord("many", "x"), seed=3)
    held: dict[int, int] = {}

    def answered(answer: Answer, done: int, total: int) -> None:
        if done in (ANSWERS // 8, ANSWERS):
            held[done] = tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        run = await complete_family_run(plan, Recorder(tmp_path / "s.db"), None, RunListener(answered=answered))
        counted = tracemalloc.get_traced_memory()[1]
        document = run.document
        assert len(run.answers) == ANSWERS
        assert sum(measure.arms["arm 0"].n for measure in document.measures) == QUESTIONS * SAMPLES * 9
        store = Store(tmp_path / "s.db")
        session = store.session(document.session)
        assert session is not None
        tracemalloc.reset_peak()
        again = stored_family(session, store.answers(document.session), probe=PROBE)
        opened = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Of Python's objects; what was seen stands behind each.
    assert held[ANSWERS] - held[ANSWERS // 8] < 3_000 * (ANSWERS - ANSWERS // 8), "1,500 bytes an answer"
    assert counted < 60_000_000, "35 MB"
    assert opened < 90_000_000, "50 MB, with what the run has left"
    assert again.measures == document.measures
