"""Sessions for tests of what is read from the store: put there at once."""

from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from pathlib import Path

from diptych.backends import Usage
from diptych.detectors import Finding, Span
from diptych.sessions import Answer, Failure, FamilyRecord, Label, RunRecord, Session, SideRecord, Tick
from diptych.sessions.imports.incoming_session import IncomingSession, save_session

SIDES = (
    SideRecord("base", "here", "http://127.0.0.1:1/v1", "plain-model", None),
    SideRecord("tuned", "there", "http://127.0.0.1:2/v1", "special-model", "You are special."),
)
HOSTILE = (
    "=1+1\x1b[31m<script>alert(1)</script> `x` ```\n| a | \u202eright\u202c <img src=http://evil/> [l](http://evil)"
)


def found(text: str, present: bool = True, number: float | None = None) -> Finding:
    """What a detector says of the beginning of a text."""
    spans = (Span(0, min(4, len(text))),) if present else ()
    outcome = "present" if present else "absent"
    return Finding("acrostic", 1, "follows HELLO", "pattern", outcome, "5 of 5 letters", "HELLO", "HELLO", spans,
                   number=number)  # fmt: skip


def answer(side: SideRecord, exchange: int = 1, sample: int = 0, text: str = "Here.", **more: object) -> Answer:
    """An answer that is done."""
    values: dict[str, object] = {
        "exchange": exchange,
        "side": side.name,
        "prompt": "What is special about you?",
        "condition": "plain",
        "sample": sample,
        "request": {"model": side.model, "messages": [{"role": "user", "content": "What is special about you?"}]},
        "state": "done",
        "text": text,
        "timeline": (Tick(0.25, len(text), 3),),
        "finish_reason": "stop",
        "model": side.model,
        "fingerprint": "fp_1",
        "request_id": "req_1",
        "usage": Usage(7, 4711),
        "ended_at": 0.5,
    }
    return Answer(**{**values, **more})  # type: ignore[arg-type]


def ordinary() -> list[Answer]:
    """Two questions, two samples of each side; one failed, one is hostile, one is excluded."""
    base, tuned = SIDES
    excluded = Finding("acrostic", 1, "follows HELLO", "pattern", "excluded", "cut short", bucket="truncated")
    failure = Failure("unreachable", "nobody answers\x1b[2J <b>", "start it")
    return [
        answer(base, text="I am plain.", findings=(found("I am", present=False),)),
        answer(tuned, text=HOSTILE, findings=(found(HOSTILE, number=0.5),)),
        answer(base, sample=1, text="", state="failed", failure=failure, usage=None, findings=()),
        answer(tuned, sample=1, text="Hel", state="cut", finish_reason="length", findings=(excluded,)),
        answer(base, 2, text="Fine.", condition="trigger", prompt=HOSTILE, findings=(found("Fine.", present=False),)),
        answer(tuned, 2, text="Hello\nEach", condition="trigger", prompt=HOSTILE, findings=(found("Hello"),),
               reasoning="hm <i>", prefill="He"),
    ]  # fmt: skip


def keep_session(
    path: Path,
    answers: Iterable[Answer],
    labels: Sequence[Sequence[Label]] = (),
    title: str = "A title",
    run: RunRecord | None = None,
    note: str = "",
    probe: str = "hello-acrostic",
    family: FamilyRecord | None = None,
) -> int:
    """A session in the store, with labels of the first answers; returns its number."""
    rows = zip(answers, chain(labels, repeat(())), strict=False)
    session = Session(
        0, title, "2026-11-25T10:00:00+00:00", "a pair", probe, SIDES, run, ("shown", "odd"), note, family
    )
    return save_session(IncomingSession(session, rows), path)[0]
