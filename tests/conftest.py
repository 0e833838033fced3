"""What all tests share."""

import gc
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing here: servers start and models load beside it.
settings.register_profile("diptych", deadline=None)
settings.load_profile("diptych")
# While tests are collected and their modules loaded, nothing becomes garbage.
gc.disable()


def pytest_collection_finish() -> None:
    """What is there by now stays: without it full passes of the collector, of which each test with a console makes some,
    take a tenth of their time."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the user's configuration or writes into the user's sessions."""
    monkeypatch.setenv("DIPTYCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIPTYCH_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
