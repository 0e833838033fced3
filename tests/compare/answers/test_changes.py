"""Subscribers are woken by changes, and none takes another's wake-ups away."""

import asyncio

import pytest

from diptych.compare import Changes, Subscription


async def news(subscription: Subscription) -> bool:
    """Whether there is something new."""
    try:
        async with asyncio.timeout(0.01):
            await subscription.wait()
    except TimeoutError:
        return False
    return True


async def test_changes_while_a_subscriber_is_busy_are_one_wake_up() -> None:
    changes = Changes()
    with changes.subscribe() as subscription:
        assert not await news(subscription)
        for _ in range(3):
            changes.announce()
        assert await news(subscription)
        assert not await news(subscription)


async def test_each_subscriber_is_woken() -> None:
    changes = Changes()
    with changes.subscribe() as one, changes.subscribe() as other:
        changes.announce()
        assert await news(one)
        changes.announce()
        assert await news(one)
        assert await news(other)


async def test_a_subscriber_that_waits_is_woken_at_once() -> None:
    changes = Changes()
    with changes.subscribe() as subscription:
        waiting = asyncio.create_task(subscription.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        changes.announce()
        await waiting


@pytest.mark.parametrize("times", [1, 2])
async def test_a_closed_subscription_is_left_alone(times: int) -> None:
    changes = Changes()
    with changes.subscribe() as other:
        subscription = changes.subscribe()
        for _ in range(times):
            subscription.close()
        changes.announce()
        assert not await news(subscription)
        assert await news(other)
