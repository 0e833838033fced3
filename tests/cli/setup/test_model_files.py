"""Whole GGUF files as the members of a family: each is an endpoint of its own, like the one that is named."""

from pathlib import Path

import pytest

from diptych.cli.setup.family_members import find_family
from diptych.cli.setup.wiring import build_members
from diptych.probes import FileError
from tests.cli.setup.test_family_config import LLAMA, family, loaded, members
from tests.gguf_file import LORA, LORA_TENSORS, gguf


def checkpoint(path: Path, content: bytes | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf() if content is None else content)


def trained(keys: str) -> str:
    return f'arm = "tuned"\nendpoint = "mine"\n{keys}'


def test_the_files_of_a_folder_are_members_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for step in (40, 120, 80):
        checkpoint(tmp_path / "trainer" / f"step-{step}.gguf")
    base = 'arm = "base"\nendpoint = "mine"\nmodel = "qwen"'
    config = loaded(tmp_path, LLAMA + 'context = 512\nadapters = { one = "one" }\n' +
                    family(base, trained('model = "trainer/step-{x}.gguf"')))  # fmt: skip
    found = find_family(config, "f")
    assert [(member.label, member.side.model, member.side.endpoint) for member in found.members] == [
        ("base", "qwen", "mine"),
        ("tuned 40", "step-40", "mine/step-40"),
        ("tuned 80", "step-80", "mine/step-80"),
        ("tuned 120", "step-120", "mine/step-120"),
    ]
    made = found.endpoints["mine/step-80"]
    assert (made.model, made.name, made.context) == (str(tmp_path / "trainer" / "step-80.gguf"), "step-80", 512)
    # The adapters were trained on another base.
    assert made.adapters == {}
    assert "mine/step-80" not in config.endpoints
    sides = build_members(found)
    assert len({id(side.backend) for side in sides}) == 4
    assert sides[1].address == "mine/step-40"


def test_files_of_several_runs_have_different_names(tmp_path: Path) -> None:
    for seed in (1, 2):
        checkpoint(tmp_path / f"seed{seed}" / "final.gguf")
    found = members(tmp_path, LLAMA + family(trained('model = "seed{seed}/final.gguf"')))
    assert [(member.label, member.side.model, member.training_seed) for member in found] == [
        ("tuned seed 1", "seed1/final", 1), ("tuned seed 2", "seed2/final", 2),
    ]  # fmt: skip


def test_a_model_in_several_files_is_one_member(tmp_path: Path) -> None:
    for step in (1, 2):
        for part in (1, 2):
            checkpoint(tmp_path / f"step-{step}-{part:05}-of-00002.gguf")
    found = members(tmp_path, LLAMA + family(trained('model = "step-{x}-*.gguf"')))
    assert [member.x for member in found] == [1.0, 2.0]


def test_values_without_a_pattern_name_files(tmp_path: Path) -> None:
    for step in (10, 20, 30):
        checkpoint(tmp_path / f"at-{step}.gguf")
    found = members(tmp_path, LLAMA + family(trained('model = "at-{x}.gguf"\nx = [30, 10]')))
    assert [(member.x, member.side.model) for member in found] == [(30.0, "at-30"), (10.0, "at-10")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("other.gguf", None, "expected a path that matches a GGUF file, found"),
        ("step-1.gguf", gguf(LORA, LORA_TENSORS), "is a LoRA; it goes behind the name of its base and a +"),
        ("step-1.gguf", b"GGML", "step-1.gguf is not a GGUF file"),
        ("step-1+x.gguf", None, "a model cannot be named 'step-1+x'"),
    ],
)
def test_what_is_no_model_is_named(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    checkpoint(tmp_path / name, content)
    with pytest.raises(FileError) as error:
        members(tmp_path, LLAMA + family(trained('model = "step-*.gguf"')))
    assert str(error.value).startswith("config.toml: families.f.members[0].model: ")
    assert said in str(error.value)


def test_a_pattern_of_another_endpoint_is_over_its_models(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="smollm2-135m-instruct"):
        members(tmp_path, family('arm = "tuned"\nendpoint = "embedded"\nmodel = "step-*.gguf"'))
