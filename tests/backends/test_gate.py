"""What goes on beside other work, and what goes on alone."""

import asyncio
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from backends.gate import Gate

Work = tuple[Literal["beside", "alone"], int, int, bool]
"""The kind, when it comes and how long it takes in turns of the loop, and whether it is given up."""
WORK = st.tuples(st.sampled_from(["beside", "alone"]), st.integers(0, 6), st.integers(0, 4), st.booleans())


@given(st.lists(WORK, max_size=12))
async def test_nothing_goes_on_beside_what_is_alone_and_all_comes_to_its_turn(works: list[Work]) -> None:
    gate = Gate()
    under_way: list[str] = []
    done: list[Work] = []

    async def do(work: Work) -> None:
        kind, comes, takes, _ = work
        for _ in range(comes):
            await asyncio.sleep(0)
        async with gate.beside() if kind == "beside" else gate.alone():
            under_way.append(kind)
            try:
                for _ in range(takes):
                    assert under_way == ["alone"] or "alone" not in under_way
                    await asyncio.sleep(0)
            finally:
                under_way.remove(kind)
        done.append(work)

    async with asyncio.timeout(5):
        tasks = [asyncio.create_task(do(work)) for work in works]
        for _ in range(4):
            await asyncio.sleep(0)
        for task, work in zip(tasks, works, strict=True):
            if work[3]:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    faults = [task.exception() for task in tasks if not task.cancelled()]
    assert faults == [None] * len(faults)
    assert len(done) >= sum(not work[3] for work in works)


async def test_others_go_on_beside_each_other() -> None:
    gate = Gate()
    async with gate.beside(), gate.beside():
        alone = asyncio.create_task(enter(gate))
        await asyncio.sleep(0)
        assert not alone.done()
    await alone


async def enter(gate: Gate) -> None:
    async with gate.alone():
        pass
