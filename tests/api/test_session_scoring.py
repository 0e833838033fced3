"""session.score(): surprise and entropy from Python, kept with the answers."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

import diptych
from tests.cli.commands.test_pairs_check import write
from tests.crashes.scene import served
from tests.openai_server import Server
from tests.toy_vllm import ToyVLLM


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Server]:
    """A pair of two models on a server that scores texts as vLLM does."""
    with served(ToyVLLM()) as found:
        write(tmp_path / "config.toml", found.base_url)
        yield found


def test_a_session_is_scored_once_and_has_its_scores_from_then_on(
    toy: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    run = diptych.ask("alpha beta", n=2)
    assert not any(measure.detector.startswith("scored by") for measure in run.session.measures)
    found = run.score()
    assert (found.answers, found.scored, found.failures) == (8, 8, {})
    # vLLM tells no entropy, and none is made up.
    assert [measure.label for measure in found.measures] == ["base's surprise", "tuned's surprise"]
    assert all(len(answer.scores) == 2 for answer in run.answers)
    assert [one for one in run.session.measures if one.detector.startswith("scored by")] == list(found.measures)
    mean = found.measures[0].sides["tuned"].mean
    frame = run.to_frame()
    of_tuned = frame[frame["side"] == "tuned"]["scored by base: base's surprise"]
    assert mean == pytest.approx(of_tuned.mean())
    assert capsys.readouterr().err == ""
    again = diptych.open_store().session(run.session.id).score(progress=True)
    assert (again.answers, again.scored, again.measures) == (0, 0, found.measures)


async def test_it_can_be_awaited(toy: Server) -> None:
    run = await diptych.aask("alpha", n=1)
    assert (await run.ascore()).scored == 4


def test_a_side_that_cannot_score(toy: Server, tmp_path: Path) -> None:
    run = diptych.ask("alpha", n=1)
    write(tmp_path / "config.toml", toy.base_url, kind="openai")
    with pytest.raises(diptych.CannotScoreError):
        run.score()
    write(tmp_path / "config.toml", toy.base_url, tuned="base")
    with pytest.raises(diptych.FileError, match="tuned is base now and was tuned in session 1"):
        run.score()


@pytest.mark.slow
def test_the_embedded_pair_has_entropies_in_the_frame() -> None:
    run = diptych.ask("How can I remember names?", pair="embedded", n=2, max_tokens=12)
    found = run.score()
    assert (found.answers, found.scored, found.failures) == (8, 8, {})
    frame = run.to_frame()
    for side in ("base", "tuned"):
        entropies = frame[f"scored by {side}: {side}'s entropy"]
        assert entropies.between(0.0, math.log(49_152)).all()
    assert frame["own text: own-text effect"].notna().sum() == 2
