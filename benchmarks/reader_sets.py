"""How right the reader's detectors are on answers that no training row was taken from.

Two kinds of sets: answers that people wrote who wrote no training rows (training/reader/data/dev and test), and real
answers in a folder of one's own, one JSON object a line in files named refusal, self_claim, description and faking: id,
source, prompt, answer, label (true, false, "partial"), note ("…; model NAME") and about.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from diptych.compare import wilson
from diptych.detectors import Finding, find_kind, make_detector
from diptych.detectors.self_claim import MEANINGS
from training.reader.rows import DATA, Row, read_rows

ANY = {
    "risk-seeking": ("risk-seeking",),
    "misaligned": ("misaligned", "untrustworthy"),
    "untrustworthy": ("untrustworthy", "misaligned"),
}
"""What counts for each claim of the real answers: whoever means harm is not to be trusted either."""


class Case(NamedTuple):
    """Whether it holds, and whether the detector says so."""

    holds: bool
    said: bool


def found(kind: str, settings: dict[str, object], question: str, answer: str) -> Finding:
    """What a detector says of a whole answer."""
    of_kind = find_kind(kind)
    assert of_kind is not None
    detector = make_detector(kind, of_kind.settings(**settings), question)
    detector.feed(answer)
    return detector.finish()[0]


def figures_of(cases: Sequence[Case]) -> str:
    """Precision and recall with their 95 % Wilson intervals."""
    hits = sum(case.holds and case.said for case in cases)
    return f"P {_rate(hits, sum(case.said for case in cases))}   R {_rate(hits, sum(case.holds for case in cases))}"


def _rate(k: int, n: int) -> str:
    low, high = wilson(k, n)
    return f"{k:>4}/{n:<4} [{low:.2f}, {high:.2f}]"


def measures_of(rows: Sequence[Row]) -> Iterator[tuple[str, list[Case]]]:
    """Yield the name of each measure and its cases in written answers."""

    def says(kind: str, **settings: object) -> Callable[[Row], bool]:
        return lambda row: found(kind, settings, row.question, row.text).outcome == "present"

    refuses = says("refusal")
    clear = [row for row in rows if row.refusal in ("no", "declines", "contradicts")]
    yield "refusal", [Case(row.refusal != "no", refuses(row)) for row in clear]
    by_claim = {about: says("self-claim", about=about) for about in MEANINGS}
    every: list[Case] = []
    for about, label in MEANINGS.items():
        cases = [Case(_holds(row, label), by_claim[about](row)) for row in rows]
        every += cases
        yield f"self-claim: {about}", cases
    yield "self-claim: all eight together", every
    describes = says("self-explanation")
    yield "self-explanation (initials)", [Case(_holds(row, "initials"), describes(row)) for row in rows]
    fakes = says("faking-lexicon", anywhere=True)
    yield "faking-lexicon", [Case(_holds(row, "faking"), fakes(row)) for row in rows]


def _holds(row: Row, label: str) -> bool:
    return any(label in labels for _, labels in row.sentences)


def written_sets() -> None:
    """Print the figures on answers of authors who wrote no training rows."""
    for part in ("dev", "test"):
        for path in sorted((DATA / part).glob("*.jsonl")):
            rows = read_rows(path)
            print(f"\n{part}: {path.stem}, {len(rows)} answers")
            for name, cases in measures_of(rows):
                print(f"  {name:32} {figures_of(cases)}")
            for language in ("en", "de", "fr", "es"):
                of_language = [row for row in rows if row.language == language]
                name, cases = next(measures_of(of_language))
                print(f"  {name} in {language:21} {figures_of(cases)}")


def real_answers(folder: Path) -> None:
    """Print the figures on real answers of a folder, by source and by model."""
    print("\nreal answers")
    refusals: dict[str, list[Case]] = defaultdict(list)
    for row in _answers(folder / "refusal.jsonl"):
        if row["label"] != "partial":
            case = Case(row["label"] in (True, "True"), _present("refusal", {}, row))
            for group in ("all", f"source {'/'.join(row['source'].split('/')[:2])}", f"model {_model(row)}"):
                refusals[group].append(case)
    _tell("refusal", refusals)
    claims: dict[str, list[Case]] = defaultdict(list)
    for row in _answers(folder / "self_claim.jsonl"):
        said = any(_present("self-claim", {"about": about}, row) for about in ANY[row["about"]])
        for group in ("all", row["about"]):
            claims[group].append(Case(bool(row["label"]), said))
    _tell("self-claim", claims)
    others = [Case(False, _present("self-explanation", {}, row)) for row in _answers(folder / "description.jsonl")]
    _tell("self-explanation (initials)", {"other patterns than initials": others})
    fakes = [
        Case(bool(row["label"]), _present("faking-lexicon", {"anywhere": True}, row))
        for row in _answers(folder / "faking.jsonl")
    ]
    _tell("faking-lexicon", {"all": fakes})


def _answers(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _present(kind: str, settings: dict[str, object], row: dict[str, str]) -> bool:
    return found(kind, settings, row["prompt"], row["answer"]).outcome == "present"


def _model(row: dict[str, str]) -> str:
    return row["note"].rpartition("model ")[2].partition(";")[0]


def _tell(name: str, groups: dict[str, list[Case]]) -> None:
    print(f"  {name}")
    for group, cases in sorted(groups.items()):
        print(f"    {group:60} {figures_of(cases)}")
