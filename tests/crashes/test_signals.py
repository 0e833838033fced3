"""The console and what befalls its terminal: whatever happens, what came is kept."""

import os
import select
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diptych.cli.exit_codes import INTERRUPTED
from tests.crashes.scene import MARK, Talking, alive, config, rows, served
from tests.end_to_end.terminal import DIPTYCH, Terminal
from tests.sessions.stored import SIDES, answer, keep_session
from tests.waiting import wait_until_sync

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
STREAMING = r"(?s)base .*▸ \d+ tok.*tuned .*▸ \d+ tok"


class Scene:
    """A console in which two sides stream."""

    def __init__(self, data: Path, terminal: Terminal, talking: Talking) -> None:
        self._talking = talking
        self.store = data / "sessions.db"
        self.terminal = terminal
        self.mark = uuid.uuid4().hex

    def begin(self, settings: str, question: str = "a slow one") -> None:
        self.terminal.start(settings, "--prompt", question, **{MARK: self.mark})
        self.terminal.wait(f"› {question}")
        self.terminal.press("Enter")
        self.terminal.wait(STREAMING)
        self.pid = self.terminal.pid()

    def said(self, kept: str) -> str:
        """All that the server said of the answer of which some is kept."""
        return self._talking.begun[f"{kept.split('.')[0]}. "]

    def over(self) -> None:
        """Wait until nothing of it is left."""
        wait_until_sync(lambda: not alive(self.mark))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    terminal = Terminal()
    talking = Talking()
    with served(talking) as server:
        scene = Scene(tmp_path / "data", terminal, talking)
        scene.begin(config(server))
        yield scene
        if alive(scene.mark):
            os.kill(scene.pid, signal.SIGKILL)
    if scene.mark:
        terminal.close()


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGHUP, signal.SIGINT))],
)
def test_asked_to_end_it_keeps_what_came_and_gives_the_terminal_back(scene: Scene, number: signal.Signals) -> None:
    os.kill(scene.pid, number)
    seen = scene.terminal.wait("EXIT 130")
    assert "diptych was interrupted; the answers so far are in session 1: diptych --session 1 opens it" in seen
    assert "Traceback" not in seen
    # The usual screen, a cursor, no mouse.
    assert [scene.terminal.state(name) for name in ("alternate_on", "cursor_flag", "mouse_any_flag")] == ["0", "1", "0"]
    found = rows(scene.store)
    assert [row.state for row in found] == ["stopped", "stopped"]
    assert all("word1" in row.text for row in found)
    scene.over()


def test_killed_it_has_kept_all_but_the_last_moments_of_what_streams(scene: Scene) -> None:
    """Kept are pieces of a second; how long a busy disk takes for one is not tested."""
    wait_until_sync(lambda: ["word100 " in row.text for row in rows(scene.store)] == [True, True])
    os.kill(scene.pid, signal.SIGKILL)
    scene.terminal.wait("EXIT 137")
    found = rows(scene.store)
    assert [row.state for row in found] == ["streaming", "streaming"]
    assert all(scene.said(row.text).startswith(row.text) for row in found)
    scene.over()


def test_its_terminal_is_closed(scene: Scene) -> None:
    scene.terminal.close()
    scene.mark, mark = "", scene.mark
    wait_until_sync(lambda: not alive(mark))
    found = rows(scene.store)
    assert [row.state for row in found] == ["stopped", "stopped"]
    assert all("word1" in row.text for row in found)


def test_its_terminal_goes_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No signal tells of it: this terminal does not control the process."""
    store, configured = tmp_path / "data" / "sessions.db", tmp_path / "config.toml"
    monkeypatch.setenv("DIPTYCH_CONFIG", str(configured))
    monkeypatch.setenv("DIPTYCH_DATA", str(store.parent))
    monkeypatch.setenv("TERM", "xterm-256color")
    with served(Talking()) as server:
        configured.write_text(config(server))
        ours, its = os.openpty()
        process = subprocess.Popen(
            [DIPTYCH, "--prompt", "a slow one"], stdin=its, stdout=its, stderr=its, start_new_session=True
        )
        os.close(its)
        try:
            _read_until(ours, lambda seen: b"a slow one" in seen)
            os.write(ours, b"\r")
            _read_until(ours, lambda seen: ["word9" in row.text for row in rows(store)] == [True, True])
            os.close(ours)
            assert process.wait(20) == INTERRUPTED
        finally:
            process.kill()
            process.wait()
    assert [row.state for row in rows(store)] == ["stopped", "stopped"]


def _read_until(terminal: int, there: Callable[[bytes], object]) -> None:
    """Take what is painted until something is there."""
    seen = b""

    def taken() -> object:
        nonlocal seen
        while select.select([terminal], [], [], 0)[0]:
            seen += os.read(terminal, 65536)
        return there(seen)

    wait_until_sync(taken)


def test_suspended_and_resumed_the_streams_go_on_and_the_screen_is_painted_again(scene: Scene) -> None:
    os.kill(scene.pid, signal.SIGTSTP)
    wait_until_sync(lambda: Path(f"/proc/{scene.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    wait_until_sync(lambda: "a slow one" not in scene.terminal.screen())
    os.kill(scene.pid, signal.SIGCONT)
    scene.terminal.wait(STREAMING)
    scene.terminal.wait(r"(?s)base .*▸ [2-9]\d\d tok.*tuned .*▸ [2-9]\d\d tok")
    scene.terminal.press("C-c")
    scene.terminal.wait(r"■ \d+ tok.*■ \d+ tok")
    # It still reads its keys.
    scene.terminal.press("C-c", "C-c")
    scene.terminal.wait("EXIT 0")
    assert [row.state for row in rows(scene.store)] == ["stopped", "stopped"]


def test_its_terminal_changes_its_size_all_the_time(scene: Scene) -> None:
    """A hundred times, one after the other, while both sides stream."""
    for turn in range(100):
        scene.terminal.resize(60 + turn * 37 % 140, 10 + turn * 17 % 50)
    scene.terminal.resize(100, 30)
    # What was painted for another size is cut by the terminal at once, and painted anew a moment later.
    heads_and_keys = r"(?m)\A(?=(?s:.*)^ base  base +▸ \d+ tok.*│ tuned  tuned +▸ \d+ tok)(?:.*\n){29} enter ask"
    seen = scene.terminal.wait(heads_and_keys)
    lines = seen.splitlines()
    heads = next(line for line in lines if line.startswith(" base  base"))
    assert all(len(line) <= 100 for line in lines)
    # One rule between the sides, in one place.
    assert sum(len(line) > heads.index("│") and line[heads.index("│")] == "│" for line in lines) >= 10
    scene.terminal.press("C-c")
    scene.terminal.wait(r"■ \d+ tok.*■ \d+ tok")


@pytest.mark.parametrize("streams", ["</dev/null", "<&-", "| cat"])
def test_no_terminal_no_console(streams: str) -> None:
    done = in_shell(f"{{}} {streams}")
    assert done.stderr == "diptych: the console needs a terminal; in a script use: diptych run PROBE --json\n"
    assert done.stdout == ""


RUN = "{} run hello-acrostic -n 1"


@pytest.mark.parametrize(
    ("shell", "code", "said"),
    [
        (f"{RUN} --json <&- >/dev/full", 2, "cannot write the output: No space left on device"),
        pytest.param(f"{RUN} </dev/null", 0, "6/6 answers", marks=pytest.mark.slow),
        pytest.param(f"{RUN} --json >&-", 0, "6/6 answers", marks=pytest.mark.slow),
        pytest.param(f"{RUN} --json 2>&-", 0, "", marks=pytest.mark.slow),
        pytest.param(f"set -o pipefail; {RUN} 2>&1 | head -1", 1, "", marks=pytest.mark.slow),
    ],
)
def test_a_run_whose_streams_are_closed_or_full(tmp_path: Path, shell: str, code: int, said: str) -> None:
    with served(Talking()) as server:
        Path(os.environ["DIPTYCH_CONFIG"]).write_text(config(server))
        done = in_shell(shell)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    if "head" not in shell:
        assert [row.state for row in rows(tmp_path / "data" / "sessions.db")] == ["done"] * 6


def test_whoever_reads_the_output_leaves(tmp_path: Path) -> None:
    keep_session(tmp_path / "data" / "sessions.db", [answer(SIDES[0], text="long " * 1_000_000)])
    done = in_shell("set -o pipefail; {} sessions show 1 --json | true")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def in_shell(line: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["bash", "-c", line.format(DIPTYCH)], capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_a_run_that_is_asked_to_end(tmp_path: Path, number: signal.Signals) -> None:
    talking = Talking()
    with served(talking) as server:
        Path(os.environ["DIPTYCH_CONFIG"]).write_text(config(server))
        command = [DIPTYCH, "run", "hello-acrostic", "-n", "5000", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            wait_until_sync(lambda: len(talking.finished) > 5)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "the finished answers are in session 1: diptych run --resume 1 continues" in err
    assert "streaming" not in {row.state for row in rows(tmp_path / "data" / "sessions.db")}


@pytest.mark.slow
def test_a_run_whose_terminal_is_closed(tmp_path: Path) -> None:
    talking, mark, terminal = Talking(), uuid.uuid4().hex, Terminal()
    with served(talking) as server:
        terminal.start(config(server), "run", "hello-acrostic", "-n", "5000", **{MARK: mark})
        wait_until_sync(lambda: len(talking.finished) > 40)
        terminal.close()
        wait_until_sync(lambda: not alive(mark))
    found = rows(tmp_path / "data" / "sessions.db")
    assert "streaming" not in {row.state for row in found}
    assert sum(row.state == "done" for row in found) >= 5


def test_an_end_that_does_not_come_is_not_waited_for() -> None:
    stuck = (
        "import asyncio, diptych.cli.setup.signals as ending\n"
        "ending.LONGEST_SECONDS = 0.1\n"
        "async def main():\n"
        "    ending.on_interrupt(lambda: None)\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    process = subprocess.Popen([sys.executable, "-c", stuck], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == b"ready\n"
        process.terminate()
        assert process.wait(timeout=60) == 130
