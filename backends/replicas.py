"""Several servers with the same models, used as one."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from diptych.backends.backend_errors import BackendError, NotReady, Unreachable
from diptych.backends.interface import Delta, End
from diptych.backends.openai_client import OpenAIClient
from diptych.errors import AGAIN

REST_SECONDS = 10.0
"""How long an address is avoided after it could not be reached."""


class Replicas:
    """Sends each request to the server with the fewest requests in flight. A server that cannot be reached is
    skipped."""

    def __init__(self, clients: Sequence[OpenAIClient]) -> None:
        self.clients = tuple(clients)
        self._in_flight: Counter[int] = Counter()
        """Requests in flight, by the number of the server."""
        self._resting: dict[int, float] = {}
        """Until when a server is avoided, by its number."""
        self._skipped: list[str] = []
        """A notice for each server that was skipped."""

    @property
    def notices(self) -> list[str]:
        """What the reader should know about servers that do not answer and fields that models refuse."""
        notices = (notice for client in self.clients for notice in client.notices)
        return list(dict.fromkeys((*self._skipped, *notices)))

    async def start(self) -> None:
        """Make ready. Nothing is sent. Raises BadKey."""
        for client in self.clients:
            await client.start()

    def as_sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body without the fields that the model is known to refuse."""
        for client in self.clients:
            # What one server has refused holds for all of them.
            body = client.as_sent(body)
        return body

    async def send(self, body: dict[str, Any], given: str = "") -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers to `body` and their Ends; see OpenAIClient.send. Raises BackendError."""
        faults: list[Unreachable] = []
        for number in self._order():
            self._in_flight[number] += 1
            try:
                async for item in self.clients[number].send(body, given):
                    yield item
                return
            except Unreachable as error:
                faults.append(error)
                self._skip(number, error)
            except BackendError as error:
                raise self._with_address(error, number) from error.__cause__
            finally:
                self._in_flight[number] -= 1
        raise _of_all(faults)

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What a server answers at a path; see OpenAIClient.ask. Raises BackendError."""
        faults: list[Unreachable] = []
        for number in self._order():
            try:
                return await self.clients[number].ask(path, body)
            except Unreachable as error:
                faults.append(error)
                self._skip(number, error)
            except BackendError as error:
                raise self._with_address(error, number) from error.__cause__
        raise _of_all(faults)

    async def ask_any(self, path: str) -> Any:
        """Ask all servers at once, to find those that do not answer; returns the first answer. Raises BackendError."""
        if len(self.clients) == 1:
            return await self.ask(path)
        answers = await self.ask_all(path)
        faults = {number: answer for number, answer in enumerate(answers) if isinstance(answer, BackendError)}
        for number, fault in faults.items():
            if isinstance(fault, Unreachable) and len(faults) < len(answers):
                self._skip(number, fault)
        if len(faults) < len(answers):
            return next(answer for answer in answers if not isinstance(answer, BackendError))
        gone = [fault for fault in faults.values() if isinstance(fault, Unreachable)]
        if len(gone) == len(faults):
            raise _of_all(gone)
        number, fault = next((n, fault) for n, fault in faults.items() if not isinstance(fault, Unreachable))
        raise self._with_address(fault, number)

    async def ask_all(self, path: str, body: Mapping[str, Any] | None = None) -> list[Any | BackendError]:
        """What each server answers, or why it does not, in their order."""
        return await self.ask_these(range(len(self.clients)), path, body)

    async def ask_these(
        self, numbers: Iterable[int], path: str, body: Mapping[str, Any] | None = None
    ) -> list[Any | BackendError]:
        """The same for some of the servers, by their numbers."""

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

    def _skip(self, number: int, error: BackendError) -> None:
        self._resting[number] = time.monotonic() + REST_SECONDS
        if len(self.clients) > 1:
            address = self.clients[number].base_url
            why = "" if address in error.message else f"{address}: "
            notice = f"one of {len(self.clients)} addresses is skipped: {why}{error.message}; {error.hint}"
            if notice not in self._skipped:
                self._skipped.append(notice)

    def _with_address(self, error: BackendError, number: int) -> BackendError:
        """The error with the address of its server, where there are several."""
        address = self.clients[number].base_url
        if len(self.clients) == 1 or address in error.message:
            return error
        return type(error)(f"{error.message} (from {address})", error.hint)

    def _order(self) -> list[int]:
        """The numbers of all servers: those with the fewest requests in flight first, those that are avoided last.
        Raises NotReady."""
        if not self.clients:
            raise NotReady("the server was not started", AGAIN)
        now = time.monotonic()
        return sorted(
            range(len(self.clients)),
            key=lambda number: (self._resting.get(number, 0.0) > now, self._in_flight[number], number),
        )


def _of_all(faults: Sequence[Unreachable]) -> BackendError:
    """The error that none of the servers could be reached."""
    if len(faults) == 1:
        return faults[0]
    return Unreachable("; ".join(dict.fromkeys(fault.message for fault in faults)), faults[-1].hint)
