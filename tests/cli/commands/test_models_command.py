"""`diptych models`: a line, or an object, for each model and LoRA on this machine."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from diptych.cli.main import main
from diptych.number_words import size_words
from tests.gguf_file import gguf
from tests.model_folders import at_home, pull, write, write_lora


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home, without models."""
    return at_home(tmp_path / "home", monkeypatch)


def test_all_are_listed_with_the_path_that_open_takes(home: Path, tmp_path: Path) -> None:
    blob = pull(home / ".ollama" / "models", "registry.ollama.ai/library/tiny/1b", model=gguf())["model"]
    hello, notes = write_lora(home / "loras" / "hello.gguf"), write(home / "models" / "notes.gguf", b"text")
    model = write(home / "models" / "own.gguf", gguf())
    endpoint = f'[endpoints.own]\nkind = "llama"\nmodel = "{model}"\nadapters = {{ hello = "{hello}" }}\n'
    write(tmp_path / "config.toml", endpoint)
    printed = CliRunner().invoke(main, ["models"], catch_exceptions=False).stdout.splitlines()
    assert [line.split() for line in printed] == [
        ["tiny:1b", "model", *size_words(len(gguf())).split(), "llama", str(blob)],
        ["notes.gguf", "model", ".004", "kB", "?", str(notes), "✕", "is", "not", "a", "GGUF", "file"],
        ["own.gguf", "model", *size_words(len(gguf())).split(), "llama", str(model)],
        ["hello.gguf", "LoRA", *size_words(hello.stat().st_size).split(), "llama", str(hello)],
    ]
    rows = json.loads(CliRunner().invoke(main, ["models", "--json"], catch_exceptions=False).stdout)
    assert [row["source"] for row in rows] == ["Ollama", "endpoint", "endpoint", "endpoint"]
    assert rows[0] == {
        "name": "tiny:1b", "kind": "model", "size": len(gguf()), "architecture": "llama", "path": str(blob),
        "source": "Ollama", "fault": "",
    }  # fmt: skip


def test_where_there_is_none_it_says_where_it_looked(home: Path) -> None:
    result = CliRunner().invoke(main, ["models"], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith(f"no models in {home}/.ollama/models, ")
    assert f"{home}/.cache/huggingface/hub; diptych open takes the path of any GGUF file" in result.stderr
    assert CliRunner().invoke(main, ["models", "--json"], catch_exceptions=False).stdout.strip() == "[]"
