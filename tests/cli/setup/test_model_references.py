"""What `diptych open` is given for a side: paths, names, ids of the hub, models of servers and endpoints."""

import asyncio
from pathlib import Path

import pytest

from diptych.cli.setup import model_references
from diptych.cli.setup.config import Config, load
from diptych.cli.setup.model_references import OnDisk, Reference, References, Served
from diptych.probes import FileError
from tests.gguf_file import gguf
from tests.model_folders import at_home, download, pull, write, write_lora, write_peft
from tests.openai_server import Exchange, serve

UNREACHED = """
[endpoints.openai]
kind = "embedded"
[endpoints.local]
kind = "embedded"
"""
"""The default endpoints with an address, without their servers."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home, and the working directory: with a model, a LoRA and a folder of peft."""
    home = at_home(tmp_path / "home", monkeypatch)
    write(home / "base.gguf", gguf())
    write_lora(home / "hello.gguf")
    write_peft(home / "runs" / "last")
    monkeypatch.chdir(home)
    return home


def config(tmp_path: Path, more: str = UNREACHED) -> Config:
    """A configuration without servers, or with `more`."""
    return load(write(tmp_path / "config.toml", more))


def paths(found: Reference) -> list[str | tuple[str, float]]:
    """The file of a model, and those of its LoRAs with their doses."""
    assert isinstance(found, OnDisk)
    return [found.model.path, *((adapter.path, dose) for adapter, dose in found.adapters)]


def refused(references: References, text: str, base: Reference | None = None) -> str:
    """What is said of a text that cannot be used: one line."""
    with pytest.raises(FileError) as caught:
        references.read(text, base)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_files_loras_and_doses(home: Path, tmp_path: Path) -> None:
    references = References(config(tmp_path))
    model, hello, last = (str(home / name) for name in ("base.gguf", "hello.gguf", "runs/last"))
    base = references.read("base.gguf")
    assert paths(base) == [model]
    assert paths(references.read("~/base.gguf+hello.gguf@0.5+runs/last")) == [model, (hello, 0.5), (last, 1.0)]
    assert paths(references.read("hello.gguf", base)) == [model, (hello, 1.0)]
    assert paths(references.read("runs/last@0+./hello.gguf", base)) == [model, (last, 0.0), (hello, 1.0)]
    with_lora = references.read("base.gguf+runs/last")
    assert paths(references.read("hello.gguf", with_lora)) == [model, (last, 1.0), (hello, 1.0)]
    odd = write(home / "a+b@2.gguf", gguf())
    assert paths(references.read("a+b@2.gguf+hello.gguf")) == [str(odd), (hello, 1.0)]


def test_files_that_do_not_go_together(home: Path, tmp_path: Path) -> None:
    references = References(config(tmp_path))
    base = references.read("base.gguf")
    assert "is a LoRA; give the file of the model that it was trained on as BASE" in refused(references, "hello.gguf")
    assert "hello.gguf is a LoRA; it goes on a BASE that is a GGUF file" in refused(
        references, "hello.gguf", Served("embedded", "m")
    )
    assert "is a model; only LoRAs go behind a +" in refused(references, "base.gguf+base.gguf")
    assert "is a model; a dose goes behind a LoRA" in refused(references, "base.gguf@2", base)
    assert "hello.gguf is applied twice" in refused(references, "hello.gguf+hello.gguf", base)
    assert "expected a number behind @, the dose, found 'x'" in refused(references, "hello.gguf@x", base)
    assert "expected a number behind @" in refused(references, "hello.gguf@-1", base)


def test_what_is_no_model(home: Path, tmp_path: Path) -> None:
    references = References(config(tmp_path))
    write(home / "notes.txt", "text")
    write(home / "clip.gguf", gguf({"general.architecture": "clip"}))
    write(home / "full" / "model.safetensors", b"weights")
    write(home / "Big-00001-of-00002.gguf", gguf())
    assert refused(references, "notes.txt") == "notes.txt is not a GGUF file"
    assert "clip.gguf is a GGUF file, but neither a model of text nor a LoRA" in refused(references, "clip.gguf")
    assert refused(references, "full") == "full is a folder with neither a GGUF file nor a LoRA of PEFT"
    assert "lacks a part: Big-00002-of-00002.gguf" in refused(references, "Big-00001-of-00002.gguf")
    expected = "expected a GGUF file, the folder of a LoRA, an id of the hub, or endpoint:model; diptych models lists"
    for missing in ("missing.gguf", "./some/thing", "nothing:here", "runs/missing.gguf"):
        assert refused(references, missing).startswith(f"there is no {missing!r}: {expected}")
    both = refused(references, str(home))
    assert both.startswith(f"{home} holds several models; give the path of one: {home / 'base.gguf'}, ")


def test_names_that_are_listed(home: Path, tmp_path: Path) -> None:
    references = References(config(tmp_path))
    blob = pull(home / ".ollama" / "models", "registry.ollama.ai/library/tiny/latest", model=gguf())["model"]
    hub = home / ".cache" / "huggingface" / "hub"
    snapshot = download(hub, "lab/Tiny-GGUF", Tiny__gguf=gguf())
    download(hub, "lab/Many-GGUF", Q4__gguf=gguf(), Q8__gguf=gguf())
    lora = write_peft(download(hub, "lab/tiny-lora"))
    for text in ("tiny:latest", "tiny", str(blob)):
        found = references.read(text)
        assert paths(found) == [str(blob)]
        assert isinstance(found, OnDisk)
        assert found.model.side_name() == "tiny:latest"
    for text in ("lab/Tiny-GGUF", "lab/Tiny-GGUF/Tiny.gguf", str(snapshot)):
        assert paths(references.read(text)) == [str(snapshot / "Tiny.gguf")]
    stacked = references.read("lab/Tiny-GGUF+lab/tiny-lora@0.5+hello.gguf")
    assert paths(stacked)[1:] == [(str(lora), 0.5), (str(home / "hello.gguf"), 1.0)]
    assert "lab/Many-GGUF holds several models; give the path of one: " in refused(references, "lab/Many-GGUF")


def test_ids_of_the_hub_that_are_not_on_disk_come_with_the_command_that_fetches_them(
    home: Path, tmp_path: Path
) -> None:
    references = References(config(tmp_path))
    download(home / ".cache" / "huggingface" / "hub", "lab/Tiny", model__safetensors=b"weights")
    base = references.read("base.gguf")
    for text, on, command in (
        ("lab/Base", None, 'lab/Base --include "*.gguf"'),
        ("lab/Base-GGUF", base, 'lab/Base-GGUF --include "*.gguf"'),
        ("lab/Base/b-Q4.gguf", None, "lab/Base b-Q4.gguf"),
        ("lab/lora", base, "lab/lora"),
        ("lab/loras/owls", base, 'lab/loras --include "owls/*"'),
    ):
        said = refused(references, text, on)
        assert said.startswith(f"{text} is not on this machine, and no running server lists it")
        assert said.endswith(f"fetch it: hf download {command}")
    assert refused(references, "base.gguf+lab/lora").endswith("hf download lab/lora")
    assert "lab/Tiny is on this machine, but with neither a GGUF file nor a LoRA" in refused(references, "lab/Tiny")


async def models_of(exchange: Exchange) -> None:
    """A server with a model and an adapter."""
    await exchange.error(200, {"data": [{"id": "lab/Base"}, {"id": "lab/lora", "parent": "lab/Base"}]})


async def test_models_of_endpoints_and_of_running_servers(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_references, "LISTING_SECONDS", 120.0)
    write_peft(download(home / ".cache" / "huggingface" / "hub", "lab/lora"))
    async with serve(models_of) as server:
        one = f'{UNREACHED}[endpoints.one]\nkind = "vllm"\nbase_url = "{server.base_url}"\n'
        references = References(config(tmp_path, one))
        base = await asyncio.to_thread(references.read, "lab/Base")
        assert base == Served("one", "lab/Base")
        assert references.read("lab/lora", base) == Served("one", "lab/lora"), "the adapter there, not that on disk"
        assert isinstance(references.read("lab/lora", references.read("base.gguf")), OnDisk)
        assert references.read("embedded:m+hello@0.5") == Served("embedded", "m+hello@0.5")
        two = f'{one}[endpoints.two]\nkind = "vllm"\nbase_url = "{server.base_url}"\n'
        both = References(config(tmp_path, two))
        said = await asyncio.to_thread(refused, both, "lab/Base")
    assert said == "more than one endpoint has lab/Base; name one: one:lab/Base or two:lab/Base"
