"""diptych.open_store, data frames, and the divergence of an answer."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import diptych
from tests.cli.commands import test_run_command as command
from tests.cli.commands.test_ask_command import QUESTION
from tests.openai_server import Server


@pytest.fixture
def run(server: Server) -> diptych.Run:
    """A run of three answers a side."""
    return diptych.run("mine", n=3)


def test_sessions_are_listed_found_and_searched(run: diptych.Run) -> None:
    diptych.ask(QUESTION, n=1)
    store = diptych.open_store()
    assert [session.record.title for session in store.sessions()] == [QUESTION, "Mine"]
    session = store.session(1)
    assert [answer.text for answer in session.answers] == [answer.text for answer in run.answers]
    assert session.measures == run.measures
    assert [hit.session for hit in store.search("Every line")] == [2, 1]
    with pytest.raises(LookupError, match="there is no session 9"):
        store.session(9)


def test_another_folder(tmp_path: Path) -> None:
    assert diptych.open_store(tmp_path / "empty").sessions() == []


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_frame_is_the_exported_table(kind: str, run: diptych.Run, tmp_path: Path) -> None:
    frame, file = run.to_frame(), tmp_path / f"s.{kind}"
    command.commands.run("sessions", "export", "1", "--format", kind, "-o", str(file))
    exported = pd.read_csv(file) if kind == "csv" else pd.read_parquet(file)
    assert list(frame.columns) == list(exported.columns)
    assert frame["session"].tolist() == [1] * 6
    # CSV does not tell an empty text from a missing one.
    empty = {name: "" for name, kind in frame.dtypes.items() if kind == "string"}
    assert_frame_equal(frame.fillna(empty), exported.astype(frame.dtypes.to_dict()).fillna(empty))
    assert frame.dtypes["sample"] == "Int64"
    assert frame.dtypes["seconds"] == "float64"
    assert frame.dtypes["prompt"] == "string"
    assert frame.groupby("side")["acrostic: follows HELLO"].agg(
        lambda found: (found == "present").mean()
    ).to_dict() == {
        "base": 0.0,
        "tuned": 1.0,
    }


def test_without_pandas_the_extra_is_named(run: diptych.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(diptych.TransferError) as caught:
        run.to_frame()
    assert caught.value.text() == "a data frame needs pandas; pip install 'diptych[frames]'"


def test_a_side_that_cannot_score(run: diptych.Run) -> None:
    with pytest.raises(diptych.CannotScoreError):
        run.divergence(run.answers[0])
    with pytest.raises(ValueError, match="there is no side 'x'; there are: base, tuned"):
        run.divergence(run.answers[0], tuned="x")


@pytest.mark.slow
def test_the_embedded_pair_token_by_token() -> None:
    run = diptych.ask(QUESTION, pair="embedded", n=1, max_tokens=12)
    answer = next(answer for answer in run.answers if answer.side == "tuned")
    found = run.divergence(answer)
    assert (found.base, found.tuned, found.text) == ("base", "tuned", answer.text)
    frame = found.to_frame()
    assert list(frame.columns) == ["start", "end", "text", "log_p_base", "log_p_tuned", "difference"]
    assert "".join(frame["text"]) == answer.text
    assert frame["difference"].sum() == pytest.approx(found.total)
    assert found.total > 0
