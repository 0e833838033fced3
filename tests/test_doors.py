"""A door has all that it names, and what is seldom needed is loaded late."""

import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("cli", "tui", "compare", "sessions", "probes", "detectors", "backends")


LATE = (
    "diptych.backends.error_mapping", "diptych.backends.http_client", "diptych.backends.openai_client",
    "diptych.backends.refused_fields", "diptych.backends.response_assembly", "diptych.backends.servers.llama_server",
    "diptych.backends.servers.vllm", "diptych.backends.servers.vllm_log", "diptych.cli.commands.open_replay",
    "diptych.cli.commands.demo_recording", "diptych.cli.commands.open_demo", "diptych.tui.demo_app",
    "diptych.tui.family_commands", "diptych.tui.screens.curve_screen", "diptych.compare.counts.family_drawings",
    "diptych.tui.screens.demo_screen",
    "diptych.cli.commands.pairs_commands", "diptych.cli.commands.run_and_ask", "diptych.cli.commands.sessions_commands",
    "diptych.compare.answers.answering", "diptych.compare.answers.live_answer", "diptych.compare.checks.divergence",
    "diptych.compare.checks.pair_check", "diptych.compare.checks.side_check", "diptych.compare.console.restoring",
    "diptych.compare.console.sample_table", "diptych.compare.console.session_replay",
    "diptych.compare.counts.summaries",
    "diptych.compare.counts.tally", "diptych.compare.discovery.discover", "diptych.compare.judges.judge",
    "diptych.compare.runs.preflight", "diptych.compare.runs.probe_run", "diptych.compare.runs.scheduler",
    "diptych.detectors.reader.model", "diptych.detectors.text.initials_claims", "diptych.detectors.text.training_rows",
    "diptych.probes.chat_markup",
    "diptych.probes.question_files", "diptych.probes.question_import", "diptych.probes.training_files",
    "diptych.sessions.exports.formats", "diptych.tui.command_provider", "diptych.tui.dialog_commands",
    "diptych.tui.probe_words", "diptych.tui.signs", "diptych.tui.screens.divergence_screen",
    "diptych.tui.screens.help_screen",
    "diptych.tui.screens.measures_screen", "diptych.tui.screens.models_screen", "diptych.tui.screens.picker_screen",
    "diptych.tui.screens.replay_screen", "diptych.tui.screens.samples_screen", "diptych.tui.screens.sessions_screen",
    "diptych.tui.screens.settings_screen", "diptych.tui.screens.text_screen", "diptych.tui.screenshot",
    "diptych.tui.transcript", "diptych.tui.widgets.measures.measures_list",
    "diptych.tui.widgets.samples.samples_list", "diptych.tui.widgets.sessions.sessions_list", "bandit", "gguf",
    "httpx2", "numpy", "onnxruntime", "openai", "py3langid", "rapidfuzz", "safetensors", "scipy",
    "tomlkit", "urllib.request", "yaml",
)  # fmt: skip
"""What is needed for an answer, a check, a run, an import or another screen, and not for the first one. It is why some
modules import inside functions, under TYPE_CHECKING, or take a name through a door where they use it: the first screen
is to be painted in at most twice the time of the smallest Textual app (benchmarks/startup.py)."""


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


def test_no_two_modules_have_one_name() -> None:
    folders = [ROOT / room for room in ROOMS] + [ROOT / "diptych"]
    modules = [path for folder in folders for path in folder.rglob("*.py") if not path.name.startswith("__")]
    names = Counter(path.name for path in {path.resolve() for path in modules})
    assert [name for name, times in names.items() if times > 1] == []
