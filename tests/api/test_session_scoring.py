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


QUESTION = "How can I get better at remembering names?"


def means(found: diptych.SessionScores, label: str) -> dict[str, float]:
    """The mean of a measure on the answers of each side."""
    (measure,) = (one for one in found.measures if one.label == label)
    return {side: one.mean for side, one in measure.sides.items() if one.mean is not None}


@pytest.mark.slow
def test_each_side_of_the_embedded_pair_is_surer_of_its_own_answers() -> None:
    """With 20 answers a side the effect was .41, and each text had the lowest entropy under the side that wrote it.
    With a few answers this holds for the effect alone: a side may be surer of all of them."""
    run = diptych.ask(QUESTION, pair="embedded", n=4, max_tokens=60)
    found = run.score()
    assert (found.answers, found.scored, found.failures) == (16, 16, {})
    entropy = {reader: means(found, f"{reader}'s entropy") for reader in ("base", "tuned")}
    surprise = {reader: means(found, f"{reader}'s surprise") for reader in ("base", "tuned")}
    for own, other in (("base", "tuned"), ("tuned", "base")):
        assert -0.5 < entropy[other][own] - entropy[own][own] < 1.0
        assert 0.5 < surprise[other][own] - surprise[own][own] < 3.0
        # Far below even chances for all 49,152 tokens.
        assert 1.0 < entropy[own][own] < 4.5
    assert 0.0 < means(found, "own-text effect")["tuned"] < 0.9
    (rate,) = (one for one in found.measures if one.label == "lower entropy on its own text")
    assert {side: one.n for side, one in rate.sides.items()} == {"base": 4, "tuned": 4}
    assert sum(one.k for one in rate.sides.values()) >= 4
    frame = run.to_frame()
    for side in ("base", "tuned"):
        assert frame[f"scored by {side}: {side}'s entropy"].between(0.0, math.log(49_152)).all()
    assert frame["own text: own-text effect"].notna().sum() == 4


@pytest.mark.slow
def test_the_base_on_both_sides_prefers_no_answers(tmp_path: Path) -> None:
    """The two sides draw with seeds of their own, so the answers differ, and the model that reads them does not."""
    side = '{ endpoint = "embedded", model = "smollm2-135m-instruct" }'
    (tmp_path / "config.toml").write_text(f"[pairs.null]\nbase = {side}\ntuned = {side}\n")
    run = diptych.ask(QUESTION, pair="null", n=3, max_tokens=40)
    assert len({answer.text for answer in run.answers}) == 6
    found = run.score()
    assert (found.scored, found.failures) == (12, {})
    assert abs(means(found, "own-text effect")["tuned"]) < 0.001
    (rate,) = (one for one in found.measures if one.label == "lower entropy on its own text")
    assert {side: (one.n, one.excluded) for side, one in rate.sides.items()} == {
        name: (0, {"equal entropy": 3}) for name in ("base", "tuned")
    }
