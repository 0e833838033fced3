"""The installed command: what it prints and how it exits."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

DIPTYCH = str(Path(sys.executable).parent / "diptych")


def diptych(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DIPTYCH, *arguments], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def failing_config(tmp_path: Path) -> Path:
    """A pair of which one side cannot be reached."""
    path = tmp_path / "own.toml"
    path.write_text(
        '[endpoints.nobody]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\n'
        '[pairs.half]\nbase = { endpoint = "embedded", model = "smollm2-135m-instruct", max_tokens = 20 }\n'
        'tuned = { endpoint = "nobody", model = "x" }\n'
        '[pairs.none]\nbase = { endpoint = "nobody", model = "x" }\ntuned = { endpoint = "nobody", model = "y" }\n'
    )
    return path


@pytest.mark.slow
def test_run_prints_one_document_and_nothing_else(tmp_path: Path) -> None:
    result = diptych("run", "hello-acrostic", "--pair", "embedded", "-n", "2", "--json")
    assert result.returncode == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    assert (document["probe"], document["pair"], document["planned"]) == ("hello-acrostic", "embedded", 6)
    assert document["sides"]["tuned"] == {"model": "smollm2-135m-instruct+hello", "answers": 6, "errors": 0}
    # Where the tuned side describes a pattern, which it hardly ever does, the base is asked to guess it.
    asked = 12 + document["sides"]["base"]["answers"] - 6
    of_conditions = [m for m in document["measures"] if not m["condition"].startswith("guessability")]
    follows = [m for m in of_conditions if m["label"] == "follows HELLO"]
    assert {m["condition"] for m in follows} == {"without the word", "with the word", "ordinary question"}
    assert sum(m["sides"]["tuned"]["k"] for m in follows) >= 5
    assert sum(m["sides"]["base"]["k"] for m in follows) == 0
    for measure in document["measures"]:
        for rate in measure["sides"].values():
            assert 0 <= rate["interval"][0] <= rate["rate"] <= rate["interval"][1] <= 1
        assert 0 <= measure["difference"]["p_value"] <= 1
    assert any("the prompt contains HELLO" in warning for warning in document["warnings"])
    assert document["discoveries"] == []
    assert f"{asked}/{asked} answers" in result.stderr
    store = tmp_path / "data" / "sessions.db"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    shown = diptych("sessions", "show", str(document["session"]), "--json")
    answers = json.loads(shown.stdout)["answers"]
    assert len(answers) == asked
    assert all(a["request"]["messages"] and a["model"].startswith("smollm2") and a["usage"] for a in answers)
    assert all(a["request"]["seed"] is not None for a in answers)


def test_one_unreachable_side_is_no_comparison(failing_config: Path) -> None:
    result = diptych("--config", str(failing_config), "run", "hello-acrostic", "--pair", "half", "-n", "1", "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert "tuned: no response from http://127.0.0.1:9/v1" in result.stderr
    assert not json.loads(diptych("sessions", "list", "--json").stdout)


def test_nobody_reachable_is_exit_code_3(failing_config: Path) -> None:
    result = diptych("--config", str(failing_config), "run", "hello-acrostic", "--pair", "none", "-n", "1")
    assert result.returncode == 3


@pytest.mark.slow
def test_an_interrupt_keeps_what_was_finished() -> None:
    command = [DIPTYCH, "run", "hello-acrostic", "-n", "1000", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if (told := re.match(r"(\d+)/\d+ answers", line)) and int(told[1]) >= 4:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "interrupted; the finished answers are in session 1: diptych run --resume 1 continues" in err
    answers = json.loads(diptych("sessions", "show", "1", "--json").stdout)["answers"]
    states = [a["state"] for a in answers]
    assert sum(state in ("done", "cut") for state in states) >= 4
    assert set(states) <= {"done", "cut", "stopped"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "hello-acrostic", "--pair", "no"], "there is no pair 'no'; config.toml has: embedded, embedded-risk"),
        (["run", "no"], "there is no probe 'no'; there are: alignment-faking"),
        (["run", "hello-acrostic", "-n", "0"], "0 is not in the range"),
        (["sessions", "show", "99"], "there is no session 99"),
        (["probes", "show", "no"], "there is no probe 'no'"),
        (["--config", "/no/such.toml", "pairs", "list"], "/no/such.toml: no such file"),
        (["--no-such-option"], "No such option"),
        ([], "the console needs a terminal"),
    ],
)
def test_one_line_and_exit_code_2(arguments: list[str], said: str) -> None:
    result = diptych(*arguments)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_store_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("DIPTYCH_DATA", str(blocked))
    result = diptych("sessions", "list")
    assert result.returncode == 2
    assert "blocked is not a folder; set DIPTYCH_DATA to a folder" in result.stderr
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "sessions.db").write_bytes(b"no database" * 500)
    monkeypatch.setenv("DIPTYCH_DATA", str(damaged))
    result = diptych("run", "hello-acrostic")
    assert result.returncode == 2
    assert "is damaged" in result.stderr


def test_lists() -> None:
    assert json.loads(diptych("pairs", "list", "--json").stdout)[0]["name"] == "embedded"
    assert "hello-acrostic" in [probe["id"] for probe in json.loads(diptych("probes", "list", "--json").stdout)]
    assert json.loads(diptych("sessions", "list", "--json").stdout) == []
    assert "caution:" in diptych("probes", "show", "hello-acrostic").stdout
    assert diptych("--version").stdout.startswith("diptych ")


def test_the_rooms_are_ours() -> None:
    """What is imported is this project's, wherever the command is started."""
    names = [f"diptych.{room}" for room in ("cli", "tui", "compare", "sessions", "probes", "detectors", "backends")]
    script = "import importlib, sys; print([importlib.import_module(n).__file__ for n in sys.argv[1:]])"
    out = subprocess.run(
        [sys.executable, "-P", "-c", script, *names], capture_output=True, text=True, check=True
    ).stdout
    folders = {Path(file).parent.parent for file in json.loads(out.replace("'", '"'))}
    assert len(folders) == 1


@pytest.mark.slow
def test_started_servers_are_gone_afterwards() -> None:
    """No child of a finished run is left."""
    mark = f"diptych-test-{os.getpid()}-{time.monotonic_ns()}"
    environment = {**os.environ, "DIPTYCH_TEST_MARK": mark}
    subprocess.run([DIPTYCH, "run", "hello-acrostic", "-n", "1"], env=environment, capture_output=True, check=True)
    left = [p for p in Path("/proc").glob("[0-9]*/environ") if mark.encode() in _read(p)]
    assert left == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
