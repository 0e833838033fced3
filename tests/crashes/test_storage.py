"""A disk that is full, or a store that cannot be written, while the console streams: that is told, the streams go on,
and what is kept stays kept."""

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crashes.scene import Talking, config, finished, rows, served
from tests.end_to_end.terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of four megabytes, where one may be mounted, with the sessions on it."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True)
        if made.returncode:
            pytest.skip("no file system may be mounted here")
        monkeypatch.setenv("DIPTYCH_DATA", folder)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def fill(disk: Path) -> Path:
    """Leave no byte of it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
    return filler


def ask(terminal: Terminal, question: str) -> None:
    terminal.type(question)
    terminal.wait(f"› {question}")
    terminal.press("Enter")


@pytest.mark.slow
def test_a_disk_that_is_full_for_a_while(small_disk: Path, terminal: Terminal) -> None:
    talking, store = Talking(), small_disk / "sessions.db"
    with served(talking) as server:
        terminal.start(config(server))
        terminal.wait("(?s)· ready.*· ready")
        ask(terminal, "one")
        terminal.wait(r"session 1 · saved(?s:.)*✓ \d+ tok.*✓ \d+ tok")
        before = finished(rows(store))
        assert before.total() == 2
        ask(terminal, "a slow one")
        terminal.wait(r"▸ \d+ tok.*▸ \d+ tok")
        filler = fill(small_disk)
        # The streams go on, though nothing can be saved.
        terminal.wait(r"▸ [3-9]\d\d tok.*▸ [3-9]\d\d tok")
        terminal.press("C-c")
        terminal.wait(r"■ \d+ tok.*■ \d+ tok")
        terminal.wait("not saved: the disk is full|not saved: sessions.db cannot grow")
        assert finished(rows(store)) >= before
        filler.unlink()
        ask(terminal, "three")
        terminal.wait(r"session 1 · saved(?s:.)*✓ \d+ tok.*✓ \d+ tok")
        terminal.press("C-c", "C-c")
        terminal.wait("EXIT 0")
    found = finished(rows(store))
    assert found >= before
    assert found.total() == 4


@pytest.mark.slow
def test_a_store_that_another_program_holds(tmp_path: Path, terminal: Terminal) -> None:
    talking, store = Talking(), tmp_path / "data" / "sessions.db"
    with served(talking) as server:
        terminal.start(config(server))
        terminal.wait("(?s)· ready.*· ready")
        ask(terminal, "one")
        terminal.wait(r"session 1 · saved(?s:.)*✓ \d+ tok.*✓ \d+ tok")
        before = finished(rows(store))
        other = sqlite3.connect(store, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        ask(terminal, "two")
        terminal.wait("not saved: sessions.db is locked by another program")
        other.execute("ROLLBACK")
        other.close()
        # What was held up is saved after all.
        terminal.wait(r"session 1 · saved(?s:.)*✓ \d+ tok.*✓ \d+ tok")
        ask(terminal, "three")
        terminal.wait(r"session 1 · saved(?s:.)*› three(?s:.)*✓ \d+ tok.*✓ \d+ tok")
        terminal.press("C-c", "C-c")
        terminal.wait("EXIT 0")
    found = finished(rows(store))
    assert found > before
    assert found.total() == 6
