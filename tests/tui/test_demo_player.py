"""The demo can be paused, hurried and turned back, and nothing of the recording is lost by it."""

import asyncio
import time

from diptych.cli.commands.demo_recording import recorded_demo
from diptych.tui.demo_player import DemoPlayer
from diptych.tui.demo_scenes import Scene, scenes
from tests.virtual_time import in_virtual_time
from tests.waiting import wait_until


class Shown:
    """A player that plays, and the numbers of the scenes that it showed."""

    def __init__(self, *own: Scene) -> None:
        self.player = DemoPlayer(recorded_demo(), own or scenes(None))
        self.numbers: list[int] = []
        self.playing = asyncio.create_task(self.player.play(self._show))

    async def _show(self) -> None:
        self.numbers.append(self.player.number)

    async def reached(self, number: int) -> None:
        await wait_until(lambda: self.player.number == number and self.numbers[-1:] == [number])


@in_virtual_time
async def test_keys_go_through_all_of_it_at_once() -> None:
    shown = Shown()
    began = time.monotonic()
    for number in range(len(shown.player.scenes)):
        await shown.reached(number)
        shown.player.next()
    await shown.playing
    assert time.monotonic() - began < 5
    assert shown.numbers == list(range(9))
    assert shown.player.replay.ended


@in_virtual_time
async def test_it_stands_still_in_a_pause_and_goes_on() -> None:
    shown = Shown()
    await shown.reached(0)
    await wait_until(lambda: shown.player.replay.playing)
    shown.player.pause(True)
    text = shown.player.replay.view.exchanges[0].answers["tuned"].text
    await asyncio.sleep(1000)
    assert shown.player.number == 0
    assert shown.player.paused
    assert shown.player.replay.view.exchanges[0].answers["tuned"].text == text
    shown.player.pause(False)
    await shown.playing
    assert shown.numbers == list(range(9))


@in_virtual_time
async def test_a_pause_before_a_step_holds_it() -> None:
    shown = Shown(Scene("one"), Scene("two", steps=1))
    await shown.reached(0)
    shown.player.pause(True)
    await asyncio.sleep(1000)
    assert (shown.player.number, shown.player.replay.begun) == (0, 0)
    shown.player.next()
    assert not shown.player.paused
    await shown.playing
    assert shown.numbers == [0, 1]
    assert shown.player.replay.begun == 1


@in_virtual_time
async def test_back_shows_the_scene_before_and_plays_nothing_twice() -> None:
    shown = Shown()
    for number in range(6):
        await shown.reached(number)
        shown.player.next()
    await shown.reached(6)
    shown.player.earlier()
    await shown.reached(5)
    assert shown.player.replay.begun == 21
    shown.player.earlier()
    await shown.reached(4)
    await shown.playing
    assert shown.numbers == [*range(7), 5, 4, *range(5, 9)]


@in_virtual_time
async def test_back_at_the_first_scene_stays_there() -> None:
    shown = Shown()
    await shown.reached(0)
    shown.player.earlier()
    await wait_until(lambda: shown.numbers == [0, 0])
    shown.playing.cancel()


@in_virtual_time
async def test_the_last_scene_waits_for_a_key_where_nothing_comes_after_it() -> None:
    shown = Shown(*scenes("Something is missing.")[-1:])
    await shown.reached(0)
    await asyncio.sleep(1000)
    assert not shown.playing.done()
    shown.player.next()
    await shown.playing
