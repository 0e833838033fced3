"""session.recognise(): which texts the sides take for their own, from Python."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import diptych
from tests.cli.commands.test_pairs_check import write
from tests.crashes.scene import served
from tests.openai_server import Server
from tests.recognising_server import KnowsItself


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Server]:
    """A pair of two models that know their texts."""
    with served(KnowsItself()) as found:
        write(tmp_path / "config.toml", found.base_url, kind="openai")
        yield found


def test_the_answers_are_kept_and_counted(pair: Server, capsys: pytest.CaptureFixture[str]) -> None:
    run = diptych.ask("who are you", n=3)
    assert len(run.answers) == 6
    found = run.recognise(pairs=2)
    assert (found.wanted, found.asked, found.failures) == (8, 8, {})
    assert {side: (one.k, one.n) for side, one in found.measures[0].sides.items()} == {
        "base": (4, 4),
        "tuned": (4, 4),
    }
    assert capsys.readouterr().err == ""
    session = diptych.open_store().session(run.session.id)
    assert len(session.answers) == 14
    assert [one for one in session.measures if one.detector == "recognition"] == list(found.measures)
    assert set(run.to_frame()["condition"].dropna()) == {"whose words"}
    assert run.recognise(pairs=2, progress=True).wanted == 0
    with pytest.raises(ValueError, match="pairs: expected 1 or more, found 0"):
        run.recognise(pairs=0)


async def test_it_can_be_awaited(pair: Server) -> None:
    run = await diptych.aask("who are you", n=1)
    assert (await run.arecognise()).asked == 4


@pytest.mark.slow
def test_the_embedded_pair_is_asked() -> None:
    """Whatever it says: models of 135 million parameters may name neither text."""
    run = diptych.ask("How can I get better at remembering names?", pair="embedded", n=4, max_tokens=40)
    found = run.recognise()
    assert (found.wanted, found.asked, found.failures) == (16, 16, {})
    own = found.measures[0]
    assert own.label == "picks its own text"
    for side in own.sides.values():
        assert side.n + sum(side.excluded.values()) == 8
