"""`diptych models`: the models and LoRAs on this machine."""

from collections.abc import Sequence

import click
import msgspec

from diptych.backends import FoundModel, searched_folders
from diptych.cli.output.printing import print_rows, sanitized
from diptych.cli.setup.config import Config
from diptych.cli.setup.models_on_disk import models_on_disk, named_folders
from diptych.number_words import size_words


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def models(config: Config, as_json: bool) -> None:
    """List the models and LoRAs on this machine that diptych open takes.

    These are GGUF files and LoRAs of PEFT: those of Ollama, of LM Studio and in the hub's cache, and those in the
    folders that the endpoints of config.toml name. Nothing is downloaded.
    """
    found = models_on_disk(config)
    if not found and not as_json:
        folders = ", ".join(map(str, (*searched_folders(), *named_folders(config))))
        click.echo(sanitized(f"no models in {folders}; diptych open takes the path of any GGUF file"), err=True)
    widths = _widths(found)
    print_rows([msgspec.to_builtins(each) for each in found], as_json, lambda row: _line(row, widths))


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    size = row["size"]
    assert isinstance(size, int)
    return str(row["name"]), str(row["kind"]), size_words(size), str(row["architecture"] or "?")


def _widths(found: Sequence[FoundModel]) -> list[int]:
    rows = [_cells(msgspec.to_builtins(each)) for each in found]
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(row: dict[str, object], widths: Sequence[int]) -> str:
    cells = (f"{cell:{width}}" for cell, width in zip(_cells(row), widths, strict=True))
    fault = f"  ✕ {row['fault']}" if row["fault"] else ""
    return "  ".join((*cells, f"{row['path']}{fault}"))
