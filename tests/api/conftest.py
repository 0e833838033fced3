"""A configured pair and a probe."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands.test_ask_command import reply
from tests.cli.commands.test_run_command import configure
from tests.crashes.scene import served
from tests.openai_server import Server

PROBE = """
id = "mine"
title = "Mine"
about = "x"
[[conditions]]
name = "one"
prompts = ["How are you?"]
[[detectors]]
kind = "acrostic"
target = "HELLO"
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A configured pair of two sides, of which the tuned one spells a word, and a probe."""
    with served(reply) as found:
        configure(tmp_path, found.base_url)
        (tmp_path / "probes").mkdir()
        (tmp_path / "probes" / "mine.toml").write_text(PROBE)
        yield found
