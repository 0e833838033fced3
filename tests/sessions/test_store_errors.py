"""What can befall the file of sessions: it is told in plain words, and what was saved is still there."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from diptych.sessions import Recorder, Store, StoreError, backup, rename
from tests.sessions.stored import SIDES, answer, keep_session

ROOT = Path(__file__).parents[2]
BASE, _ = SIDES
WRITE = """
import asyncio, os, sys
from pathlib import Path
from diptych.sessions import Recorder, StoreError
from tests.sessions.stored import SIDES, answer

if len(sys.argv) > 3:
    os.setuid(int(sys.argv[3]))

async def main():
    recorder = Recorder(Path(sys.argv[1]))
    await recorder.begin_session("t", "p", None, SIDES)
    for sample in range(int(sys.argv[2])):
        said = answer(SIDES[0], sample=sample, text="word " * 2000)
        await recorder.save(await recorder.begin(said), said)
        print(sample, flush=True)
    recorder.close()

try:
    asyncio.run(main())
except StoreError as error:
    print(f"{error.message}; {error.hint}")
"""


def writing(
    path: Path, count: int, before: Callable[[], None] | None = None, user: int | None = None
) -> subprocess.Popen[str]:
    """Another process, of another user if one is named, that keeps so many answers and prints each one's number once
    it is saved."""
    command = [sys.executable, "-c", WRITE, str(path), str(count), *([str(user)] if user is not None else [])]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=before)


def answers_in(path: Path) -> int:
    """How many finished answers there are, read with nothing but sqlite3, and whether the file is whole."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(db.execute("SELECT count(*) FROM answers WHERE state = 'done'").fetchone()[0])


def test_several_consoles_begin_a_store_at_once_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    processes = [writing(path, 20) for _ in range(4)]
    for process in processes:
        out, _ = process.communicate(timeout=120)
        assert out.split() == [str(n) for n in range(20)]
    assert answers_in(path) == 80
    assert len(Store(path).sessions()) == 4


def test_what_was_saved_before_the_disk_was_full_is_there(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: SQLite sees a failed write."""
    path = tmp_path / "sessions.db"
    limit = 1_000_000
    process = writing(path, 1000, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    out, _ = process.communicate(timeout=120)
    *saved, said = out.splitlines()
    assert said.startswith(f"{path} cannot grow: the disk is full, at its quota, or failing; ")
    assert 0 < len(saved) < 1000
    assert len(saved) <= answers_in(path)
    assert len(Store(path).search("word word")) == 1


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of one megabyte, where one may be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
        if made.returncode:
            pytest.skip("no file system may be mounted here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def test_a_full_file_system(small_disk: Path) -> None:
    path = small_disk / "sessions.db"
    out, _ = writing(path, 1000).communicate(timeout=120)
    *saved, said = out.splitlines()
    assert "the disk is full" in said
    assert 0 < len(saved) <= answers_in(path)


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_cannot_be_written(there: bool) -> None:
    """As a user who may not: root may always."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder, "sessions.db")
        if there:
            keep_session(path, [answer(BASE)])
            path.chmod(0o444)
        os.chmod(folder, 0o555)
        out, _ = writing(path, 1, user=65534 if os.getuid() == 0 else None).communicate(timeout=60)
        assert out.startswith(f"{path} cannot be written; make it writable, or set DIPTYCH_DATA to another folder")
        os.chmod(folder, 0o755)
        if there:
            assert answers_in(path) == 1


def test_a_file_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sessions.db"
    keep_session(path, [answer(BASE)])
    monkeypatch.setattr("diptych.sessions.schema.PATIENCE_SECONDS", 0.1)
    hold = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); db.execute('BEGIN IMMEDIATE')"
    command = [sys.executable, "-c", f"{hold}; print('held', flush=True); sys.stdin.read()", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="locked by another program"):
            rename(path, 1, "Another")
        # It can still be read.
        assert len(Store(path).answers(1)) == 1
    rename(path, 1, "Another")


def test_a_lock_that_is_soon_gone_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    keep_session(path, [answer(BASE)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> int:
        recorder = Recorder(path)
        asyncio.get_running_loop().call_later(0.3, other.execute, "ROLLBACK")
        number = await recorder.begin_session("t", "p", None, SIDES)
        recorder.close()
        return number

    assert asyncio.run(write()) == 2
    other.close()


@pytest.mark.parametrize("damage", ["cut in half", "garbage within", "garbage at the head"])
def test_a_damaged_file_is_told_of_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "sessions.db"
    keep_session(path, [answer(BASE, sample=n, text="long " * 500) for n in range(200)])
    size = path.stat().st_size
    with path.open("r+b") as file:
        if damage == "cut in half":
            file.truncate(size // 2)
        else:
            file.seek(0 if damage == "garbage at the head" else 4096)
            file.write(b"\xa5" * (size // 2))
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is damaged") as caught:
        store = Store(path)
        store.answers(1)
    assert ".recover" in caught.value.hint
    assert path.read_bytes() == before


async def test_a_backup_while_answers_are_kept(tmp_path: Path) -> None:
    path, copy = tmp_path / "sessions.db", tmp_path / "copy.db"
    recorder = Recorder(path)
    await recorder.begin_session("t", "p", None, SIDES)
    for sample in range(20):
        await recorder.save(await recorder.begin(answer(BASE, sample=sample)), answer(BASE, sample=sample))
    under_way = await recorder.begin(answer(BASE, state="streaming", text=""))
    await asyncio.to_thread(backup, path, copy)
    await recorder.save(under_way, answer(BASE))
    recorder.close()
    assert (answers_in(copy), answers_in(path)) == (20, 21)
    with pytest.raises(StoreError, match="already exists"):
        backup(path, copy)
    assert answers_in(copy) == 20
    with pytest.raises(StoreError, match="cannot be written"):
        backup(path, tmp_path / "nowhere" / "copy.db")
    # It is a store like any other.
    assert Store(copy).search("here")[0].session == 1


async def test_other_programs_come_and_go_while_a_console_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    # A console reads with one connection and writes with another, and so does each of its screens.
    store, recorder = Store(path), Recorder(path)
    await recorder.begin_session("t", "p", None, SIDES)

    async def keep(sample: int) -> None:
        await recorder.save(await recorder.begin(answer(BASE, sample=sample)), answer(BASE, sample=sample))

    for sample in range(3):
        await keep(2 * sample)
        Store(path).close()
        looks = f"from pathlib import Path; from diptych.sessions import Store; Store(Path({str(path)!r})).close()"
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", looks], cwd=ROOT, check=True)
        await keep(2 * sample + 1)
        assert await asyncio.to_thread(answers_in, path) == 3 * sample + 2
        with writing(path, 1) as other:
            assert await asyncio.to_thread(other.wait) == 0
        assert await asyncio.to_thread(answers_in, path) == 3 * (sample + 1)
    store.close()
    recorder.close()
    assert answers_in(path) == 9
