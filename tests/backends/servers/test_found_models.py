"""Models on this machine: as Ollama, LM Studio and the hub's cache keep them, and in any folder."""

import os
from pathlib import Path

import pytest

from diptych.backends.servers.found_models import FoundModel, find_models, found_at, models_in
from tests.gguf_file import LLAMA, LORA, LORA_TENSORS, gguf
from tests.model_folders import REVISION, at_home, download, pull, write, write_lora, write_peft

MODEL = gguf()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home, without models."""
    return at_home(tmp_path / "home", monkeypatch)


def found(*folders: Path) -> dict[str, FoundModel]:
    """What is found, by name."""
    models = find_models(folders)
    assert len({model.name for model in models}) == len(models)
    return {model.name: model for model in models}


def test_where_none_of_the_programs_is_nothing_is_found(home: Path) -> None:
    assert find_models() == []


def test_models_of_ollama_have_its_names_and_are_files_of_their_own(home: Path) -> None:
    models = home / ".ollama" / "models"
    blobs = pull(models, "registry.ollama.ai/library/tiny/1b", model=MODEL, template=b"{{ .Prompt }}", license=b"MIT")
    pull(models, "registry.ollama.ai/someone/tiny/latest", model=MODEL + b"more")
    pull(models, "hf.co/some-lab/Tiny-GGUF/Q4_K_M", model=MODEL + b"other")
    pull(models, "registry.ollama.ai/library/cloud/latest")
    write(models / "manifests" / "registry.ollama.ai" / "library" / "broken" / "1b", "{")
    listed = found()
    assert listed.keys() == {"tiny:1b", "someone/tiny:latest", "hf.co/some-lab/Tiny-GGUF:Q4_K_M"}
    assert listed["tiny:1b"] == FoundModel("tiny:1b", "model", len(MODEL), "llama", str(blobs["model"]), "Ollama")
    assert listed["hf.co/some-lab/Tiny-GGUF:Q4_K_M"].side_name() == "Tiny-GGUF:Q4_K_M"


def test_ollamas_name_of_a_base_with_an_adapter_is_the_adapters(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "elsewhere"
    monkeypatch.setenv("OLLAMA_MODELS", str(models))
    base = pull(models, "registry.ollama.ai/library/tiny/1b", model=MODEL)["model"]
    adapter = pull(models, "registry.ollama.ai/library/mine/latest", model=MODEL, adapter=gguf(LORA, LORA_TENSORS))
    pull(models, "registry.ollama.ai/library/alone/1", model=MODEL + b"x", adapter=gguf(LORA, LORA_TENSORS) + b"x")
    listed = found()
    assert {name: (each.kind, each.path) for name, each in listed.items() if "alone" not in name} == {
        "tiny:1b": ("model", str(base)),
        "mine:latest": ("LoRA", str(adapter["adapter"])),
    }
    assert (listed["alone:1"].kind, listed["alone:1 base"].kind) == ("LoRA", "model")


def test_models_of_lm_studio_have_the_names_of_its_folders(home: Path) -> None:
    models = home / ".lmstudio" / "models"
    write(models / "some-lab" / "Tiny-GGUF" / "Tiny-Q8_0.gguf", MODEL)
    write(models / "some-lab" / "Tiny-GGUF" / "mmproj-Tiny.gguf", gguf({"general.architecture": "clip"}))
    write(models / "some-lab" / "Tiny-GGUF" / "Tiny.imatrix.gguf", gguf({"general.type": "imatrix"}))
    write(models / "some-lab" / "Tiny-MLX" / "model.safetensors", b"weights")
    (models / "round").symlink_to(models)
    assert found().keys() == {"some-lab/Tiny-GGUF/Tiny-Q8_0.gguf"}


@pytest.mark.parametrize("way", ["pointer", "settings", "old"])
def test_the_folder_of_lm_studio_can_be_elsewhere(home: Path, tmp_path: Path, way: str) -> None:
    folders = {"pointer": tmp_path / "lms" / "models", "settings": tmp_path / "disk"}
    folder = folders.get(way, home / ".cache" / "lm-studio" / "models")
    write(folder / "lab" / "Tiny" / "Tiny.gguf", MODEL)
    if way == "pointer":
        write(home / ".lmstudio-home-pointer", f"{tmp_path / 'lms'}\n")
    elif way == "settings":
        write(home / ".lmstudio" / "settings.json", {"downloadsFolder": str(folder)})
    assert found().keys() == {"lab/Tiny/Tiny.gguf"}


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HOME"])
def test_models_and_loras_of_peft_in_the_hubs_cache_have_their_ids(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "here"))
    within = {"HF_HUB_CACHE": "", "HF_HOME": "hub", "XDG_CACHE_HOME": "huggingface/hub"}
    cache = tmp_path / "here" / within.get(variable, ".cache/huggingface/hub")
    snapshot = download(cache, "some-lab/Tiny-GGUF", Tiny__gguf=MODEL, README__md=b"#")
    write(snapshot.parent / ("f" * 40) / "Old.gguf", MODEL)
    download(cache, "some-lab/Tiny", config__json=b"{}", model__safetensors=b"weights")
    loras = write_peft(download(cache, "some-lab/tiny-lora"))
    write_peft(loras / "checkpoint-5")
    write(cache / "datasets--some-lab--rows" / "snapshots" / REVISION / "a.gguf", MODEL)
    listed = found()
    assert listed.keys() == {"some-lab/Tiny-GGUF/Tiny.gguf", "some-lab/tiny-lora", "some-lab/tiny-lora/checkpoint-5"}
    assert listed["some-lab/Tiny-GGUF/Tiny.gguf"].path == str(snapshot / "Tiny.gguf")
    assert listed["some-lab/tiny-lora"].architecture == "some-lab/Tiny"
    assert [listed[name].kind for name in sorted(listed)] == ["model", "PEFT LoRA", "PEFT LoRA"]


def test_a_snapshot_without_a_named_revision_is_the_newest(home: Path) -> None:
    cache = home / ".cache" / "huggingface" / "hub" / "models--lab--Tiny" / "snapshots"
    old, new = (write(cache / revision / f"{revision}.gguf", MODEL).parent for revision in ("old", "new"))
    os.utime(old, (1, 1))
    assert found().keys() == {"lab/Tiny/new.gguf"}
    assert new.is_dir()


def test_in_a_folder_a_split_model_is_one_and_folders_in_it_are_left_alone(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    for number in (1, 2, 3):
        write(folder / f"Big-0000{number}-of-00003.gguf", MODEL)
    write(folder / "Torn-00002-of-00002.gguf", MODEL)
    write(folder / "notes.gguf", b"not a model")
    write(folder / "notes.txt", b"text")
    write(folder / "deeper" / "Tiny.gguf", MODEL)
    write_lora(folder / "hello.gguf")
    listed = found(folder, folder, tmp_path / "missing")
    assert {name: (each.kind, each.size, each.fault) for name, each in listed.items()} == {
        "Big-00001-of-00003.gguf": ("model", 3 * len(MODEL), ""),
        "Torn-00001-of-00002.gguf": ("model", len(MODEL), "lacks a part: Torn-00001-of-00002.gguf"),
        "hello.gguf": ("LoRA", len(gguf(LORA, LORA_TENSORS)), ""),
        "notes.gguf": ("model", 11, "is not a GGUF file"),
    }
    assert listed["Big-00001-of-00003.gguf"].side_name() == "Big"


def test_a_file_that_a_program_keeps_is_listed_once(home: Path) -> None:
    path = write(home / ".lmstudio" / "models" / "lab" / "Tiny" / "Tiny.gguf", MODEL)
    assert found(path.parent).keys() == {"lab/Tiny/Tiny.gguf"}


def test_what_is_at_a_path(tmp_path: Path) -> None:
    lora, peft = write_lora(tmp_path / "a+b@c.gguf"), write_peft(tmp_path / "runs" / "last")
    at_lora, at_peft = found_at(lora), found_at(peft)
    assert at_lora is not None
    assert at_peft is not None
    assert (at_lora.kind, at_lora.is_adapter, at_lora.side_name()) == ("LoRA", True, "a-b-c")
    assert (at_peft.kind, at_peft.is_adapter, at_peft.side_name(2)) == ("PEFT LoRA", True, "runs/last")
    assert found_at(tmp_path) is None
    assert found_at(write(tmp_path / "clip.gguf", gguf({"general.type": "mmproj", **LLAMA}))) is None
    (peft / "adapter_model.safetensors").unlink()
    assert [each.fault for each in models_in(peft)] == ["lacks adapter_model.safetensors"]
    with pytest.raises(FileNotFoundError):
        found_at(tmp_path / "missing.gguf")
