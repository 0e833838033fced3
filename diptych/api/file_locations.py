"""Where configuration and sessions are, as a caller names them."""

import os
from pathlib import Path
from typing import NamedTuple

from diptych.cli import Config, data_file, load

PathLike = str | os.PathLike[str]


class Places(NamedTuple):
    """A configuration file and the file of a store."""

    config: Path | None
    """None: that of the user."""
    store: Path

    def load(self) -> Config:
        """The configuration. Raises FileError."""
        return load(self.config)


def places(config: PathLike | None, store: PathLike | None) -> Places:
    """`config`: a config.toml in place of the user's own or of that in DIPTYCH_CONFIG; `store`: the folder of the
    sessions, in place of the usual one or of that in DIPTYCH_DATA."""
    return Places(Path(config) if config is not None else None, data_file(Path(store) if store is not None else None))
