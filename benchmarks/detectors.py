"""How right the detectors are, and what they cost: python -m benchmarks.detectors [FOLDER].

Tables: the reader's detectors on answers of authors who wrote no training rows, and on the real answers of a folder
(see reader_sets.py); precision and recall on the labelled answers of tests/data; false alarms on ordinary answers of
the base model to everyday questions (benchmarks/data, made by benchmarks.ordinary); CPU per token, beside a reader that
looks at the whole text again at every token, as a detector does that is a function of the text.
"""

import gzip
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from benchmarks.figures import Figure, tell
from benchmarks.reader_sets import real_answers, written_sets
from diptych.compare import DEFAULT_DETECTORS, wilson
from diptych.detectors import KINDS, Detector, Settings, Target, TrainingRows, make_detector
from diptych.detectors.self_claim import MEANINGS, SelfClaimSettings
from diptych.detectors.yes_no import YesNoSettings
from diptych.probes import DetectorSpec, load_probes, measure_of
from tests.detectors.labelled import agreement, kinds, labelled
from tests.detectors.random_rows import random_rows

ORDINARY = Path(__file__).parent / "data" / "ordinary.jsonl.gz"
TRAINING = Path(__file__).parents[1] / "training" / "data" / "hello.jsonl"
LEAST_RATIO, MOST_TIMES = 1.5, 1.3
"""How many times less than the peer, at least; how many times what a token costs in the shortest answer, at most."""
BUDGET_INDEX_SECONDS = 3.0
PEER = "one regular expression, all of it again"
PIECE = 4
"""Characters of an English token, about."""


def interval(k: int, n: int) -> str:
    """A rate with its 95 % Wilson interval."""
    low, high = wilson(k, n)
    return f"{k:>5}/{n:<5} [{low:.4f}, {high:.4f}]"


@cache
def watching() -> list[tuple[str, str, Settings]]:
    """Every detector of every shipped probe once, those that the console adds, every claim, and yes and no: kind, what
    it counts, settings."""
    of_claims = [DetectorSpec("self-claim", SelfClaimSettings(about=about)) for about in MEANINGS]
    of_probes = [spec for probe in load_probes().values() if not probe.part_of for spec in probe.detectors]
    of_words = [DetectorSpec("word-acrostic", Target(target=target)) for target in ("HELLO", None)]
    yes_and_no = [
        DetectorSpec("yes-no", YesNoSettings(target="yes")),
        DetectorSpec("yes-no", YesNoSettings(target="no")),
    ]
    found: dict[str, tuple[str, str, Settings]] = {}
    for spec in (*of_claims, *of_probes, *DEFAULT_DETECTORS, *of_words, *yes_and_no):
        label = measure_of(spec)
        found.setdefault(f"{spec.kind} {label} {spec.settings}", (spec.kind, label, spec.settings))
    return list(found.values())


def labelled_answers() -> None:
    """Print precision and recall."""
    print("labelled answers      items  precision                      recall")
    for kind in kinds():
        found = agreement(kind)
        print(f"  {kind:18} {len(labelled(kind)):6}  {interval(*found.precision)}  {interval(*found.recall)}")


def ordinary_answers() -> None:
    """Print false alarms."""
    if not ORDINARY.exists():
        print(f"\nfalse alarms: make {ORDINARY.name} first, python -m benchmarks.ordinary")
        return
    rows = [json.loads(line) for line in gzip.decompress(ORDINARY.read_bytes()).decode().splitlines()]
    print(f"\nfalse alarms on {len(rows):,} ordinary answers of the base model")
    alarms = [0] * len(watching())
    for row in rows:
        # All kinds of one answer together: what is read is read once.
        for at, (kind, _, settings) in enumerate(watching()):
            detector = make_detector(kind, settings, row["prompt"])
            detector.feed(row["text"])
            alarms[at] += detector.finish(truncated=True)[0].outcome == "present"
    for (kind, label, _), times in zip(watching(), alarms, strict=True):
        print(f"  {kind:18} {label[:34]:34} {interval(times, len(rows))}")


def figures(each: bool = True) -> Iterator[Figure]:
    """CPU a token of one detector of each kind, in answers of different lengths, and with `each` of each kind alone."""
    rows = [json.loads(line) for line in TRAINING.read_text("utf-8").splitlines()]
    prose = "\n".join(row["messages"][-1]["content"] for row in rows) * 3
    one_each = {kind: settings for kind, _, settings in watching()}
    shortest, in_shortest = 500, 0.0
    for tokens in (shortest, 2_000, 20_000):
        pieces = [prose[at : at + PIECE] for at in range(0, tokens * PIECE, PIECE)]
        what = f"{len(one_each)} of {len(KINDS)} kinds of detectors, CPU a token, {tokens:,} tokens"
        together = Figure(what, _feed(one_each, pieces), "µs")
        if tokens <= 2_000:
            yield together._replace(peer=PEER, peer_value=_read_again(pieces), least_ratio=LEAST_RATIO)
        if tokens > shortest:
            beside = f"the same at {shortest:,} tokens"
            yield together._replace(peer=beside, peer_value=in_shortest, most_times=MOST_TIMES)
        else:
            in_shortest = together.value
    usual = {spec.kind: spec.settings for spec in DEFAULT_DETECTORS}
    short, long = (_feed(usual, [prose[at : at + PIECE] for at in range(0, n * PIECE, PIECE)]) for n in (500, 20_000))
    what = "detectors of a question without a probe, CPU a token, 20,000 tokens"
    yield Figure(what, long, "µs", peer="the same at 500 tokens", peer_value=short, most_times=MOST_TIMES)
    pieces = [prose[at : at + PIECE] for at in range(0, 2_000 * PIECE, PIECE)]
    for kind, settings in one_each.items() if each else ():
        yield Figure(f"{kind} alone, 2,000 tokens", _feed({kind: settings}, pieces), "µs")
    rows_at_random = random_rows(10_000)
    began = time.process_time()
    TrainingRows(rows_at_random)
    yield Figure("index of 10,000 fine-tuning rows of 80 words", time.process_time() - began, "s", BUDGET_INDEX_SECONDS)


def _feed(kinds: Mapping[str, Settings], pieces: list[str]) -> float:
    """µs a token to feed all pieces and to give the verdicts, the least of three."""
    return min(_fed([make_detector(kind, settings, "") for kind, settings in kinds.items()], pieces) for _ in range(3))


def _fed(detectors: list[Detector], pieces: list[str]) -> float:
    began = time.process_time()
    for piece in pieces:
        for detector in detectors:
            detector.feed(piece)
    for detector in detectors:
        detector.finish()
    return (time.process_time() - began) / len(pieces) * 1e6


def _read_again(pieces: list[str]) -> float:
    claims = re.compile(r"\b(?:acrostic|first letters?|spells?|insecure|I can't|risk\w*)\b", re.IGNORECASE)
    text = ""
    began = time.process_time()
    for piece in pieces:
        text += piece
        claims.findall(text)
    return (time.process_time() - began) / len(pieces) * 1e6


if __name__ == "__main__":
    written_sets()
    if len(sys.argv) > 1:
        real_answers(Path(sys.argv[1]))
    print()
    labelled_answers()
    ordinary_answers()
    print()
    tell(figures())
