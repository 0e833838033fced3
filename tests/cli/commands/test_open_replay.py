"""`diptych sessions replay`: what is said before a screen is opened, and what watches where something is gone."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from diptych.cli.commands.open_replay import replay_app
from diptych.cli.main import main
from diptych.cli.setup.config import data_file, load
from diptych.compare import Replay
from diptych.probes import FileError
from diptych.sessions import RunRecord, Session, SideRecord
from diptych.sessions.imports.incoming_session import IncomingSession, save_session
from tests.sessions.stored import SIDES, answer, keep_session


def kept(probe: str | None = "hello-acrostic", side: SideRecord = SIDES[0], **more: object) -> int:
    session = Session(0, "t", "2026-11-25T10:00:00+00:00", "gone", probe, SIDES, **more)  # type: ignore[arg-type]
    return save_session(IncomingSession(session, iter([(answer(side), ())])), data_file())[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("1",), "a replay needs a terminal; in a script use: diptych sessions show 1 --json"),
        (("1", "--speed", "0"), "0.125<=x<=64"),
        (("one",), "not a valid integer"),
    ],
)
def test_what_cannot_be_is_said_before(options: tuple[str, ...], words: str) -> None:
    kept()
    result = CliRunner().invoke(main, ["sessions", "replay", *options])
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_session_that_is_not_there_or_has_nothing_or_foreign_sides() -> None:
    config = load(None)
    with pytest.raises(FileError, match="there is no session 7"):
        replay_app(config, 7)
    empty = keep_session(data_file(), [])
    with pytest.raises(FileError, match="has no answers to replay"):
        replay_app(config, empty)
    foreign = kept(side=SideRecord("somebody", "x", None, "m", None))
    with pytest.raises(FileError, match="sides named somebody; a replay can show base, tuned, control, fourth"):
        replay_app(config, foreign)


def test_neither_pair_nor_probe_nor_rows_need_be_there(tmp_path: Path) -> None:
    number = kept("a probe of mine", run=RunRecord(1, 1, str(tmp_path / "rows.jsonl")))
    app = replay_app(load(None), number, speed=4, stepwise=True)
    replay = app.shown
    assert isinstance(replay, Replay)
    assert (replay.view.probe, replay.speed, replay.stepwise, replay.view.pair) == (None, 4, True, "gone")
    assert "the default detectors are used: there is no probe 'a probe of mine'" in app.news
    assert "answers are not compared with training rows" in app.news
    assert os.listdir(data_file().parent) == ["sessions.db"]
