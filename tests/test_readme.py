"""What the README shows to be copied can be copied."""

import re
from pathlib import Path

import pytest

from diptych.cli.setup.config import load
from diptych.tui.commands import COMMANDS, REPLAY_COMMANDS, SHOWN_KEYS

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_of_a_config_is_one(example: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(example)
    assert set(re.findall(r"^\[pairs\.(\S+)\]", example, re.MULTILINE)) <= load(path).pairs.keys()


def test_there_is_an_example_of_each_kind() -> None:
    assert len(EXAMPLES) == 6


def test_each_key_is_in_the_table() -> None:
    table = README.partition("## Keys")[2].partition("## ")[0].lower().replace("page up, page down", "pageup pagedown")
    for command in (*COMMANDS, *REPLAY_COMMANDS):
        for key in filter(None, (command.key, *command.letter.split(","))):
            shown = SHOWN_KEYS.get(key, key).replace("^c", "ctrl+c").replace("escape", "esc")
            assert re.search(rf"(?<![\w+]){re.escape(shown)}(?!\w)", table), f"{key} is not in the README"
