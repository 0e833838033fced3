"""Killed at any moment: nothing that was counted is lost, nothing is there twice, nothing is left running.

A few kills here; `DIPTYCH_KILLS=200 pytest -m slow -s tests/crashes/test_kills.py` kills a run 150 times and a console
50 times, and prints what it saw.
"""

import asyncio
import os
import random
import re
import shutil
import signal
import time
import uuid
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.commands.test_run_to_resume import FORKS, Diptych, run_command, toy
from tests.crashes.scene import MARK, Row, Talking, alive, config, finished, rows, served
from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until, wait_until_sync

KILLS = int(os.environ.get("DIPTYCH_KILLS", "16"))
RUNS, CONSOLES = KILLS - KILLS // 4, KILLS // 4


def telling_all(arguments: list[str], environment: dict[str, str], files: tuple[str, str]) -> None:
    """The installed command, which tells of each answer that it counts."""
    import diptych.cli.output.progress_bar

    diptych.cli.output.progress_bar._LINE_SECONDS = 0.0
    run_command(arguments, environment, files)


class Grave:
    """What was found after each kill."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self._before: Counter[str] = Counter()

    def look(self, found: list[Row], counted: int, mark: str) -> None:
        """`counted`: how many finished answers were told of before."""
        now = finished(found)
        self.seen.update(
            kills=1, in_the_middle_of_answers=any(row.state == "streaming" for row in found), counted=counted
        )
        lost = self._before - now
        assert not lost, "what was finished before is no longer there"
        self._before = now
        self.seen["finished"] = now.total()
        places = Counter((row.session, row.place) for row in found if row.state in ("done", "cut"))
        assert max(places.values(), default=1) == 1, "an answer is there twice"
        wait_until_sync(lambda: not alive(mark), "no process is left")


@pytest.mark.slow
async def test_a_run(tmp_path: Path) -> None:
    """Of 5,000 answers; killed up to a quarter of a second after its first request."""
    wanted, grave, mark = random.Random(4), Grave(), uuid.uuid4().hex
    async with toy(tmp_path, judge=False) as (diptych, api, server):
        api.refusing = None
        diptych.environment[MARK] = mark
        for _ in range(RUNS):
            begun = ("--resume", "1") if diptych.store.exists() and rows(diptych.store) else ("mine", "-n", "2500")
            asked = len(server.asked)
            arguments = ["run", *begun, "--concurrency", "16"]
            process = FORKS.Process(target=telling_all, args=(arguments, diptych.environment, diptych.files))
            process.start()
            await wait_until(lambda asked=asked: len(server.asked) >= asked + 2)
            await asyncio.sleep(wanted.uniform(0, 0.25))
            process.kill()
            await asyncio.to_thread(process.join)
            assert process.exitcode == -signal.SIGKILL
            told = re.findall(r"(?m)^(\d+)/\d+ answers(?: · (\d+) failed)?", Path(diptych.files[1]).read_text())
            counted = int(told[-1][0]) - int(told[-1][1] or 0) if told else 0
            found = await asyncio.to_thread(rows, diptych.store)
            kept = sum(row.state in ("done", "cut") for row in found)
            assert kept >= counted, "what was counted is not there"
            grave.look(found, counted, mark)
            assert await _offered(diptych) or not any(row.state == "streaming" for row in found)
        last = rows(diptych.store)
    assert grave.seen["in_the_middle_of_answers"] >= RUNS // 2, "it was not under load"
    print(f"\nrun: {dict(grave.seen)}, states at the end {dict(Counter(row.state for row in last))}")


async def _offered(diptych: Diptych) -> bool:
    from diptych.sessions import Store

    store = Store(diptych.store)
    found = store.interrupted_session()
    store.close()
    return found is not None and found.run and found.session == 1


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_console(tmp_path: Path) -> None:
    """In which both sides stream and a thousand samples come in the background; each start goes on with the session
    that broke off, every third begins another."""
    wanted, grave, talking, store = random.Random(5), Grave(), Talking(), tmp_path / "data" / "sessions.db"
    with served(talking) as server:
        offered = None
        for turn in range(CONSOLES):
            mark, terminal = uuid.uuid4().hex, Terminal()
            terminal.start(config(server), **{MARK: mark})
            try:
                terminal.wait("· ready" if offered is None else f"session {offered}, which broke off .* under way")
                if offered is not None and turn % 3:
                    terminal.press("0")
                    terminal.wait(f"session {offered} · saved")
                shown = _under_load(terminal, talking)
                time.sleep(wanted.uniform(0, 1.5))
                os.kill(terminal.pid(), signal.SIGKILL)
                terminal.wait("EXIT 137")
                shown = max(shown, _came(terminal.screen()))
            finally:
                terminal.close()
            found = rows(store)
            kept = finished(found)
            session = max(row.session for row in found)
            assert kept.keys() <= talking.finished, "an answer is not what was said"
            assert all(count == 1 for count in kept.values()), "an answer is there twice"
            broken = [row for row in found if row.state == "streaming"]
            assert all(
                row.text == talking.begun[row.text.split(".")[0] + ". "][: len(row.text)] for row in broken if row.text
            )
            here = sum(row.state == "done" for row in found if row.session == session)
            assert here >= shown, "what was counted is not there"
            grave.look(found, shown, mark)
            offered = session if any(row.session == session for row in broken) else None
    assert grave.seen["in_the_middle_of_answers"] >= CONSOLES // 2, "it was not under load"
    print(f"\nconsole: {dict(grave.seen)}, states at the end {dict(Counter(row.state for row in found))}")


def _under_load(terminal: Terminal, talking: Talking) -> int:
    """Ask by keys; returns how many samples were shown to have come."""
    begun = len(talking.begun)
    terminal.type("a quick one")
    terminal.press("Enter")
    terminal.wait(r"✓ \d+ tok.*✓ \d+ tok")
    terminal.press("F3")
    terminal.wait("most frequent")
    terminal.press("n")
    terminal.wait("How many more samples")
    terminal.wait(r"▊ +10 ")
    terminal.press("C-u")
    terminal.wait(r"▊ {20}")
    terminal.type("1000")
    terminal.wait(r"▊ +1000 ")
    terminal.press("Enter")
    seen = terminal.wait("under way")
    assert len(talking.begun) > begun
    return _came(seen)


def _came(screen: str) -> int:
    """Samples that the screen says have come."""
    found = re.search(r"(\d+) of \d+ answers", screen)
    return int(found[1]) if found else 0
