"""Where an export is written: beside its place, and moved there once it is whole."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from diptych.errors import OTHER_FILE, OVERWRITE
from diptych.sessions.store_errors import TransferError


@contextmanager
def written_atomically(path: Path, folder: bool, force: bool) -> Iterator[Path]:
    """A file, or a folder, to write to, that takes its place at the end and is gone after a fault. What it replaces is
    left as it was until then. Raises TransferError."""
    there = path.is_symlink() or path.exists()
    if there and not force:
        raise TransferError(f"{path} is there already", f"{OTHER_FILE}, or {OVERWRITE}")
    if there and path.is_dir() != folder:
        raise TransferError(f"{path} is {'no folder' if folder else 'a folder'}", OTHER_FILE)
    place = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if folder:
            place.mkdir(mode=0o700)
        else:
            place.touch(mode=0o600)
        yield place
        _settle(place, path, folder)
    except OSError as error:
        raise _of_os(error, path) from error
    finally:
        _clear(place, folder)


def _settle(place: Path, path: Path, folder: bool) -> None:
    """Put what is whole in its place; of a folder that is there, only files of the same names are replaced."""
    if not folder:
        place.replace(path)
        return
    path.mkdir(mode=0o700, exist_ok=True)
    for file in place.iterdir():
        file.replace(path / file.name)


def _clear(place: Path, folder: bool) -> None:
    """Take away what did not get to its place."""
    with suppress(OSError):
        if folder:
            for file in place.iterdir():
                file.unlink()
            place.rmdir()
        else:
            place.unlink()


def _of_os(error: OSError, path: Path) -> TransferError:
    if error.errno == errno.ENOENT:
        return TransferError(f"there is no folder {path.parent}", f"make it, or {OTHER_FILE}")
    return TransferError(f"{path} cannot be written: {error.strerror}", OTHER_FILE)
