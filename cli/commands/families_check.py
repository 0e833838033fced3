"""`diptych families check`: whether every member of a family can be asked."""

import asyncio
from collections.abc import Sequence
from typing import Any

import click

from diptych.backends import heard_by
from diptych.cli.exit_codes import DONE, SOME_FAILED, UNREACHABLE
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import FACT_SIGNS, StatusLine, in_one_line
from diptych.compare import Fact, Side, backends_of, check_members
from diptych.errors import advice

_WIDEST = 40


async def check_family(name: str, members: Sequence[Side], say: bool) -> tuple[dict[str, Any], int]:
    """Check a family and return the JSON document and the exit code. `say`: print each member as it is checked."""
    status, found = StatusLine(), {}
    width = min(_WIDEST, max(len(member.name) for member in members))
    try:
        with heard_by(status):
            async for member, fact in check_members(members, status):
                found[member.name] = _entry(member, fact)
                if say:
                    status.clear()
                    _print(member, fact, width)
    finally:
        status.clear()
        await asyncio.gather(*(backend.close() for backend in backends_of(members)))
    bad = [label for label, entry in found.items() if not entry["usable"]]
    if say:
        click.echo(in_one_line(f"✕ not ready: {_some(bad)}" if bad else f"✓ {name} is ready: {len(found)} members"))
    document = {"family": name, "usable": not bad, "members": found}
    if not bad:
        return document, DONE
    return document, SOME_FAILED if any(entry["reached"] for entry in found.values()) else UNREACHABLE


def _print(member: Side, fact: Fact, width: int) -> None:
    click.echo(in_one_line(f"  {FACT_SIGNS[fact.works]} {member.name:{width}}  {member.model}  {fact.detail}".rstrip()))
    if fact.works is not True and fact.hint:
        click.echo(in_one_line(f"    {'':{width}}  → {advice(fact.hint, TERMINAL)}"))


def _entry(member: Side, fact: Fact) -> dict[str, Any]:
    return {
        "arm": member.arm_name,
        "x": member.x,
        "seed": member.training_seed,
        "endpoint": member.endpoint,
        "base_url": member.base_url,
        "model": member.model,
        "usable": fact.works is not False,
        "reached": fact.reached,
        "check": fact.name,
        "works": fact.works,
        "detail": fact.detail,
        "hint": advice(fact.hint, TERMINAL),
    }


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
