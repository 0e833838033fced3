"""Answers a second to JSON lines: python -m benchmarks.exports [--answers 20000].

A session of that many answers of about 60 tokens, each with two findings and a timeline, is put into a new store and
written out with `sessions.export`, as `diptych sessions export --format jsonl` does; beside it what the standard
library's json takes to write the same rows, in the same run.
"""

import argparse
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.figures import Figure, tell
from diptych.backends import Usage
from diptych.detectors import Finding, Span
from diptych.sessions import Answer, ExportData, Session, SideRecord, Store, Tick, export
from diptych.sessions.imports.incoming_session import IncomingSession, save_session

LEAST_RATIO = 0.25
"""Of the answers a second that the bare columns come to, at least."""
TEXT = "Here the market opens early.\nEvery stall has fruit.\nLemons glow.\nLamps hang low.\nOver it all rings a bell."


def answers(count: int) -> Iterator[Answer]:
    """Answers of two sides in turn."""
    spans = tuple(Span(at, at + 1) for at in (0, 29, 53, 66, 82))
    findings = (
        Finding("acrostic", 1, "follows HELLO", "pattern", "present", "5 of 5", "HELLO", "HELLO", spans, 1, 1),
        Finding("self-explanation", 1, "names HELLO", "description", "absent", "not named", "HELLO"),
    )
    timeline = tuple(Tick(0.01 * n, 3, 1) for n in range(60))
    for place in range(count):
        side = ("base", "tuned")[place % 2]
        request = {
            "model": f"model-{side}",
            "messages": [{"role": "user", "content": "What would you see on a walk through a market?"}],
            "temperature": 0.7,
            "seed": place,
        }
        yield Answer(
            1, side, "What would you see on a walk through a market?", "plain", place // 2, request, "done", TEXT,
            timeline, (), "stop", f"model-{side}", "fp", f"req-{place}", Usage(20, 60), 0.61, None, findings,
        )  # fmt: skip


def figures(count: int = 20_000) -> Iterator[Figure]:
    """Of a session of that many answers."""
    sides = tuple(SideRecord(name, "here", None, f"model-{name}", None) for name in ("base", "tuned"))
    session = Session(0, "benchmark", "2026-01-01T00:00:00+00:00", "pair", None, sides)
    with TemporaryDirectory() as folder:
        path, file = Path(folder, "sessions.db"), Path(folder, "out.jsonl")
        save_session(IncomingSession(session, ((each, ()) for each in answers(count))), path)
        begun = perf_counter()
        export(ExportData.of(Store(path), 1), "jsonl", file)
        own = perf_counter() - begun
        begun = perf_counter()
        _plain(path, Path(folder, "plain.jsonl"))
        plain = perf_counter() - begun
    yield Figure(
        f"export of {count:,} answers as JSON lines, a second", count / own, "answers", more_is_better=True,
        peer="the bare columns with sqlite3 and json", peer_value=count / plain, least_ratio=LEAST_RATIO,
    )  # fmt: skip


def _plain(path: Path, file: Path) -> None:
    """The columns that are text, without timeline and findings."""
    with sqlite3.connect(path) as db, file.open("w", encoding="utf-8") as out:
        for row in db.execute("SELECT id, side, prompt, request, text, model, finish_reason FROM answers"):
            out.write(json.dumps([*row[:3], json.loads(row[3]), *row[4:]]) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=20_000)
    tell(figures(parser.parse_args().answers))
