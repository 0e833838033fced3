"""`diptych families`: lists and checks the families of config.toml."""

import asyncio
import sys
from typing import Any

import click

from diptych.cli.output.printing import fail, print_json, print_rows
from diptych.cli.setup.config import Config
from diptych.cli.setup.family_config import FamilyConfig
from diptych.cli.setup.family_members import find_family
from diptych.cli.setup.wiring import build_members


@click.group()
def families() -> None:
    """The families of config.toml."""


@families.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_families(config: Config, as_json: bool) -> None:
    """List all families. No server is asked: a pattern is shown as it is written."""
    rows = [_row(name, family) for name, family in config.families.items()]
    width = max((len(name) for name in config.families), default=0)
    print_rows(rows, as_json, lambda row: f"{row['name']:{width}}  {_members(row['members'])}  {row['about']}".rstrip())


def _row(name: str, family: FamilyConfig) -> dict[str, Any]:
    members = [
        {"arm": entry.arm, "endpoint": entry.endpoint, "model": found.name, "x": found.x, "seed": found.training_seed}
        for entry in family.members
        for found in entry.models
    ]
    return {
        "name": name,
        "about": family.about,
        "probe": family.probe,
        "x": family.x,
        "scale": family.scale,
        "members": members,
    }


def _members(members: list[dict[str, Any]]) -> str:
    """For example "base: 1, tuned: 6"."""
    arms = dict.fromkeys(member["arm"] for member in members)
    return ", ".join(f"{arm}: {sum(member['arm'] == arm for member in members)}" for arm in arms)


@families.command("check")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def check_families(config: Config, name: str | None, as_json: bool) -> None:
    """Check whether every member of a family can be asked.

    Each endpoint is asked for its models, and one member of each arm for a short answer. Exit codes: 0 ready, 1 a
    member is not usable, 2 usage or configuration error, 3 no endpoint reachable.
    """
    from diptych.cli.commands.families_check import check_family

    if name is None and len(config.families) > 1:
        fail(f"name one of the families: {', '.join(sorted(config.families))}")
    if not config.families:
        fail("there is no family in config.toml")
    family = find_family(config, name if name is not None else next(iter(config.families)))
    document, code = asyncio.run(check_family(family.name, build_members(family), say=not as_json))
    if as_json:
        print_json(document)
    sys.exit(code)
