"""e on the samples screen: what scoring takes, what comes of it in f3 and f4, and that it can be stopped."""

import asyncio
import re
from pathlib import Path

from diptych.backends import Sampling
from diptych.compare import Comparison, Side
from diptych.sessions import Recorder, Store
from diptych.tui import DiptychApp
from tests.compare.scoring_backend import ScoringBackend
from tests.tui.app import screen, settled, until
from tests.tui.screens.drawn import PROBE, fill, sampled


def restored(path: Path, backend: ScoringBackend) -> DiptychApp:
    """The console with three answers of each side."""
    asyncio.run(fill(path, sampled(3), PROBE, None))
    store = Store(path)
    session = store.session(1)
    assert session is not None
    sides = [Side(name, "x", None, name, None, Sampling(), backend) for name in ("base", "tuned")]
    comparison = Comparison("test", sides, Recorder(path), PROBE)
    return DiptychApp(comparison, lambda: [PROBE], "diptych-dark", restored=(session, store.answers(1), ()))


async def test_the_first_press_says_what_it_takes_and_the_second_scores(tmp_path: Path) -> None:
    path, backend = tmp_path / "s.db", ScoringBackend()
    app = await asyncio.to_thread(restored, path, backend)
    async with app.run_test(size=(160, 34), notifications=True) as pilot:
        await pilot.press("f3", "e")
        await until(pilot, "base and tuned read 12 answers, about ")
        assert backend.scored == []
        await pilot.press("e")
        await until(pilot, "Scored: 12 of 12")
        # One mark more, and the numbers of both sides.
        seen = await until(pilot, "base's surprise, base's entropy, tuned's surprise, tuned's entropy")
        assert len(re.findall(r"2\.00 1\.00 2\.00 1\.00 +\d+ tok", seen)) == 3
        # The effect of a match stands on the answer of the other side.
        assert len(re.findall(r"2\.00 1\.00 2\.00 1\.00 +\.00 +\d+ tok", seen)) == 3
        await pilot.press("m", "m", "m")
        await until(pilot, "mean 2 of 3 base's surprise, nats a token")
        # Nothing is asked twice.
        await pilot.press("e")
        await until(pilot, "Nothing to score")
        assert len(backend.scored) == 14  # each side was tried once before
        await pilot.press("f7")
        await until(pilot, "A score has no yes or no")
        await pilot.press("escape", "f4", "end")
        seen = await until(pilot, "own-text effect · ")
        assert "mean 0 of 3" in seen
        assert "above 0: the sides are" in seen
        await pilot.press("up", "up")
        seen = await until(pilot, "tuned's entropy · ")
        assert seen.count("mean 1 of 3") >= 4
        await settled(pilot)
    assert all(len(row.answer.scores) == 2 for row in Store(path).answers(1))


async def test_scores_of_a_stored_session_are_there_and_it_can_be_stopped(tmp_path: Path) -> None:
    class Waiting(ScoringBackend):
        async def score(self, request, answer):  # type: ignore[no-untyped-def]
            async for token in super().score(request, answer):
                yield token
            if len(self.scored) > 4:
                await asyncio.Event().wait()

    path = tmp_path / "s.db"
    app = await asyncio.to_thread(restored, path, Waiting())
    async with app.run_test(size=(160, 34), notifications=True) as pilot:
        await pilot.press("f3", "e", "e")
        await until(pilot, "scoring: 2 of 12 · x stops it")
        await pilot.press("x")
        await until(pilot, "Scored: 2 of 12")
        assert "x stops it" not in screen(pilot)
    assert sum(len(row.answer.scores) for row in Store(path).answers(1)) == 2


async def test_an_endpoint_without_entropies_is_told(tmp_path: Path) -> None:
    app = await asyncio.to_thread(restored, tmp_path / "s.db", ScoringBackend(tells_entropy=False))
    note = "no entropy: the endpoint does not tell the chances of all tokens"
    async with app.run_test(size=(160, 34), notifications=True) as pilot:
        await pilot.press("f3")
        assert note not in screen(pilot)
        await pilot.press("e", "e")
        await until(pilot, "Scored: 12 of 12")
        await until(pilot, note)
        await pilot.press("escape", "f4", "end")
        assert "tuned's surprise · " in await until(pilot, note)
