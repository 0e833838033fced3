"""`diptych sessions export` and `import`."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from diptych.cli.main import main
from diptych.sessions import FORMATS, Answer, Label, Recorder, Store
from tests.sessions.stored import SIDES, answer, keep_session, ordinary

GIVEAWAYS = ("base", "tuned", "plain-model", "special-model", "127.0.0.1", "fp_1", "req_1", "4711", "0.25")
HERE = ("jsonl", "csv", "llm-comparator", "html", "markdown")
"""Formats that need nothing more installed."""


def sessions(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["sessions", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.db"


@pytest.mark.parametrize("name", HERE)
def test_each_format_is_written_for_its_owner_alone(name: str, store: Path, tmp_path: Path) -> None:
    number = keep_session(store, ordinary())
    result = sessions("export", str(number), "--format", name, "-o", tmp_path / "x")
    assert (result.exit_code, result.stdout) == (0, f"exported session {number} to {tmp_path}/x\n")
    text = (tmp_path / "x").read_text(encoding="utf-8")
    assert "I am plain." in text
    assert not {"\x1b", "\u202e"} & set(text)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_what_goes_out_comes_in_again(store: Path, tmp_path: Path) -> None:
    sessions("export", str(keep_session(store, ordinary())), "--format", "jsonl", "-o", tmp_path / "x")
    result = sessions("import", tmp_path / "x")
    assert (result.exit_code, result.stdout) == (
        0,
        "session 2  A title: 6 answers\nbase: plain-model  tuned: special-model\n",
    )
    assert [row.answer for row in Store(store).answers(2)] == ordinary()


def test_measures_are_in_the_summary(store: Path, tmp_path: Path) -> None:
    said = [each for a, b in zip(ordinary()[:1] * 8, ordinary()[1:2] * 8, strict=True) for each in (a, b)]
    answers = [
        msgspec.structs.replace(each, sample=place // 2, text=f"{each.text} {place}") for place, each in enumerate(said)
    ]
    sessions("export", str(keep_session(store, answers)), "--format", "markdown", "-o", tmp_path / "x")
    row = next(line for line in (tmp_path / "x").read_text().splitlines() if line.startswith("| follows HELLO"))
    assert "0/8" in row
    assert "8/8" in row
    assert "+1.00" in row


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "7", "--format", "csv", "-o", "x"), "there is no session 7; diptych sessions list shows"),
        (("export", "1", "--format", "csv", "-o", "none/x"), "there is no folder none; make it"),
        (("export", "1", "--format", "csv", "-o", "there"), "there already exists; name another with -o, or overwri"),
        (("export", "1", "--format", "csv", "-o", ".", "--force"), ". is a folder"),
        (("export", "1", "--format", "inspect", "-o", "there", "--force"), "there is not a folder"),
        (("import", "none"), "none cannot be read: No such file"),
        (("import", "there"), "there cannot be imported: its format is unknown; import jsonl exports of diptych"),
    ],
)
def test_what_goes_wrong_is_told(
    arguments: tuple[str, ...], said: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_session(store, ordinary())
    monkeypatch.chdir(tmp_path)
    Path("there").write_text("mine")
    result = sessions(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert (Path("there").read_text(), sorted(p.name for p in tmp_path.iterdir())) == ("mine", ["data", "there"])


def test_force_overwrites(store: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    number = keep_session(store, ordinary())
    assert sessions("export", str(number), "--format", "csv", "-o", tmp_path / "x", "--force").exit_code == 0
    assert "I am plain." in (tmp_path / "x").read_text()


def blind_session(store: Path) -> int:
    """The tuned side stands first, and nobody has labelled an answer."""
    base, tuned = SIDES
    answers = [answer(base, text="I am plain.", position=2), answer(tuned, text="I am special.", position=1)]
    return keep_session(store, [msgspec.structs.replace(each, findings=ordinary()[0].findings) for each in answers])


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_gives_a_hidden_side_away(name: str, store: Path, tmp_path: Path) -> None:
    number = blind_session(store)
    result = sessions("export", str(number), "--format", name, "-o", tmp_path / "x")
    if name in ("inspect", "llm-comparator"):
        assert result.exit_code == 2
        assert "hidden until its answers are labelled" in result.stderr
        assert not (tmp_path / "x").exists()
        return
    if name == "parquet":
        text = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "x").to_pandas().to_csv()
    else:
        text = (tmp_path / "x").read_text()
    assert text.index("I am special.") < text.index("I am plain.")
    # What the formats themselves are made of may contain such words.
    shown = text.partition("</style>")[2] or text
    assert not [word for word in GIVEAWAYS if word in shown]


def test_a_masked_export_cannot_be_imported_and_a_labelled_one_can(store: Path, tmp_path: Path) -> None:
    number = blind_session(store)
    sessions("export", str(number), "--format", "jsonl", "-o", tmp_path / "x")
    result = sessions("import", tmp_path / "x")
    assert result.exit_code == 2
    assert "label them in the original session and export it again" in result.stderr

    async def label() -> None:
        recorder = Recorder(store)
        await recorder.label(Label(1, "knows", True))
        recorder.close()

    asyncio.run(label())
    sessions("export", str(number), "--format", "jsonl", "-o", tmp_path / "x", "--force")
    assert sessions("import", tmp_path / "x").exit_code == 0
    assert [row.answer.side for row in Store(store).answers(2)] == ["base", "tuned"]
    assert json.loads((tmp_path / "x").read_text().splitlines()[0])["hidden"] == 0


def test_a_fault_in_the_middle_leaves_what_was_there(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last answer cannot be read from the store."""
    number = keep_session(store, ordinary())
    with sqlite3.connect(store) as db:
        db.execute("UPDATE findings SET finding = 'gone' WHERE rowid = (SELECT max(rowid) FROM findings)")
    (tmp_path / "x").write_text("mine")
    with pytest.raises(msgspec.DecodeError):
        sessions("export", str(number), "--format", "jsonl", "-o", tmp_path / "x", "--force")
    assert (tmp_path / "x").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "x"]


def test_an_answer_that_diptych_never_finished_goes_out_as_interrupted(store: Path, tmp_path: Path) -> None:
    cut: Answer = answer(SIDES[0], state="streaming")
    sessions("export", str(keep_session(store, [cut])), "--format", "jsonl", "-o", tmp_path / "x")
    assert json.loads((tmp_path / "x").read_text().splitlines()[1])["answer"]["state"] == "interrupted"


def test_a_full_disk_leaves_nothing_half_written(store: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for it: writing fails in the middle."""
    number = keep_session(store, [answer(SIDES[0], text="long " * 100, sample=sample) for sample in range(1000)])
    limited = "import resource, diptych.cli.main; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
    arguments = ["sessions", "export", str(number), "--format", "jsonl", "-o", str(tmp_path / "x")]
    result = subprocess.run(
        [sys.executable, "-c", limited + "diptych.cli.main.entry()", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"diptych: {tmp_path}/x cannot be written: File too large; name another with -o\n"
    assert [p.name for p in tmp_path.iterdir()] == ["data"]
