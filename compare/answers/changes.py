"""Announces that something has changed, so that views look only then."""

import asyncio
from typing import Self


class Subscription:
    """The wake-ups of one subscriber: all changes since it last waited are one, and none is lost while it is busy.

    Use it in a `with` statement, or close it.
    """

    def __init__(self, changes: "Changes") -> None:
        self._changes = changes
        self._news = asyncio.Event()

    async def wait(self) -> None:
        """Return as soon as something has changed since the last call."""
        await self._news.wait()
        self._news.clear()

    def wake(self) -> None:
        """Let the subscriber look again."""
        self._news.set()

    def close(self) -> None:
        """End the subscription."""
        self._changes.leave(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Changes:
    """Announces to every subscriber that something has changed. What has changed, the subscriber reads itself."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def subscribe(self) -> Subscription:
        """A subscription of the caller's own: no other subscriber takes its wake-ups away."""
        subscription = Subscription(self)
        self._subscriptions.append(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """End a subscription; a second time does nothing."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def announce(self) -> None:
        """Wake every subscriber. Costs next to nothing while they are awake already: a stream calls it at each
        piece."""
        for subscription in self._subscriptions:
            subscription.wake()
