"""A door has all that it names, and what is seldom needed is loaded late."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("cli", "tui", "compare", "sessions", "probes", "detectors", "backends")


LATE = (
    "diptych.backends.error_mapping", "diptych.backends.http_client", "diptych.backends.refused_fields",
    "diptych.backends.response_assembly", "diptych.backends.servers.vllm_log", "diptych.compare.checks.pair_check",
    "diptych.compare.checks.side_check", "diptych.compare.runs.preflight", "diptych.compare.runs.probe_run",
    "diptych.probes.chat_markup", "diptych.probes.question_files", "diptych.probes.question_import",
    "diptych.probes.training_files", "httpx2", "numpy", "openai", "scipy", "tomlkit", "yaml",
)  # fmt: skip
"""What is needed for an answer, a check, a run or an import, and not for a first screen."""


def test_the_console_starts_without_what_is_needed_later() -> None:
    starting = "import sys, diptych.cli.main, diptych.cli.commands.open_console, diptych.tui.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", starting], capture_output=True, text=True, check=True).stdout.split()
    assert "diptych.tui.app" in loaded
    assert sorted(set(LATE) & set(loaded)) == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_has_all_that_it_names(room: str) -> None:
    door = import_module(f"diptych.{room}")
    assert [name for name in getattr(door, "__all__", ()) if not hasattr(door, name)] == []
    with pytest.raises(AttributeError):
        door.no_such_name  # noqa: B018
