"""What all tests share."""

import gc
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing here: servers start and models load beside it.
settings.register_profile("everyday", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.load_profile("everyday")
_MEMORY = Path("/dev/shm")
_ROOM = 2**30


def _keep_folders_in_memory() -> None:
    """Each write to a store waits for the disk, some milliseconds every time. Where a file system in memory has room,
    the folders of tests are made there; those of tests that pass go at once (pyproject.toml)."""
    with suppress(OSError):
        held = os.statvfs(_MEMORY)
        if held.f_bavail * held.f_frsize >= _ROOM and not held.f_flag & os.ST_NOEXEC and os.access(_MEMORY, os.W_OK):
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


_keep_folders_in_memory()
# While tests are collected and their modules loaded, nothing becomes garbage.
gc.disable()


def pytest_collection_finish() -> None:
    """What is there by now stays: full passes of the collector, of which each test with a console makes some, need not
    look through it every time."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` starts. Tests wait about as long as they compute, for keys, servers and timers, so
    two more than there are cores keep all cores busy."""
    return (os.cpu_count() or 1) + 2


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the user's configuration or writes into the user's sessions."""
    monkeypatch.setenv("DIPTYCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIPTYCH_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
