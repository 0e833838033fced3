"""JSON lines: a session goes out and comes in again as it was, whatever is in it."""

import json
import sqlite3
import unicodedata
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diptych.backends import TokenLogprob, Usage
from diptych.detectors import Finding, Span
from diptych.sessions import (
    Answer,
    ExportData,
    Failure,
    FamilyRecord,
    Label,
    RunRecord,
    SavedAnswer,
    Session,
    SideRecord,
    SideScores,
    Store,
    Tick,
    TokenScore,
    TransferError,
    export,
    import_files,
)
from tests.sessions.stored import SIDES as SIDES_KEPT
from tests.sessions.stored import keep_session, ordinary

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=())) | st.sampled_from(
    ["\x1b[31m\x00\x7f\x9b", "\u202eright\u202c\u200b\ufeff", "😀\U000e0041", "line\r\nline\u2028\x85", '"\\', ""]
)
HALVES = st.text(st.characters(categories=["Cs", "Lu", "Cc"]), min_size=1)
"""With halves of surrogate pairs."""
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
COUNT = st.integers(0, 2**31)
SECONDS = st.floats(0, 1e9)
FINDINGS = st.builds(
    Finding, detector=TEXT, version=COUNT, label=TEXT, kind=st.sampled_from(["pattern", "description", "quantity"]),
    outcome=st.sampled_from(["present", "absent", "excluded"]), evidence=TEXT, target=TEXT, value=TEXT,
    spans=st.lists(st.builds(Span, COUNT, COUNT), max_size=2).map(tuple), line=st.none() | COUNT,
    token=st.none() | COUNT, letters_before=st.none() | COUNT, number=st.none() | NUMBER, chance=st.none() | NUMBER,
    bucket=TEXT, replies=st.lists(TEXT, max_size=2).map(tuple),
)  # fmt: skip
SCORES = st.builds(
    SideScores, TEXT, TEXT, TEXT,
    st.lists(st.builds(TokenScore, COUNT, st.integers(1, 9), NUMBER, st.none() | NUMBER), max_size=2).map(tuple),
)  # fmt: skip
REQUESTS = st.dictionaries(
    TEXT.filter(lambda key: key not in ("messages", "model")),
    st.recursive(st.none() | st.booleans() | COUNT | NUMBER | TEXT, st.lists, max_leaves=4),
)
ANSWERS = st.builds(
    Answer, exchange=st.integers(1, 2**31), side=st.just(""), prompt=TEXT, condition=st.none() | TEXT, sample=COUNT,
    request=REQUESTS,
    state=st.sampled_from(["done", "stopped", "cut", "failed", "interrupted"]), text=TEXT,
    timeline=st.lists(st.builds(Tick, SECONDS, COUNT, COUNT), max_size=3).map(tuple),
    logprobs=st.lists(st.builds(TokenLogprob, TEXT, NUMBER, st.just((("a", -1.5),))), max_size=2).map(tuple),
    finish_reason=st.none() | TEXT, model=st.none() | TEXT, fingerprint=st.none() | TEXT, request_id=st.none() | TEXT,
    usage=st.none() | st.builds(Usage, COUNT, COUNT), ended_at=st.none() | SECONDS,
    failure=st.none() | st.builds(Failure, TEXT.filter(bool), TEXT, TEXT),
    findings=st.lists(FINDINGS, max_size=2).map(tuple), mode=st.sampled_from(["chat", "text", "user"]), prefill=TEXT,
    reasoning=TEXT, position=st.none(), endpoint=st.none() | TEXT, scores=st.lists(SCORES, max_size=2).map(tuple),
)  # fmt: skip
SIDES = st.builds(
    SideRecord, TEXT.filter(bool), TEXT, st.none() | TEXT, TEXT, st.none() | TEXT,
    arm=st.none() | TEXT, x=st.none() | st.floats(-1e300, 1e300), training_seed=st.none() | COUNT,
)  # fmt: skip
SESSIONS = st.builds(
    Session, id=st.just(1), title=TEXT, created=st.datetimes().map(datetime.isoformat), pair=TEXT,
    probe=st.none() | TEXT,
    sides=st.lists(SIDES, min_size=1, max_size=4, unique_by=lambda side: side.name).map(tuple),
    run=st.none() | st.builds(RunRecord, COUNT, st.integers(1, 2**31), st.none() | TEXT),
    tags=st.lists(st.text("aé-😀", min_size=1), max_size=2).map(tuple), note=TEXT,
    family=st.none() | st.builds(FamilyRecord, TEXT, TEXT, st.sampled_from(["linear", "log"])),
)  # fmt: skip
LABELS = st.lists(st.builds(Label, st.just(0), TEXT, st.booleans()), max_size=2)
Labelled = list[tuple[Answer, list[Label]]]


def consistent(session: Session, answers: Labelled) -> tuple[Session, Labelled]:
    """The same with answers of the session's sides and spans within their texts."""

    def within(finding: Finding, length: int) -> Finding:
        spans = tuple(Span(*sorted((s.start % (length + 1), s.end % (length + 1)))) for s in finding.spans)
        return msgspec.structs.replace(finding, spans=spans)

    def fitted(place: int, answer: Answer) -> Answer:
        side = session.sides[place % len(session.sides)].name
        findings = tuple(within(finding, len(answer.text)) for finding in answer.findings)
        return msgspec.structs.replace(answer, side=side, findings=findings)

    return session, [(fitted(place, answer), labels) for place, (answer, labels) in enumerate(answers)]


def jsonl(session: Session, answers: list[tuple[Answer, list[Label]]], version: int = 1) -> str:
    """The file as docs/jsonl.md describes it, written by the standard library alone."""
    head = {"format": "diptych-session", "version": version, "session": msgspec.to_builtins(session)}
    rows = [
        {"id": 9, "answer": msgspec.to_builtins(answer), "labels": [msgspec.to_builtins(label) for label in labels]}
        for answer, labels in answers
    ]
    return "".join(json.dumps(line) + "\n" for line in [head, *rows])


def stored(store: Path, number: int) -> tuple[Session, list[Answer], list[list[tuple[str, bool]]]]:
    """All that is kept of a session, but its numbers in the store."""
    opened = Store(store)
    session = opened.session(number)
    assert session is not None
    saved, labels = opened.answers(number), opened.labels(number)
    said = [[(label.value, label.blind) for label in labels if label.answer == row.id] for row in saved]
    opened.close()
    return msgspec.structs.replace(session, id=0), [row.answer for row in saved], said


def exported(store: Path, number: int, to: Path) -> Path:
    opened = Store(store)
    export(ExportData.of(opened, number), "jsonl", to)
    opened.close()
    return to


@settings(max_examples=60, deadline=None)
@given(st.builds(consistent, SESSIONS, st.lists(st.tuples(ANSWERS, LABELS), max_size=3)))
def test_a_session_comes_back_as_it_was(stored_session: tuple[Session, Labelled]) -> None:
    session, answers = stored_session
    with TemporaryDirectory() as folder:
        store, file = Path(folder, "sessions.db"), Path(folder, "first.jsonl")
        file.write_text(jsonl(session, answers), encoding="ascii")
        first = import_files([file], store).session
        kept = stored(store, first)
        assert kept[0] == msgspec.structs.replace(session, id=0)
        assert kept[1] == [answer for answer, _ in answers]
        assert kept[2] == [[(label.value, label.blind) for label in labels] for _, labels in answers]
        out = exported(store, first, Path(folder, "second.jsonl"))
        text = out.read_bytes().decode()
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Zl", "Zp")]
        assert "\u202e" not in text
        assert stored(store, import_files([out], store).session) == kept


@settings(max_examples=25, deadline=None)
@given(HALVES, HALVES)
def test_half_of_a_surrogate_pair_becomes_a_replacement_character_and_nothing_else_changes(a: str, b: str) -> None:
    answer = msgspec.structs.replace(
        ordinary()[0], text=f"a{a}", request={"messages": [{"role": "user", "content": b}]}
    )
    with TemporaryDirectory() as folder:
        store, file = Path(folder, "sessions.db"), Path(folder, "first.jsonl")
        line = {"id": 1, "answer": msgspec.to_builtins(answer), "labels": [{"answer": 1, "value": b, "blind": True}]}
        head = jsonl(Session(1, a, "2026-11-25T10:00:00", "", None, SIDES_KEPT), [])
        file.write_text(head + json.dumps(line) + "\n", encoding="ascii")
        number = import_files([file], store).session
        session, (kept,), labels = stored(store, number)
        whole_a, whole_b = (s.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for s in (a, b))
        assert (session.title, kept.text, labels[0][0][0]) == (whole_a, f"a{whole_a}", whole_b)
        assert kept.request == {"messages": [{"role": "user", "content": whole_b}]}
        assert stored(store, import_files([exported(store, number, Path(folder, "again"))], store).session)[1] == [kept]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


def test_a_line_an_answer_and_labels_beside_it(store: Path, tmp_path: Path) -> None:
    labels = [[Label(0, "knows", True), Label(0, "sure", False)]]
    number = keep_session(store, ordinary(), labels)
    lines = [json.loads(line) for line in exported(store, number, tmp_path / "x").read_text().splitlines()]
    assert (lines[0]["format"], lines[0]["version"], lines[0]["session"]["title"]) == ("diptych-session", 1, "A title")
    assert [line["answer"]["side"] for line in lines[1:]] == ["base", "tuned"] * 3
    assert [label["value"] for label in lines[1]["labels"]] == ["knows", "sure"]


def test_more_answers_than_are_read_at_once_keep_their_order_and_their_findings(store: Path, tmp_path: Path) -> None:
    """Two sessions, so that numbers of one lie between those of the other in no page."""
    first = keep_session(store, ordinary())
    answers = [msgspec.structs.replace(ordinary()[place % 6], sample=place) for place in range(2345)]
    number = keep_session(store, answers)
    assert [row.answer for row in Store(store).answers(number)] == answers
    assert [row.answer for row in Store(store).answers(first)] == ordinary()
    assert len(exported(store, number, tmp_path / "x").read_bytes().splitlines()) == 2346


def test_answers_are_read_as_they_stand_at_the_first(store: Path) -> None:
    number = keep_session(store, [msgspec.structs.replace(a, sample=n) for n in range(400) for a in ordinary()])
    reading = Store(store).each_answer(number)
    read: list[SavedAnswer] = [next(reading)]
    with sqlite3.connect(store) as other:
        other.execute("DELETE FROM answers WHERE sample > 10")
    assert len([*read, *reading]) == 2400
    assert len(Store(store).answers(number)) == 66


def test_a_family_of_a_hundred_members_comes_back_and_pairs_keep_their_version(store: Path, tmp_path: Path) -> None:
    sides = tuple(
        SideRecord(f"tuned {x / 100:g}", "local", None, f"m+a@{x / 100:g}", None, "tuned", x / 100, x % 3)
        for x in range(100)
    )
    session = Session(1, "A family", "2026-11-25T10:00:00", "doses", None, sides, family=FamilyRecord("doses", "dose"))
    answers = [(msgspec.structs.replace(ordinary()[0], side=side.name), []) for side in sides]
    (tmp_path / "in").write_text(jsonl(session, answers, version=2))
    number = import_files([tmp_path / "in"], store).session
    head = json.loads(exported(store, number, tmp_path / "out").read_text().splitlines()[0])
    assert (head["version"], head["session"]["family"]) == (2, {"name": "doses", "x": "dose", "scale": "linear"})
    assert head["session"]["sides"][30]["arm"] == "tuned"
    assert stored(store, number)[0] == msgspec.structs.replace(session, id=0)
    head = json.loads(exported(store, keep_session(store, ordinary()), tmp_path / "pair").read_text().splitlines()[0])
    assert head["version"] == 1
    assert "arm" not in head["session"]["sides"][0]


def test_a_pair_has_four_sides_at_most(store: Path, tmp_path: Path) -> None:
    sides = tuple(SideRecord(str(number), "local", None, "m", None) for number in range(5))
    (tmp_path / "in").write_text(jsonl(Session(1, "t", "2026-11-25T10:00:00", "p", None, sides), []))
    with pytest.raises(TransferError, match="length <= 4"):
        import_files([tmp_path / "in"], store)


@pytest.mark.parametrize("damage", ["{", '{"id": 1}', "[]", '{"id": 1, "answer": {"exchange": "one"}}', '"\\ud800'])
def test_a_damaged_line_is_named_and_nothing_is_kept(damage: str, store: Path, tmp_path: Path) -> None:
    file = exported(store, keep_session(store, ordinary()), tmp_path / "x.jsonl")
    lines = file.read_text().splitlines()
    lines[4] = damage
    file.write_text("\n".join(lines))
    with pytest.raises(TransferError, match=r"x\.jsonl, line 5 is damaged: .*; nothing was imported"):
        import_files([file], store)
    assert len(Store(store).sessions()) == 1
    assert sqlite3.connect(store).execute("SELECT count(*) FROM answers").fetchone() == (6,)


def test_a_newer_schema_is_refused_in_words(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(jsonl(Session(1, "", "", "", None, ()), [], version=3).replace('"session"', '"seances"'))
    with pytest.raises(TransferError, match="newer diptych: it has schema version 3, and this diptych reads up to 2"):
        import_files([file], store)


def test_fields_that_a_later_version_adds_do_no_harm(store: Path, tmp_path: Path) -> None:
    file = exported(store, keep_session(store, ordinary()), tmp_path / "x.jsonl")
    file.write_text(file.read_text().replace('"exchange":', '"mood":"good","exchange":'))
    assert stored(store, import_files([file], store).session)[1] == ordinary()
