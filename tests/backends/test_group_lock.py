"""Groups take turns; within a group all goes on at once."""

import asyncio

from hypothesis import example, given
from hypothesis import strategies as st

from diptych.backends.group_lock import GroupLock

Work = tuple[str, int, int, bool]
"""Its group, when it comes and how long it takes in turns of the loop, and whether it is given up while it waits."""
WORK = st.tuples(st.sampled_from(["base", "adapters", "score"]), st.integers(0, 6), st.integers(0, 4), st.booleans())


@given(st.lists(WORK, max_size=12))
@example([("base", 0, 3, False), ("adapters", 0, 0, True)])
@example([("base", 0, 3, False), ("adapters", 0, 0, True), ("base", 0, 0, False), ("score", 0, 0, False)])
async def test_groups_are_never_under_way_at_once_and_all_come_to_their_turn(works: list[Work]) -> None:
    lock, under_way, done = GroupLock(), [], []

    async def do(work: Work) -> None:
        group, comes, takes, _ = work
        for _ in range(comes):
            await asyncio.sleep(0)
        async with lock.hold(group):
            under_way.append(group)
            try:
                for _ in range(takes):
                    assert set(under_way) == {group}
                    await asyncio.sleep(0)
            finally:
                under_way.remove(group)
        done.append(work)

    async with asyncio.timeout(5):
        tasks = [asyncio.create_task(do(work)) for work in works]
        for _ in range(3):
            await asyncio.sleep(0)
        given_up = [task for task, work in zip(tasks, works, strict=True) if work[3] and not task.done()]
        for task in given_up:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    kept = [task for task in tasks if task not in given_up]
    assert [task.exception() for task in kept] == [None] * len(kept)
    async with asyncio.timeout(1), lock.hold("another"):
        pass


async def test_within_a_group_all_goes_on_at_once() -> None:
    lock = GroupLock()
    async with lock.hold("base"), lock.hold("base"):
        other = asyncio.create_task(enter(lock, "adapters"))
        await asyncio.sleep(0)
        assert not other.done()
    await other


async def test_a_newcomer_of_the_same_group_waits_behind_another_group() -> None:
    lock, order = GroupLock(), []

    async def work(group: str) -> None:
        async with lock.hold(group):
            order.append(group)

    async with lock.hold("base"):
        tasks = []
        for group in ("adapters", "base", "adapters"):
            tasks.append(asyncio.create_task(work(group)))
            await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*tasks)
    assert order == ["adapters", "adapters", "base"]


async def enter(lock: GroupLock, group: str) -> None:
    async with lock.hold(group):
        pass
