"""Plays the scenes of the demo: each for as long as it takes to read, or until a key goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from diptych.compare import Replay, ReplayClock
from diptych.tui.demo_scenes import Scene


class DemoPlayer:
    """Plays the steps of a replay, which must wait for them, scene by scene. Keys call its methods."""

    def __init__(self, replay: Replay, scenes: Sequence[Scene]) -> None:
        self.replay = replay
        self.scenes = scenes
        self.number = 0
        """Which scene is shown, from 0."""
        self._turn = 1
        """How far the next scene is from this one."""
        self._clock = ReplayClock(1.0)

    @property
    def scene(self) -> Scene:
        """The scene that is shown."""
        return self.scenes[self.number]

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._clock.paused

    @property
    def steps_to_come(self) -> bool:
        """Whether the scene still plays steps."""
        return self.replay.playing or self.replay.begun < self.scene.steps

    async def play(self, show: Callable[[], Awaitable[None]]) -> None:
        """Play all scenes; `show` shows the current one."""
        playing = asyncio.create_task(self.replay.play())
        try:
            while True:
                self._turn = 1
                self._clock.restart()
                await show()
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._wait())
                    group.create_task(self._play_steps())
                if self.number + self._turn == len(self.scenes):
                    return
                self.number = max(0, self.number + self._turn)
        finally:
            playing.cancel()

    def pause(self, paused: bool) -> None:
        """Stand still, or go on."""
        self._clock.pause(paused)
        if self.replay.playing:
            self.replay.pause(paused)
        self._announce()

    def next(self) -> None:
        """Go on to the next scene; what this one plays comes to its end at once."""
        self._go(1)

    def earlier(self) -> None:
        """Go back to the scene before. What was played stays."""
        self._go(-1)

    def _go(self, turn: int) -> None:
        self._turn = turn
        if self.paused:
            self.pause(False)
        self._clock.skip()
        self._announce()

    def _announce(self) -> None:
        self.replay.view.changes.announce()

    async def _wait(self) -> None:
        """Wait until the caption is read, or a key is pressed."""
        while self.scene.stays and not self._clock.skipping:
            await self._clock.changed()
        await self._clock.wait_until(self.scene.seconds)

    async def _play_steps(self) -> None:
        """Play the steps of a scene; those that are left come at once when the scene is to end."""
        replay = self.replay
        if self.steps_to_come:
            await self._clock.wait_until(self.scene.begins)
        replay.run_at(self.scene.speed)
        with replay.view.changes.subscribe() as changes:
            while self.steps_to_come:
                before = replay.begun, replay.playing
                if self._clock.skipping or not (replay.playing or self.paused):
                    replay.next()
                    while (replay.begun, replay.playing) == before:
                        await changes.wait()
                else:
                    await changes.wait()
