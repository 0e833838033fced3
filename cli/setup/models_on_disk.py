"""The models and LoRAs on this machine that the configuration can lead to."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from diptych.cli.setup.config import Config

if TYPE_CHECKING:
    from diptych.backends import FoundModel


def models_on_disk(config: Config) -> "list[FoundModel]":
    """Those of Ollama, LM Studio and the hub's cache, and those in the folders that the endpoints name."""
    from diptych.backends import find_models

    return find_models(named_folders(config))


def named_folders(config: Config) -> list[Path]:
    """The folders that the endpoints name: of files those that they are in."""
    return list(dict.fromkeys(folder for folder in _folders(config) if folder.is_dir()))


def _folders(config: Config) -> Iterator[Path]:
    for endpoint in config.endpoints.values():
        for named in filter(None, (endpoint.model, *endpoint.adapters.values())):
            path = Path(named)
            yield path if path.is_dir() else path.parent
        if endpoint.serve is not None:
            # A name that is no folder is an id of the hub.
            yield from map(Path, (endpoint.serve.model, *endpoint.serve.adapters.values()))
