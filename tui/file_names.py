"""Names for files that the console writes."""

import os
from pathlib import Path


def free_path(folder: Path, stem: str, ending: str) -> Path:
    """A path in a folder that nothing has yet: the stem with its ending, or with the first number that is free."""
    path, number = folder / f"{stem}{ending}", 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{stem}-{number}{ending}"
    return path
