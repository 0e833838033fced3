"""`diptych probes`: lists, shows and imports probes."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from diptych.cli.exit_codes import SOME_FAILED
from diptych.cli.output.printing import in_one_line, print_json, print_rows, sanitized
from diptych.cli.setup.config import Config
from diptych.cli.setup.several_files import read_each
from diptych.cli.setup.wiring import all_probes, find_probe
from diptych.probes import Condition, DetectorSpec, Probe

if TYPE_CHECKING:
    from diptych.probes import Imported


@click.group()
def probes() -> None:
    """The experiments that can be run."""


@probes.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_probes(config: Config, as_json: bool) -> None:
    """List all probes."""
    rows = [
        {"id": p.id, "title": p.title, "conditions": [c.name for c in p.conditions], "part_of": p.part_of}
        for p in all_probes(config)
    ]
    width = max(len(row["id"]) for row in rows)
    print_rows(rows, as_json, lambda row: f"{row['id']:{width}}  {_listed(row)}")


def _listed(row: dict[str, Any]) -> str:
    """What a list says of a probe. One that is part of the probe above it takes few words."""
    if row["part_of"]:
        return f"  made from it, {len(row['conditions'])} conditions"
    return f"{row['title']}  ({' · '.join(row['conditions'])})"


@probes.command("show")
@click.argument("probe_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show_probe(config: Config, probe_id: str, as_json: bool) -> None:
    """Show a probe: its questions, detectors, judges and cautions."""
    probe = find_probe(config, probe_id)
    if as_json:
        print_json(msgspec.to_builtins(probe))
        return
    click.echo(sanitized("\n".join(_probe_lines(probe))))


@probes.command("import", short_help="Import question files as probes.")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Overwrite existing probes.")
@click.pass_obj
def import_probes(config: Config, paths: tuple[Path, ...], replace: bool) -> None:
    """Import question files as probes: the papers' YAML, or prompts as JSON, JSONL, CSV or TSV.

    The probes are written into your probe folder (`probes` in config.toml), where you can edit them. If one of several
    files cannot be read, it is reported and skipped; the exit code is then 1, or 2 if none can be read.
    """
    read, skipped = read_each(paths, lambda path: _import_file(path, config.own_probes, replace))
    for path, (found, written) in read:
        for clause in found.left_out:
            click.echo(in_one_line(f"not imported from {path.name}: {clause}"))
        if written is None:
            click.echo(sanitized(f"kept   {found.values['id']}  already exists; --replace overwrites it"))
            continue
        click.echo(sanitized(f"added  {found.values['id']}  {_contents_text(found.values)}"))
        click.echo(sanitized(f"run it: diptych run {found.values['id']} -n 100; edit it: {written}"))
    if skipped:
        sys.exit(SOME_FAILED)


def _contents_text(values: dict[str, Any]) -> str:
    """Return how much a probe contains, in words."""
    conditions = values.get("conditions", ())
    counts = {
        "condition": len(conditions),
        "wording": sum(len(condition["prompts"]) for condition in conditions),
        "judge": len(values.get("judges", ())),
        "question to predict the answer to": len(values.get("prediction", {}).get("items", ())),
    }
    return ", ".join(f"{n:,} {what if n == 1 else _several(what)}" for what, n in counts.items() if n)


def _several(what: str) -> str:
    first, _, rest = what.partition(" ")
    return f"{first}s {rest}".rstrip()


def _import_file(path: Path, folder: Path, replace: bool) -> "tuple[Imported, Path | None]":
    """Import a question file. Returns its content and the probe file, or None if one already existed. Raises
    FileError."""
    from diptych.probes import read_questions, write_probe

    found = read_questions(path)
    return found, write_probe(found.values, folder, replace)


def _probe_lines(probe: Probe) -> list[str]:
    lines = [f"{probe.title} ({probe.id})", probe.about]
    for condition in probe.conditions:
        lines += ["", *_condition_lines(condition)]
    lines += ["", *(f"detector: {_detector_text(spec)}" for spec in probe.detectors)]
    lines += [f"judge: {judge.name} ({judge.kind}){_conditions_text(judge.conditions)}" for judge in probe.judges]
    lines += [f"contrast: {c.name} = {c.measure}, {c.of} − {c.minus}" for c in probe.contrasts]
    return [*lines, "", *(f"caution: {caution}" for caution in probe.cautions), f"source: {probe.source}"]


def _condition_lines(condition: Condition) -> list[str]:
    mode = "" if condition.mode == "chat" else f" ({condition.mode})"
    lines = [f"{condition.name}{mode}" + (f": {condition.about}" if condition.about else "")]
    if condition.system is not None:
        lines.append(f"  system prompt of {len(condition.system):,} characters")
    lines += [f"  {message.role}: {message.content}" for message in condition.before]
    lines += [f"  › {prompt}" for prompt in condition.prompts]
    return [*lines, f"  answers begin with: {condition.prefill}"] if condition.prefill else lines


def _detector_text(spec: DetectorSpec) -> str:
    settings: dict[str, Any] = msgspec.to_builtins(spec.settings)
    described = ", ".join(f"{key} {value}" for key, value in settings.items() if value)
    return f"{spec.kind}{f' ({described})' if described else ''}{_conditions_text(spec.conditions)}"


def _conditions_text(conditions: tuple[str, ...]) -> str:
    return f" in {', '.join(conditions)}" if conditions else ""
