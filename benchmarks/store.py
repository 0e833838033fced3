"""Search and opening in a large store: python -m benchmarks.store [--answers 100000] [--session 10000].

A new store gets that many answers of about 60 tokens, each with two findings and a timeline, in sessions of the given
size; the texts are drawn from a fixed list of sentences. Printed are the times of searches, each the median of nine,
beside a plain LIKE over the same rows in the same run; of reading one session with all its answers, beside its bare
rows; and of counting it.
"""

import argparse
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import msgspec

from benchmarks.exports import TEXT, answers
from benchmarks.figures import Figure, tell
from diptych.compare import headline
from diptych.sessions import Answer, Session, SideRecord, Store
from diptych.sessions.imports.incoming_session import IncomingSession, save_session

_SENTENCE = (
    "the market opens early and every stall has fruit while lemons glow under lamps that hang low over it all rings a"
    " bell of copper made long ago for the town by someone who liked the first letter of each line to say something"
)
INDEXED, EXAMINED, UNINDEXED = 10.0, 1.0, 0.7
"""How many times faster than LIKE at least: where the index decides alone; where many hits are looked at; where a text
is shorter than the terms of the index, and LIKE is what is left, here in answers and in prompts."""
MOST_TIMES_OPENING, MOST_TIMES_COUNTING = 6.0, 3.5
"""Opening beside reading the bare rows, and counting beside opening, at most."""
SEARCHES = {
    "a rare word": ("zanzibar", INDEXED),
    "a rare part of a word": ("anziba", INDEXED),
    "a word that is not there": ("quetzal", INDEXED),
    "a word of a tenth of the answers": ("violet", EXAMINED),
    "a word that is everywhere": ("market", EXAMINED),
    "a common phrase that is not there": ("the market opens late and every", INDEXED),
    "two letters that are not there": ("qq", UNINDEXED),
}


def varied(count: int) -> Iterator[Answer]:
    """Answers whose texts differ."""
    draw = random.Random(1)
    for place, each in enumerate(answers(count)):
        words = draw.choices(_SENTENCE.split(), k=40)
        words += ["zanzibar"] if place == count // 3 else []
        words += ["violet"] if place % 10 == 0 else []
        yield msgspec.structs.replace(each, text=f"{' '.join(words)}\n{TEXT}")


def figures(count: int = 100_000, size: int = 10_000) -> Iterator[Figure]:
    """Of a store of `count` answers in sessions of `size`."""
    sides = tuple(SideRecord(name, "here", None, f"model-{name}", None) for name in ("base", "tuned"))
    session = Session(0, "benchmark", "2026-01-01T00:00:00+00:00", "pair", None, sides)
    with TemporaryDirectory() as folder:
        path = Path(folder, "sessions.db")
        made = varied(count)
        for _ in range(count // size):
            save_session(IncomingSession(session, ((next(made), ()) for _ in range(size))), path)
        store, plain = Store(path), sqlite3.connect(path)
        for what, (text, least) in SEARCHES.items():
            own = _median(lambda text=text: store.search(text))  # type: ignore[misc]
            like = _median(lambda text=text: _like(plain, text))  # type: ignore[misc]
            found = f"search over {count:,} answers, {what}"
            yield Figure(found, own, "ms", peer="a plain LIKE", peer_value=like, least_ratio=least)
        opened = _median(lambda: store.answers(1))
        rows = _median(lambda: plain.execute("SELECT * FROM answers WHERE session_id = 1").fetchall())
        opening = f"opening a session of {size:,} answers"
        yield Figure(opening, opened, "ms", peer="the bare rows", peer_value=rows, most_times=MOST_TIMES_OPENING)
        counted = _median(lambda: headline(session, (row.answer for row in store.each_answer(1))))
        yield Figure(
            "counting its findings", counted, "ms", peer="opening it", peer_value=opened,
            most_times=MOST_TIMES_COUNTING,
        )  # fmt: skip


def _median(work: Callable[[], object]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(9):
        begun = perf_counter()
        work()
        times.append(1000 * (perf_counter() - begun))
    return median(times)


def _like(db: sqlite3.Connection, text: str) -> list[object]:
    rows = db.execute("SELECT max(id) FROM answers WHERE text LIKE ? GROUP BY session_id", (f"%{text}%",))
    return rows.fetchall()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--session", type=int, default=10_000)
    args = parser.parse_args()
    tell(figures(args.answers, args.session))
