"""`diptych pairs`: lists, checks and imports pairs of config.toml."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from diptych.cli.exit_codes import SOME_FAILED
from diptych.cli.output.printing import print_json, print_rows, sanitized
from diptych.cli.setup.config import Config, user_file
from diptych.cli.setup.several_files import read_each
from diptych.cli.setup.wiring import build_sides, find_pair


@click.group()
def pairs() -> None:
    """The pairs of config.toml."""


@pairs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_pairs(config: Config, as_json: bool) -> None:
    """List all pairs."""
    rows = [
        {
            "name": name,
            "default": name == config.default_pair,
            "about": pair.about,
            "introspect": pair.introspect,
            "sides": {s: c.model for s, c in pair.sides.items()},
        }
        for name, pair in config.pairs.items()
    ]
    width = max(len(name) for name in config.pairs)
    print_rows(rows, as_json, lambda row: f"{row['name']:{width}}  {_sides(row['sides'])}")


def _sides(models: Mapping[str, str]) -> str:
    return "  ".join(f"{side}: {model}" for side, model in models.items())


@pairs.command("check")
@click.argument("name", required=False)
@click.option("--pair", "pair_name", help="The same as NAME.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def check_pairs(config: Config, name: str | None, pair_name: str | None, as_json: bool) -> None:
    """Check what each side can do, and whether the fine-tune is live.

    Exit codes: 0 ready to compare, 1 a side or the pair is not usable, 2 usage or configuration error, 3 no endpoint
    reachable.
    """
    from diptych.cli.commands.pairs_check import check

    chosen, pair = find_pair(config, name or pair_name)
    document, code = asyncio.run(
        check(chosen, build_sides(config, pair), say=not as_json, without=pair.without_introspection)
    )
    if as_json:
        print_json(document)
    sys.exit(code)


@pairs.command("import", short_help="Add fine-tunes from organism files.")
@click.argument("paths", metavar="FILE.yaml...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--only", "pattern", default="*", metavar="PATTERN", help='Only pairs with matching names, e.g. "*qwen3_1_7B*".'
)
@click.option("--base", "bases", multiple=True, metavar="NAME=ID", help="The hub id of a base model that a file names.")
@click.option("--replace", is_flag=True, help="Overwrite existing pairs.")
@click.pass_context
def import_pairs(
    context: click.Context, paths: tuple[Path, ...], pattern: str, bases: tuple[str, ...], replace: bool
) -> None:
    """Add fine-tunes from organism files of the diffing-toolkit to config.toml.

    Each adapter becomes a pair with its base model, served by a vLLM server that diptych starts when the pair is
    opened. An organism file names base models by the names of the files in configs/model, which are read if they are
    next to it. If one of several files cannot be read, it is reported and skipped; the exit code is then 1, or 2 if
    none can be read.
    """
    from diptych.cli.commands.pairs_import import import_organisms
    from diptych.cli.setup.organisms import read_organism

    named = {}
    for base in bases:
        name, equals, hub_id = base.partition("=")
        if not (name and equals and hub_id):
            raise click.UsageError(f"--base: expected NAME=ID, found {base!r}")
        named[name] = hub_id
    own = context.find_root().params["config_file"] or user_file()
    read, skipped = read_each(paths, lambda path: read_organism(path, named))
    for line in import_organisms(own, context.obj, [organism for _, organism in read], pattern, replace):
        click.echo(sanitized(line))
    if skipped:
        sys.exit(SOME_FAILED)
