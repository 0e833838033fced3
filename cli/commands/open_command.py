"""`diptych open`: the console on any two models, which become a pair."""

import sys
from pathlib import Path
from typing import Any

import click

from diptych.cli.output.printing import check_terminal, sanitized
from diptych.cli.setup.config import Config, user_file
from diptych.cli.setup.console_options import ConsoleOptions, opening_options, record_option
from diptych.cli.setup.introspection import check_introspection
from diptych.cli.setup.model_references import Adapter, Reference, References
from diptych.cli.setup.opened_pair import check_new_name, free_name, pair_tables, with_tables


@click.command(short_help="Open the console on any two models.")
@click.argument("base")
@click.argument("tuned")
@click.option("--control", help="A second fine-tune, as a third side.")
@click.option("--introspect", metavar="LORA", help="A LoRA that makes a model describe itself, put on all sides.")
@click.option("--save", metavar="NAME", help="Save the pair under this name in config.toml.")
@opening_options
@record_option
@click.pass_context
def open(
    context: click.Context,
    /,
    base: str,
    tuned: str,
    control: str | None,
    introspect: str | None,
    save: str | None,
    record: Path | None,
    **options: Any,
) -> None:
    """Open the console on any two models.

    BASE and TUNED are GGUF files, names that diptych models lists, ids of the hub whose files are on this machine,
    models that a running server of config.toml lists, or endpoint:model. TUNED may also be a LoRA for BASE: a GGUF
    file, or a folder as PEFT writes it. LoRAs are put on a model with +, and take a dose: base.gguf+lora.gguf@0.5.

    --introspect puts a LoRA on BASE and on TUNED that makes a model describe what was done to it, and adds TUNED
    without it as one more side. What BASE describes with it are the false alarms.
    """
    assert context.parent is not None
    config: Config = context.obj
    if save is not None:
        check_new_name(config, save)
    sides, adapter = _read(config, base, tuned, control, introspect)
    check_terminal()
    name = save or free_name(config, sides, adapter)
    tables = pair_tables(name, sides, adapter)
    opened = with_tables(config, tables)
    pair = opened.pairs[name]
    if pair.introspect is not None:
        check_introspection(pair.own_sides, pair.introspect, opened.endpoints, "--introspect")
    saved = ""
    if save is not None:
        from diptych.cli.setup.config_writing import add_tables

        own = context.find_root().params["config_file"] or user_file()
        add_tables(own, tables)
        saved = f"the pair {name} is saved in {own}; diptych --pair {name} opens it"
        click.echo(sanitized(saved))
    before = {key: value for key, value in context.parent.params.items() if key in ConsoleOptions.__struct_fields__}
    chosen = ConsoleOptions(**options, pair=name).with_defaults(ConsoleOptions(**before))
    from diptych.cli.commands.open_console import open_console

    sys.exit(open_console(opened, chosen, record, saved))


def _read(
    config: Config, base: str, tuned: str, control: str | None, introspect: str | None
) -> tuple[dict[str, Reference], Adapter | None]:
    """The sides of the pair, and the introspection adapter. Raises FileError."""
    references = References(config)
    sides = {"base": references.read(base)}
    for name, text in (("tuned", tuned), ("control", control)):
        if text is not None:
            sides[name] = references.read(text, sides["base"])
    return sides, references.read_introspection(introspect, sides.values()) if introspect is not None else None
