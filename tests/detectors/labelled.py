"""Labelled answers, a file a detector, and what the detector makes of them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from diptych.detectors import KINDS, Finding, TrainingRows, find_kind, make_detector
from diptych.probes import read_rows, typed

DATA = Path(__file__).parents[1] / "data"


@dataclass(frozen=True)
class Item:
    """One answer and what a reader says of it."""

    kind: str
    line: int
    text: str
    prompt: str
    settings: dict[str, object]
    expected: str
    bucket: str | None
    value: str | None

    def found(self) -> Finding:
        """What the detector says, which saw it in pieces of four characters."""
        file = DATA / f"{self.kind}.jsonl"
        kind = find_kind(self.kind)
        assert kind is not None
        settings = typed(self.settings, kind.settings, file)
        detector = make_detector(self.kind, settings, self.prompt, rows=rows())
        for start in range(0, len(self.text), 4):
            detector.feed(self.text[start : start + 4])
        return detector.finish()[0]


@dataclass(frozen=True)
class Agreement:
    """How a detector agrees with its labels, "present" against everything else."""

    hits: int
    false_alarms: tuple[Item, ...]
    misses: tuple[Item, ...]
    wrong_buckets: tuple[Item, ...]
    wrong_values: tuple[Item, ...]

    @property
    def precision(self) -> tuple[int, int]:
        """k of n: present, of those it says are."""
        return self.hits, self.hits + len(self.false_alarms)

    @property
    def recall(self) -> tuple[int, int]:
        """k of n: said to be present, of those that are."""
        return self.hits, self.hits + len(self.misses)


@cache
def rows() -> TrainingRows:
    """The fine-tuning data that the answers of overlap.jsonl are held against."""
    return read_rows(DATA / "overlap-rows.jsonl")


@cache
def labelled(kind: str) -> tuple[Item, ...]:
    """The labelled answers of a detector."""
    lines = (DATA / f"{kind}.jsonl").read_text("utf-8").splitlines()
    return tuple(_item(kind, number, json.loads(line)) for number, line in enumerate(lines, 1))


def kinds() -> list[str]:
    """The detectors that have such a file."""
    return [kind for kind in KINDS if (DATA / f"{kind}.jsonl").exists()]


def agreement(kind: str) -> Agreement:
    """The whole file through the detector."""
    judged = [(item, item.found()) for item in labelled(kind)]
    there = [(item, finding) for item, finding in judged if item.expected == "present"]
    return Agreement(
        hits=sum(finding.outcome == "present" for _, finding in there),
        false_alarms=tuple(i for i, f in judged if f.outcome == "present" and i.expected != "present"),
        misses=tuple(i for i, f in there if f.outcome != "present"),
        wrong_buckets=tuple(i for i, f in judged if i.expected == "excluded" and f.bucket != (i.bucket or f.bucket)),
        wrong_values=tuple(i for i, f in there if f.outcome == "present" and i.value not in (None, f.value)),
    )


def _item(kind: str, number: int, row: dict[str, object]) -> Item:
    return Item(
        kind=kind,
        line=number,
        text=str(row["text"]),
        prompt=str(row.get("prompt", "")),
        settings=dict(row.get("settings", {})),  # type: ignore[call-overload]
        expected=str(row["expected"]),
        bucket=str(row["bucket"]) if "bucket" in row else None,
        value=str(row["value"]) if "value" in row else None,
    )
