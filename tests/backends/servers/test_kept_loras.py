"""Each LoRA is converted once."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest

from diptych.backends import NotReady
from diptych.backends.servers import gguf_lora as conversion
from diptych.backends.servers.kept_loras import gguf_lora
from diptych.backends.servers.llama_files import checked_model
from tests.small_models import MODELS, random_factors, write_gguf, write_lora


def converted(folder: Path, base: Path) -> Path:
    """The adapter for a folder and the file of its base."""
    return gguf_lora(folder, checked_model(base).header)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_gguf(MODELS["llama"], MODELS["llama"].weights(), tmp_path / "base.gguf")


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    return write_lora(tmp_path / "lora", random_factors(MODELS["llama"].modules(), rank=2))


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The LoRAs that were converted."""
    write, written = conversion.write_gguf_lora, []

    def counted(lora, base, file):
        written.append(lora.folder)
        write(lora, base, file)

    monkeypatch.setattr(conversion, "write_gguf_lora", counted)
    return written


def kept() -> list[Path]:
    return sorted(Path(os.environ["DIPTYCH_DATA"], "adapters").iterdir())


def test_a_second_use_converts_nothing(base: Path, lora: Path, conversions: list[Path]) -> None:
    first = converted(lora, base)
    copied = Path(shutil.copytree(lora, lora.with_name("copy")))
    assert converted(lora, base) == converted(copied, base) == first
    assert conversions == [lora]
    assert kept() == [first]


def test_what_has_changed_is_converted_again(tmp_path: Path, base: Path, lora: Path, conversions: list[Path]) -> None:
    first = converted(lora, base)
    write_lora(lora, random_factors(MODELS["llama"].modules(), rank=2), lora_alpha=4)
    second = converted(lora, base)
    write_lora(lora, random_factors(MODELS["llama"].modules(), rank=2, seed=5), lora_alpha=4)
    third = converted(lora, base)
    # The same tensors, but rows are moved for the one and not for the other.
    qwen = replace(MODELS["llama"], architecture="qwen3")
    other = write_gguf(qwen, MODELS["llama"].weights(), tmp_path / "other.gguf")
    fourth = converted(lora, other)
    assert kept() == sorted({first, second, third, fourth})
    assert len(conversions) == 4


def test_what_was_converted_for_one_base_is_checked_again_for_another(tmp_path: Path, base: Path, lora: Path) -> None:
    converted(lora, base)
    fewer = {name: value for name, value in MODELS["llama"].weights().items() if ".layers.2." not in name}
    with pytest.raises(NotReady, match=r"model\.layers\.2\..* is not in this one"):
        converted(lora, write_gguf(MODELS["llama"], fewer, tmp_path / "fewer.gguf"))


def test_a_refused_lora_leaves_nothing(base: Path, lora: Path) -> None:
    write_lora(lora, random_factors({"model.layers.9.mlp.down_proj": (64, 96)}, rank=2))
    with pytest.raises(NotReady, match="is not in this one"):
        converted(lora, base)
    assert kept() == []


def test_a_folder_that_cannot_be_written(base: Path, lora: Path) -> None:
    Path(os.environ["DIPTYCH_DATA"]).touch()
    with pytest.raises(NotReady, match=r"cannot be written into .*: Not a directory") as error:
        converted(lora, base)
    assert "DIPTYCH_DATA" in error.value.hint


def test_a_base_that_cannot_be_read(tmp_path: Path, lora: Path) -> None:
    with pytest.raises(NotReady, match=r"no\.gguf cannot be read: No such file"):
        converted(lora, tmp_path / "no.gguf")
    (tmp_path / "text.gguf").write_text("some text that is no model")
    with pytest.raises(NotReady, match=r"text\.gguf is not a GGUF file"):
        converted(lora, tmp_path / "text.gguf")


def test_a_base_in_several_files(tmp_path: Path, base: Path, lora: Path) -> None:
    whole = gguf.GGUFReader(base)
    for part, tensors in enumerate((whole.tensors[:5], whole.tensors[5:]), start=1):
        writer = gguf.GGUFWriter(tmp_path / f"split-{part:05}-of-00002.gguf", "llama")
        writer.add_uint16("split.count", 2)
        writer.add_block_count(3)
        writer.add_head_count(4)
        writer.add_head_count_kv(2)
        for tensor in tensors:
            writer.add_tensor(tensor.name, np.array(tensor.data))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    assert converted(lora, tmp_path / "split-00001-of-00002.gguf") == converted(lora, base)
