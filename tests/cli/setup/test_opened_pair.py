"""Pairs of any two models: which endpoints they get, and what everything is called."""

from pathlib import Path

import pytest

from diptych.backends import FoundModel
from diptych.cli.setup.config import load
from diptych.cli.setup.model_references import DosedLoRA, OnDisk, Served
from diptych.cli.setup.opened_pair import check_new_name, free_name, pair_tables, with_tables
from diptych.probes import FileError


def found(path: str, kind: str = "model", name: str = "") -> FoundModel:
    """A file at a path."""
    return FoundModel(name or path, kind, 1, "llama", path, "")


BASE = OnDisk(found("/m/base.gguf"))
HELLO, OTHER = found("/l/hello.gguf", "LoRA"), found("/runs/hello", "PEFT LoRA")


def test_files_on_one_base_share_an_endpoint() -> None:
    sides = {"base": BASE, "tuned": OnDisk(BASE.model, ((HELLO, 1.0),)), "control": OnDisk(BASE.model, ((HELLO, 0.5),))}
    assert pair_tables("mine", sides) == {
        ("endpoints", "mine"): {
            "kind": "llama", "model": "/m/base.gguf", "name": "base", "adapters": {"hello": "/l/hello.gguf"},
        },
        ("pairs", "mine"): {
            "base": {"endpoint": "mine", "model": "base"},
            "tuned": {"endpoint": "mine", "model": "base+hello"},
            "control": {"endpoint": "mine", "model": "base+hello@0.5"},
        },
    }  # fmt: skip


def test_an_introspection_adapter_has_one_name_everywhere() -> None:
    tell = DosedLoRA(found("/i/hello.gguf", "LoRA"), 0.5)
    sides = {"base": BASE, "tuned": OnDisk(BASE.model, ((HELLO, 1.0),)), "control": OnDisk(found("/m/other.gguf"))}
    tables = pair_tables("mine", sides, tell)
    adapters = {"l/hello": "/l/hello.gguf", "i/hello": "/i/hello.gguf"}
    assert tables["endpoints", "mine"]["adapters"] == adapters
    assert tables["endpoints", "mine-control"]["adapters"] == {"i/hello": "/i/hello.gguf"}
    assert tables["pairs", "mine"] == {
        "base": {"endpoint": "mine", "model": "base"},
        "tuned": {"endpoint": "mine", "model": "base+l/hello"},
        "control": {"endpoint": "mine-control", "model": "other"},
        "introspect": "i/hello@0.5",
    }
    opened = with_tables(load(None), tables).pairs["mine"]
    assert [side.model for side in opened.sides.values()] == [
        "base+i/hello@0.5", "base+l/hello+i/hello@0.5", "other+i/hello@0.5", "base+l/hello",
    ]  # fmt: skip
    served = {"base": Served("local", "base"), "tuned": Served("local", "tuned")}
    assert pair_tables("mine", served, "tell")["pairs", "mine"]["introspect"] == "tell"


def test_other_files_and_served_models_have_endpoints_of_their_own() -> None:
    tables = pair_tables(
        "mine", {"base": Served("local", "lab/Base"), "tuned": BASE, "control": OnDisk(found("/x.gguf"))}
    )
    assert tables["endpoints", "mine"]["model"] == "/m/base.gguf"
    assert tables["endpoints", "mine-control"]["model"] == "/x.gguf"
    assert tables["pairs", "mine"]["base"] == {"endpoint": "local", "model": "lab/Base"}
    assert "adapters" not in tables["endpoints", "mine"]


def test_files_of_one_name_are_told_apart() -> None:
    sides = {"base": OnDisk(found("/a/m.gguf")), "tuned": OnDisk(found("/b/m.gguf"), ((HELLO, 1.0), (OTHER, 2.0)))}
    tables = pair_tables("mine", sides)
    assert tables["endpoints", "mine"]["name"] == "a/m"
    assert tables["endpoints", "mine-tuned"]["adapters"] == {"l/hello": "/l/hello.gguf", "runs/hello": "/runs/hello"}
    assert tables["pairs", "mine"]["tuned"]["model"] == "b/m+l/hello+runs/hello@2"


def test_a_pair_that_is_not_saved_is_named_after_its_tuned_model(tmp_path: Path) -> None:
    config = load(None)
    sides = {"base": BASE, "tuned": OnDisk(BASE.model, ((HELLO, 1.0),))}
    name = free_name(config, sides)
    assert name == "base+hello"
    opened = with_tables(config, pair_tables(name, sides))
    assert opened.pairs[name].tuned.model == "base+hello"
    assert opened.endpoints[name].adapters == {"hello": "/l/hello.gguf"}
    assert config.pairs.keys() < opened.pairs.keys()
    assert free_name(opened, sides) == "base+hello-2"


@pytest.mark.parametrize("name", ["embedded", "local", "", "two words", "-x", "a/b"])
def test_a_pair_is_not_saved_under_a_name_that_is_taken_or_cannot_be_one(name: str) -> None:
    with pytest.raises(FileError, match="--save: "):
        check_new_name(load(None), name)
    check_new_name(load(None), "new-1.5")
