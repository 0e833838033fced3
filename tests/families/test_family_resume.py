"""A run of a family that is killed and resumed ends as if it never had been."""

import asyncio
import random
import re
import signal
from collections import Counter
from pathlib import Path

import pytest

from diptych.sessions import Recorder
from tests.cli.commands.test_run_to_resume import Diptych, Result, finished, places
from tests.families.served_family import FamilyServer, served
from tests.openai_server import Exchange
from tests.waiting import wait_until


async def killed(diptych: Diptych, api: FamilyServer, kills: int, samples: int) -> None:
    """Kill a run so often, and see that nothing that was there is gone."""
    wanted, there = random.Random(5), dict[int, str]()
    for _ in range(kills):
        begun = (
            ("--resume", "1")
            if diptych.store.exists() and diptych.session
            else ("--family", "doses", "-n", str(samples))
        )
        process, requests = diptych.begin("run", *begun, "--json"), len(api.order)
        await wait_until(lambda requests=requests: len(api.order) > requests + 6)
        await asyncio.sleep(wanted.uniform(0, 0.02))
        process.kill()
        await asyncio.to_thread(process.join)
        assert process.exitcode == -signal.SIGKILL, "the run is too short to be killed so often"
        now = finished(diptych.saved)
        assert now.items() >= there.items()
        there = now


async def resumed(diptych: Diptych, samples: int) -> Result:
    """Resume a run that was killed: nothing is missing afterwards, and nothing is there twice."""
    last = await diptych("run", "--resume", "1", "--json")
    assert last.code == 0, last.err
    assert re.search(r"session 1: 24 members, [1-9]\d* new, 0 failed again.*, [1-9]\d* kept", last.err)
    assert set(places(diptych.saved).values()) == {1}
    assert Counter(answer.side for _, answer in diptych.saved) == {
        member["label"]: 2 * samples for member in last.document["members"]
    }
    return last


async def test_killed_once(tmp_path: Path, slowly: None) -> None:
    async with served(tmp_path) as api:
        diptych = Diptych(tmp_path / "data")
        await killed(diptych, api, 1, 2)
        await resumed(diptych, 2)


@pytest.mark.slow
async def test_killed_many_times_it_ends_as_if_it_never_had_been(tmp_path: Path, slowly: None) -> None:
    async with served(tmp_path) as api:
        diptych, whole = Diptych(tmp_path / "data"), Diptych(tmp_path / "whole")
        await killed(diptych, api, 10, 60)
        last, session = await resumed(diptych, 60), diptych.session
        assert session is not None
        assert session.family is not None
        recorder = Recorder(whole.store)
        await recorder.begin_session("t", "doses", "mine", session.sides, session.run, session.family)
        recorder.close()
        uninterrupted = await whole("run", "--resume", "1", "--json")
        assert (uninterrupted.code, uninterrupted.document) == (0, last.document)


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers take a moment, so that a run is killed in the middle of some."""
    answer = FamilyServer.__call__

    async def later(self: FamilyServer, exchange: Exchange) -> None:
        if exchange.path != "/v1/models":
            await asyncio.sleep(0.01)
        await answer(self, exchange)

    monkeypatch.setattr(FamilyServer, "__call__", later)
