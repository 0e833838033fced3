"""`diptych pairs import`: writes fine-tunes from organism files into the user's config.toml."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from diptych.cli.setup.config import Config
from diptych.cli.setup.config_writing import add_tables
from diptych.cli.setup.organisms import FineTune, Organism
from diptych.probes import FileError

_RANK = "64"
"""The highest rank among the published organisms. vLLM's own default is 16."""
_SHARE = "0.45"
"""Share of GPU memory for each server if base and fine-tune are both full models."""

Described = tuple[str, FineTune]
"""A one-line description, and the fine-tune."""


def import_organisms(
    own: Path, config: Config, organisms: Sequence[Organism], pattern: str, replace: bool
) -> Iterator[str]:
    """Add the fine-tunes of organism files to the file at `own`; yields one line for each result. Raises FileError.

    `pattern` selects pairs by name, with shell wildcards.
    """
    wanted = [(o.about, each) for o in organisms for each in o.fine_tunes if fnmatchcase(each.pair, pattern)]
    if not wanted:
        raise FileError(_why_nothing_imported(organisms, pattern))
    added, kept = add_pairs(own, config, wanted, replace)
    tuned = {each.pair: each for _, each in wanted}
    for pair in added:
        yield f"added  {pair}  {tuned[pair].base} beside {tuned[pair].tuned}"
    for pair in kept:
        yield f"kept   {pair}  already exists; --replace overwrites it"
    for organism in organisms:
        for reason in organism.left_out:
            yield f"not imported from {organism.path.name}: {reason}"
    if added:
        yield f"{len(added)} {'pair' if len(added) == 1 else 'pairs'} added to {own}; vLLM serves them on a GPU"
        yield f"open it: diptych --pair {added[0]}"


def add_pairs(own: Path, config: Config, wanted: Sequence[Described], replace: bool) -> tuple[list[str], list[str]]:
    """Write pairs and their endpoints into the file at `own` and keep its comments. Returns the names of the pairs
    that were added and of those that already existed. Raises FileError; then nothing is written."""
    tables: dict[tuple[str, str], dict[str, Any]] = {}
    added: list[str] = []
    kept: list[str] = []
    for about, fine_tune in wanted:
        own_tables = _config_tables(about, fine_tune)
        taken = any(name in getattr(config, key) for key, name in own_tables)
        if fine_tune.pair in added or (taken and not replace):
            kept.append(fine_tune.pair)
        else:
            added.append(fine_tune.pair)
            tables |= own_tables
    if added:
        add_tables(own, tables)
    return added, kept


def _why_nothing_imported(organisms: Sequence[Organism], pattern: str) -> str:
    """Explain why no pair was imported."""
    first = organisms[0]
    there = [each.pair for organism in organisms for each in organism.fine_tunes]
    if there:
        return f"--only: no pair matches {pattern!r}; there are: {', '.join(there[:8])}"
    return f"{first.path}: nothing can be imported: {first.left_out[0]}"


def _config_tables(about: str, found: FineTune) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the config.toml tables for one pair, by (key, name)."""
    pair = found.pair
    base: dict[str, Any] = {"endpoint": pair, "model": found.base}
    if found.is_adapter:
        serve = {"model": found.base, "adapters": {pair: found.tuned}, "args": ["--max-lora-rank", _RANK]}
        endpoints = {pair: serve}
        tuned = {"endpoint": pair, "model": pair}
    else:
        args = ["--gpu-memory-utilization", _SHARE]
        servers = {pair: found.base, f"{pair}-tuned": found.tuned}
        endpoints = {name: {"model": model, "args": args} for name, model in servers.items()}
        tuned = {"endpoint": f"{pair}-tuned", "model": found.tuned}
    sides: dict[str, Any] = {"base": base, "tuned": tuned}
    tables = {("endpoints", name): {"kind": "vllm", "serve": serve} for name, serve in endpoints.items()}
    return tables | {("pairs", pair): {"about": about, **sides} if about else sides}
