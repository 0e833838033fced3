"""A clock that jumps an hour to and fro: nothing that lasts is measured by it, and nothing is sorted by it."""

import itertools
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.sessions import Recorder, Store
from tests.openai_server import answering, serve

HOUR = 3600.0


class Jumping(datetime):
    """Whoever looks at it finds it an hour ahead, right, or behind."""

    jumps = itertools.cycle((HOUR, -HOUR, 0.0))

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + timedelta(seconds=next(cls.jumps))


async def test_a_clock_that_jumps_between_deltas_and_between_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, jumps = time.time, itertools.cycle((HOUR, -HOUR, 0.0))
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    monkeypatch.setattr("diptych.sessions.encoding.datetime", Jumping)
    began = time.monotonic()
    async with serve(answering("One two three four five.", pause=0.01)) as server:
        for _ in range(4):
            backend = connect(Endpoint("openai", server.base_url))
            sides = [Side(name, "x", server.base_url, name, None, Sampling(), backend) for name in ("base", "tuned")]
            comparison = Comparison("toy", sides, Recorder(tmp_path / "s.db"))
            exchange = comparison.ask("Who?")
            with comparison.view.changes.subscribe() as changes:
                while comparison.view.streaming:
                    await changes.wait()
            rates = [live.rate for live in exchange.answers.values()]
            assert all(rate is not None and 0 < rate < 1000 for rate in rates)
            await comparison.label(exchange, "base", "odd", blind=False)
            await comparison.close()
    lasted = time.monotonic() - began
    store = Store(tmp_path / "s.db")
    sessions = store.sessions()
    assert [session.id for session in sessions] == [4, 3, 2, 1], "the newest first"
    created = [datetime.fromisoformat(session.created) for session in reversed(sessions)]
    assert created != sorted(created), "the clock did not jump"
    for session in sessions:
        for _, answer in store.answers(session.id):
            times = [tick.at for tick in answer.timeline]
            assert answer.state == "done"
            assert answer.ended_at is not None
            assert 0 <= times[0] <= times[-1] <= answer.ended_at <= lasted
            assert times == sorted(times)
    assert [hit.session for hit in store.search("three")] == [4, 3, 2, 1]
    store.close()
