"""`diptych sessions recognise`: how often it asks first, then the rates, and nothing twice."""

import json
from pathlib import Path

import pytest

from diptych.sessions import Store
from tests.cli.commands.test_pairs_check import write
from tests.commands import diptych
from tests.openai_server import serve
from tests.recognising_server import KnowsItself


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The user's file, as DIPTYCH_CONFIG names it."""
    return tmp_path / "config.toml"


async def asked(samples: int = 3) -> str:
    """The number of a new session."""
    return str(json.loads((await diptych("ask", "who are you", "-n", str(samples), "--json")).out)["session"])


async def test_sides_that_know_their_texts(config: Path, tmp_path: Path) -> None:
    async with serve(KnowsItself()) as server:
        write(config, server.base_url, kind="openai")
        session = await asked()
        first = await diptych("sessions", "recognise", session, "-n", "2")
        assert first.code == 0, first
        assert "base and tuned are asked 8 times which of two answers is theirs" in first.err
        assert "asked 8 of 8" in first.err
        lines = first.out.splitlines()
        assert lines[0] == "picks its own text  (whose words)"
        assert lines[1].split()[:2] == ["base", "4/4"]
        assert "clustered by prompt" in lines[1]
        again = await diptych("sessions", "recognise", session, "-n", "2", "--json")
        assert again.err == "every pair of answers was asked about before\n"
        document = json.loads(again.out)
        assert (document["wanted"], document["asked"], document["failures"]) == (0, 0, {})
        assert [measure["label"] for measure in document["measures"]] == [
            "picks its own text",
            "picks tuned's text",
            "picks the first text",
        ]
        assert document["measures"][1]["difference"]["estimate"] == 1.0
        shown = (await diptych("sessions", "show", session)).out
        assert "picks tuned's text  (whose words)" in shown
    (path,) = tmp_path.rglob("sessions.db")
    conditions = [row.answer.condition for row in Store(path).answers(int(session))]
    assert conditions == [None] * 6 + ["whose words"] * 8


async def test_answers_that_fail_are_told_and_asked_again(config: Path) -> None:
    server_of = KnowsItself(silent_after=3)
    async with serve(server_of) as server:
        write(config, server.base_url, kind="openai")
        session = await asked(1)
        failed = await diptych("sessions", "recognise", session, "--concurrency", "1")
        assert failed.code == 1
        assert "no more" in failed.err
        server_of.silent_after = None
        mended = await diptych("sessions", "recognise", session, "--json")
        assert mended.code == 0, mended
        assert (json.loads(mended.out)["wanted"], json.loads(mended.out)["asked"]) == (1, 1)


async def test_what_cannot_be_done_is_said_in_a_line(config: Path) -> None:
    async with serve(KnowsItself()) as server:
        write(config, server.base_url, kind="openai")
        session = await asked(1)
        write(config, server.base_url, kind="openai", tuned="base")
        other = await diptych("sessions", "recognise", session)
        assert (other.code, other.out) == (2, "")
        assert "tuned is base now and was tuned in session" in other.err
        write(config, server.base_url, kind="openai")
    gone = await diptych("sessions", "recognise", session)
    assert gone.code == 3
    assert "picks" not in gone.out
    unknown = await diptych("sessions", "recognise", "99")
    assert (unknown.code, unknown.out) == (2, "")
    assert unknown.err == "diptych: there is no session 99; diptych sessions list shows all sessions\n"
