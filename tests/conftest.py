"""What all tests share."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the user's configuration or writes into the user's sessions."""
    monkeypatch.setenv("DIPTYCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIPTYCH_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
