"""What all tests on hostile text share."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import tomlkit

from diptych.cli.main import entry
from diptych.sessions import Store
from tests.hostile.items import ITEMS, NAME, Item, is_formula
from tests.hostile.server import HostileServer, listening

DIPTYCH = str(Path(sys.executable).parent / "diptych")


def configuration(url: str, name: str = NAME) -> str:
    """config.toml whose names are hostile."""
    side = {"endpoint": name, "model": name, "system": name, "max_tokens": 500}
    return tomlkit.dumps(
        {
            "default_pair": name,
            "endpoints": {name: {"kind": "openai", "base_url": url}},
            "pairs": {name: {"about": name, "probe": "hostile", "base": side, "tuned": side}},
        }
    )


def probe(prompts: list[str], name: str = NAME) -> str:
    """A probe whose texts are hostile."""
    return tomlkit.dumps(
        {
            "id": "hostile",
            "title": name,
            "about": name,
            "source": name,
            "cautions": [name],
            "conditions": [{"name": name, "prompts": prompts}],
            "detectors": [{"kind": "acrostic", "target": "HELLO"}],
        }
    )


@dataclass
class Folder:
    """Where diptych has its configuration and its sessions."""

    path: Path

    def write(self, url: str, prompts: list[str], name: str = NAME) -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / "probes").mkdir(exist_ok=True)
        (self.path / "config.toml").write_text(configuration(url, name))
        (self.path / "probes" / "hostile.toml").write_text(probe(prompts, name))

    @property
    def environment(self) -> dict[str, str]:
        own = {"DIPTYCH_DATA": str(self.path / "data"), "DIPTYCH_CONFIG": str(self.path / "config.toml")}
        return {**os.environ, **own, "TERM": "xterm-256color", "COLORTERM": "truecolor"}

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """A command in this process, which is faster: its exit code, and what it printed on both ways out."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.environment),
            patch.object(sys, "argv", ["diptych", *arguments]),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code: Any = 0
            try:
                entry()
            except SystemExit as end:
                code = end.code or 0
        return code, out.getvalue(), err.getvalue()

    def prints(self, *arguments: str) -> str:
        """What a command prints; it goes well, and nothing of it acts."""
        code, out, err = self.call(*arguments)
        assert (code, is_formula(out + err)) == (0, set()), (arguments, out, err)
        return out

    @property
    def store(self) -> Store:
        return Store(self.path / "data" / "sessions.db")


@dataclass
class Kept:
    """A session with an answer of each side for each item, and what the run that asked for them printed."""

    folder: Folder
    items: Sequence[Item]
    printed: subprocess.CompletedProcess[bytes]


@pytest.fixture(scope="session", params=["some", pytest.param("all", marks=pytest.mark.slow)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Asked for once, over HTTP; tests that change it take a copy."""
    items = ITEMS if request.param == "all" else tuple(i for i in ITEMS if i.number % 12 == 0 or i.category == "broken")
    folder = Folder(tmp_path_factory.mktemp("hostile"))
    with listening(HostileServer()) as url:
        folder.write(url, [question(item) for item in items])
        title = f"{NAME}\n    9  2026-01-01T00:00  a second row"
        command = [DIPTYCH, "run", "hostile", "-n", str(len(items)), "--session", title, "--concurrency", "16"]
        printed = subprocess.run(command, env=folder.environment, capture_output=True, timeout=120)
    return Kept(folder, items, printed)


@pytest.fixture
def copied(kept: Kept, tmp_path: Path) -> Folder:
    """A folder with that session, to change."""
    shutil.copytree(kept.folder.path, tmp_path / "copy")
    return Folder(tmp_path / "copy")


def question(item: Item) -> str:
    """A prompt that gets the item, and is itself hostile."""
    return f"item {item.number}| {item.text}"
