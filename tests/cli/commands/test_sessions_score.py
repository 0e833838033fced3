"""`diptych sessions score`: the cost first, then the scores, and nothing twice."""

import json
from pathlib import Path

import pytest

from diptych.sessions import Store
from tests.cli.commands.test_pairs_check import write
from tests.commands import diptych
from tests.openai_server import serve
from tests.toy_vllm import ToyVLLM


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The user's file, as DIPTYCH_CONFIG names it."""
    return tmp_path / "config.toml"


async def test_the_sides_score_a_session_once(config: Path, tmp_path: Path) -> None:
    async with serve(ToyVLLM()) as server:
        write(config, server.base_url)
        asked = await diptych("ask", "alpha beta", "-n", "2", "--json")
        session = str(json.loads(asked.out)["session"])
        first = await diptych("sessions", "score", session)
        assert first.code == 0, first
        assert "base and tuned read 8 answers, about " in first.err
        assert "scored 8 of 8" in first.err
        assert "base's surprise  (alpha beta)" in first.out
        # vLLM tells no entropy.
        assert "no entropy: the endpoint does not tell the chances of all tokens" in first.err
        assert "'s entropy" not in first.out
        assert "the 2 p-values of surprise and entropy above" in first.out
        shown = json.loads((await diptych("sessions", "show", session, "--json")).out)
        base = next(m for m in shown["measures"] if m["label"] == "base's surprise")
        assert (base["sides"]["base"]["mean_of"], base["sides"]["base"]["rate"]) == (2, None)
        assert base["difference"]["mean"]["estimate"] > 0
        again = await diptych("sessions", "score", session, "--json")
        assert (json.loads(again.out)["scored"], json.loads(again.out)["answers"]) == (0, 0)
        out = tmp_path / "table.csv"
        await diptych("sessions", "export", session, "--format", "csv", "-o", str(out))
        assert "scored by tuned: tuned's surprise" in out.read_text().splitlines()[0]
    (path,) = tmp_path.rglob("sessions.db")
    assert all(len(row.answer.scores) == 2 for row in Store(path).answers(int(session)))


async def test_another_model_than_in_the_session_is_refused(config: Path) -> None:
    async with serve(ToyVLLM()) as server:
        write(config, server.base_url)
        session = str(json.loads((await diptych("ask", "alpha", "--json")).out)["session"])
        write(config, server.base_url, tuned="base")
        result = await diptych("sessions", "score", session)
    assert result.code == 2
    assert "tuned is base now and was tuned in session" in result.err
