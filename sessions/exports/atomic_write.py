"""Writes an export to a temporary name, and moves it into place once it is complete."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from diptych.errors import OTHER_FILE, OVERWRITE
from diptych.sessions.store_errors import TransferError


@contextmanager
def written_atomically(path: Path, folder: bool, force: bool) -> Iterator[Path]:
    """Yield a temporary file or folder, which replaces `path` at the end. After an error it is removed and `path` is
    unchanged. Raises TransferError."""
    there = path.is_symlink() or path.exists()
    if there and not force:
        raise TransferError(f"{path} already exists", f"{OTHER_FILE}, or {OVERWRITE}")
    if there and path.is_dir() != folder:
        raise TransferError(f"{path} is {'not a folder' if folder else 'a folder'}", OTHER_FILE)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if folder:
            temporary.mkdir(mode=0o700)
        else:
            temporary.touch(mode=0o600)
        yield temporary
        _move_into_place(temporary, path, folder)
    except OSError as error:
        raise _transfer_error(error, path) from error
    finally:
        _remove(temporary, folder)


def _move_into_place(temporary: Path, path: Path, folder: bool) -> None:
    """Move the finished export into place. In an existing folder only files of the same names are replaced."""
    if not folder:
        temporary.replace(path)
        return
    path.mkdir(mode=0o700, exist_ok=True)
    for file in temporary.iterdir():
        file.replace(path / file.name)


def _remove(temporary: Path, folder: bool) -> None:
    """Remove what was not moved."""
    with suppress(OSError):
        if folder:
            for file in temporary.iterdir():
                file.unlink()
            temporary.rmdir()
        else:
            temporary.unlink()


def _transfer_error(error: OSError, path: Path) -> TransferError:
    if error.errno == errno.ENOENT:
        return TransferError(f"there is no folder {path.parent}", f"make it, or {OTHER_FILE}")
    return TransferError(f"{path} cannot be written: {error.strerror}", OTHER_FILE)
