"""Several servers with the same models, used as one."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from diptych.backends.errors import BackendError, NotReady, Unreachable
from diptych.backends.interface import Delta, End
from diptych.backends.openai_client import OpenAIClient
from diptych.errors import AGAIN

REST_SECONDS = 10.0
"""How long a replica that nobody answers at is left alone."""


class Replicas:
    """Each request goes to the server that has the fewest under way; one that is not reached is passed over."""

    def __init__(self, clients: Sequence[OpenAIClient]) -> None:
        self.clients = tuple(clients)
        self._busy: Counter[int] = Counter()
        self._resting: dict[int, float] = {}
        self._passed_over: list[str] = []

    @property
    def notices(self) -> list[str]:
        """What a reader has to know: of servers that do not answer, and of what models refuse, each once."""
        told = (notice for client in self.clients for notice in client.notices)
        return list(dict.fromkeys((*self._passed_over, *told)))

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
        faults: list[Unreachable] = []
        for number in self._order():
            self._busy[number] += 1
            try:
                async for item in self.clients[number].send(body, given):
                    yield item
                return
            except Unreachable as error:
                faults.append(error)
                self._pass_over(number, error)
            except BackendError as error:
                raise self._placed(error, number) from error.__cause__
            finally:
                self._busy[number] -= 1
        raise _of_all(faults)

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What a server answers at a path; see OpenAIClient.ask. Raises BackendError."""
        faults: list[Unreachable] = []
        for number in self._order():
            try:
                return await self.clients[number].ask(path, body)
            except Unreachable as error:
                faults.append(error)
                self._pass_over(number, error)
            except BackendError as error:
                raise self._placed(error, number) from error.__cause__
        raise _of_all(faults)

    async def ask_any(self, path: str) -> Any:
        """The same of all at once, so that those come out which do not answer; the first answer counts. Raises
        BackendError."""
        if len(self.clients) == 1:
            return await self.ask(path)
        answers = await self.ask_all(path)
        faults = {number: answer for number, answer in enumerate(answers) if isinstance(answer, BackendError)}
        for number, fault in faults.items():
            if isinstance(fault, Unreachable) and len(faults) < len(answers):
                self._pass_over(number, fault)
        if len(faults) < len(answers):
            return next(answer for answer in answers if not isinstance(answer, BackendError))
        gone = [fault for fault in faults.values() if isinstance(fault, Unreachable)]
        if len(gone) == len(faults):
            raise _of_all(gone)
        number, fault = next((n, fault) for n, fault in faults.items() if not isinstance(fault, Unreachable))
        raise self._placed(fault, number)

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

    def _pass_over(self, number: int, error: BackendError) -> None:
        self._resting[number] = time.monotonic() + REST_SECONDS
        if len(self.clients) > 1:
            address = self.clients[number].base_url
            why = "" if address in error.message else f"{address}: "
            notice = f"one of {len(self.clients)} addresses is passed over: {why}{error.message}; {error.hint}"
            if notice not in self._passed_over:
                self._passed_over.append(notice)

    def _placed(self, error: BackendError, number: int) -> BackendError:
        """The error with the address that it comes from, where there are several."""
        address = self.clients[number].base_url
        if len(self.clients) == 1 or address in error.message:
            return error
        return type(error)(f"{error.message} (from {address})", error.hint)

    def _order(self) -> list[int]:
        """Those that rest come last; each of the others after those that have less to do. Raises NotReady."""
        if not self.clients:
            raise NotReady("the server was not started", AGAIN)
        now = time.monotonic()
        return sorted(
            range(len(self.clients)),
            key=lambda number: (self._resting.get(number, 0.0) > now, self._busy[number], number),
        )


def _of_all(faults: Sequence[Unreachable]) -> BackendError:
    """Why none of the servers was reached."""
    if len(faults) == 1:
        return faults[0]
    return Unreachable("; ".join(dict.fromkeys(fault.message for fault in faults)), faults[-1].hint)
