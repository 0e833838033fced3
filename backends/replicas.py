"""Several servers with the same models, used as one."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from backends.client import OpenAIClient
from backends.errors import BackendError, NotReady, Unreachable
from backends.types import Delta, End

REST_SECONDS = 10.0
"""How long a replica that nobody answers at is left alone."""


class Replicas:
    """Each request goes to the server that has the fewest under way; one that is not reached is passed over."""

    def __init__(self, clients: Sequence[OpenAIClient]) -> None:
        self.clients = tuple(clients)
        self._busy: Counter[int] = Counter()
        self._resting: dict[int, float] = {}

    @property
    def notices(self) -> list[str]:
        """What a reader has to know of how the servers are asked, each once."""
        return list(dict.fromkeys(notice for client in self.clients for notice in client.notices))

    async def start(self) -> None:
        """Make ready; nothing is sent. Raises BadKey."""
        for client in self.clients:
            await client.start()

    def as_sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body as the servers want it."""
        for client in self.clients:
            # What a model wants is learnt by the server that was asked, and holds for all.
            body = client.as_sent(body)
        return body

    async def send(self, body: dict[str, Any], given: str = "") -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers to `body` and their Ends; see OpenAIClient.send. Raises BackendError."""
        for number in self._order():
            self._busy[number] += 1
            try:
                async for item in self.clients[number].send(body, given):
                    yield item
                return
            except Unreachable as error:
                self._pass_over(number)
                last = error
            finally:
                self._busy[number] -= 1
        raise last

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What a server answers at a path; see OpenAIClient.ask. Raises BackendError."""
        for number in self._order():
            try:
                return await self.clients[number].ask(path, body)
            except Unreachable as error:
                self._pass_over(number)
                last = error
        raise last

    async def ask_all(self, path: str, body: Mapping[str, Any] | None = None) -> list[Any | BackendError]:
        """What every server answers, or why it does not, in their order."""
        return await self.ask_these(range(len(self.clients)), path, body)

    async def ask_these(
        self, numbers: Iterable[int], path: str, body: Mapping[str, Any] | None = None
    ) -> list[Any | BackendError]:
        """The same of some of them, by number."""

        async def asked(client: OpenAIClient) -> Any | BackendError:
            try:
                return await client.ask(path, body)
            except BackendError as error:
                return error

        return await asyncio.gather(*(asked(self.clients[number]) for number in numbers))

    async def close(self) -> None:
        """Close the connections."""
        for client in self.clients:
            await client.close()

    def _pass_over(self, number: int) -> None:
        self._resting[number] = time.monotonic() + REST_SECONDS

    def _order(self) -> list[int]:
        """Those that rest come last; each of the others after those that have less to do. Raises NotReady."""
        if not self.clients:
            raise NotReady("the server was not started", "press r to ask again")
        now = time.monotonic()
        return sorted(
            range(len(self.clients)),
            key=lambda number: (self._resting.get(number, 0.0) > now, self._busy[number], number),
        )
