"""`diptych pairs check`: every side tried out, and the pair."""

import asyncio
from collections.abc import Sequence
from typing import Any

import click

from compare import Fact, Side, check_pair, check_side
from tui import visible

DONE, SOME_FAILED, UNREACHABLE = 0, 1, 3
_SIGNS = {True: "✓", False: "✕", None: "·"}


async def check(name: str, sides: Sequence[Side], say: bool) -> tuple[dict[str, Any], int]:
    """Try everything, printing as it goes if `say`; returns the document and the exit code."""
    document: dict[str, Any] = {"pair": name, "sides": {}, "pair_facts": []}
    usable, reached = [], []
    try:
        if say:
            click.echo(visible(name))
        for side in sides:
            facts: list[Fact] = []
            if say:
                click.echo(f"\n  {side.name}  {visible(side.model)}  ({visible(side.endpoint)})")
            async for fact in check_side(side):
                facts.append(fact)
                _show(fact, say)
            document["sides"][side.name] = {"model": side.model, "facts": [_plain(fact) for fact in facts]}
            usable.append(not _useless(facts))
            reached.append(all(fact.reached for fact in facts))
        for other in sides[1:]:
            if usable[0] and usable[sides.index(other)]:
                if say:
                    click.echo(f"\n  {sides[0].name} and {other.name}")
                async for fact in check_pair(sides[0], other):
                    document["pair_facts"].append({"sides": [sides[0].name, other.name], **_plain(fact)})
                    usable.append(not _useless([fact]))
                    _show(fact, say)
    finally:
        await asyncio.gather(*(b.close() for b in {id(side.backend): side.backend for side in sides}.values()))
    if not any(reached):
        return document, UNREACHABLE
    return document, DONE if all(usable) else SOME_FAILED


def _useless(facts: Sequence[Fact]) -> bool:
    return any(fact.needed and fact.works is False for fact in facts)


def _plain(fact: Fact) -> dict[str, Any]:
    return {"name": fact.name, "works": fact.works, "detail": fact.detail, "mend": fact.mend, "needed": fact.needed}


def _show(fact: Fact, say: bool) -> None:
    if not say:
        return
    line = f"    {_SIGNS[fact.works]} {fact.name:27} {fact.detail}".rstrip()
    click.echo(visible(line))
    if fact.works is False and fact.mend:
        click.echo(visible(f"      → {fact.mend}"))
