"""`diptych pairs check`: tests every side of a pair, and whether the fine-tune is live."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import click
import msgspec

from diptych.backends import heard_by
from diptych.cli.exit_codes import DONE, SOME_FAILED, UNREACHABLE
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import FACT_SIGNS, StatusLine, sanitized
from diptych.cli.setup.config import data_file
from diptych.compare import Fact, Side, backends_of, check_pair, check_side, remember_liveness
from diptych.errors import advice
from diptych.sessions import StoreError

_CHECK = msgspec.structs.replace(TERMINAL, again="check again")
_WIDTH = 31
"""Width of the longest name of a fact."""


async def check(name: str, sides: Sequence[Side], say: bool, without: str | None = None) -> tuple[dict[str, Any], int]:
    """Check a pair and return the JSON document and the exit code. `say`: print each fact as it is found. `without`:
    the side that is tuned without an introspection adapter; beside it shows whether the adapter is live."""
    pair_check = _PairCheck(name, say)
    try:
        for number, side in enumerate(sides):
            await pair_check.side(side, sides[1:] if number == 0 else ())
        for other in sides[1:]:
            await pair_check.pair(sides[0], other)
        for side in sides:
            if side.name == without:
                await pair_check.pair(side, next(each for each in sides if each.name == "tuned"))
    finally:
        await asyncio.gather(*(backend.close() for backend in backends_of(sides)))
    return pair_check.document, pair_check.exit_code()


class _PairCheck:
    """Collects the results of a check."""

    def __init__(self, name: str, say: bool) -> None:
        self.document: dict[str, Any] = {"pair": name, "usable": False, "sides": {}, "pairs": []}
        self._say = say
        self._status = StatusLine()
        self._notices: list[str] = []
        self._reached = False
        self._print(name)

    async def side(self, side: Side, fine_tunes: Sequence[Side]) -> None:
        """Check one side. `fine_tunes`: the sides to compare it with."""
        self._status = StatusLine()
        self._print(f"\n  {side.name}  {side.model}  ({side.endpoint})")
        facts = await self._facts(check_side(side, self._status, fine_tunes))
        notices = [notice for notice in side.backend.notices if notice not in self._notices]
        self._notices += notices
        for notice in notices:
            self._print(f"    ⚠ {notice}")
        self._reached = self._reached or all(fact.reached for fact in facts)
        self.document["sides"][side.name] = {
            "model": side.model,
            "endpoint": side.endpoint,
            "base_url": side.base_url,
            "usable": _usable(facts),
            "facts": [_fact_json(fact) for fact in facts],
            "warnings": list(side.backend.notices),
        }

    async def pair(self, base: Side, other: Side) -> None:
        """Check two sides, if both are usable, and keep in the store whether they can be told apart."""
        names = [base.name, other.name]
        if not all(self.document["sides"][name]["usable"] for name in names):
            return
        self._status = StatusLine()
        self._print(f"\n  {base.name} and {other.name}")
        facts = await self._facts(check_pair(base, other, self._status))
        routes = {fact.route: fact.works for fact in facts if fact.route}
        entry = {
            "sides": names,
            "usable": _usable(facts),
            "routes": routes,
            "facts": [_fact_json(fact) for fact in facts],
        }
        self.document["pairs"].append(entry)
        detail = next((fact.detail for fact in facts if fact.route == "chat"), "")
        with suppress(StoreError):
            remember_liveness(data_file(), base.record(), other.record(), routes, detail)

    def exit_code(self) -> int:
        """Print the last line and return the exit code."""
        tried = [*self.document["sides"].values(), *self.document["pairs"]]
        self.document["usable"] = all(entry["usable"] for entry in tried)
        if self.document["usable"]:
            unknown = {name for entry in self.document["pairs"] for name, works in entry["routes"].items() if not works}
            but = f" in chat; not known to be live: {', '.join(sorted(unknown))}" if unknown else ""
            self._print(f"\n✓ ready to compare{but}")
            return DONE
        bad = [name for name, entry in self.document["sides"].items() if not entry["usable"]]
        bad += [_not_ready(entry) for entry in self.document["pairs"] if not entry["usable"]]
        self._print(f"\n✕ not ready: {', '.join(bad)}")
        return SOME_FAILED if self._reached else UNREACHABLE

    async def _facts(self, finding: AsyncIterator[Fact]) -> list[Fact]:
        facts = []
        while True:
            with heard_by(self._status):
                found = await anext(finding, None)
            if found is None:
                break
            fact = replace(found, hint=advice(found.hint, _CHECK))
            facts.append(fact)
            self._print(f"    {FACT_SIGNS[fact.works]} {fact.name:{_WIDTH}} {fact.detail}".rstrip())
            if fact.works is not True and fact.hint:
                self._print(f"      {'':{_WIDTH}} → {fact.hint}")
        self._status.clear()
        return facts

    def _print(self, line: str) -> None:
        self._status.clear()
        if self._say:
            click.echo("\n".join(sanitized(part) for part in line.split("\n")))


def _usable(facts: Sequence[Fact]) -> bool:
    """Return whether every required fact works. An unknown fact does not."""
    return not any(fact.needed and fact.works is not True for fact in facts)


def _not_ready(entry: dict[str, Any]) -> str:
    """Name a pair that is not ready, with the routes on which it is live and not live."""
    name = " and ".join(entry["sides"])
    dead = [route for route, works in entry["routes"].items() if works is False]
    live = [route for route, works in entry["routes"].items() if works is True]
    return f"{name} in {' and '.join(dead)} (live in {' and '.join(live)})" if dead and live else name


def _fact_json(fact: Fact) -> dict[str, Any]:
    return {"name": fact.name, "works": fact.works, "detail": fact.detail, "hint": fact.hint, "needed": fact.needed}
