"""The headers of GGUF files: real ones, and ones that llama.cpp would refuse."""

from pathlib import Path

import pytest

from diptych.backends.servers import weights
from diptych.backends.servers.gguf_header import GGUFError, read_about, read_header
from tests.gguf_file import LLAMA, TENSORS, gguf


def test_the_packaged_model() -> None:
    header = read_header(weights.base_file())
    assert header.architecture == "llama"
    assert header.of_architecture("context_length") == 8192
    assert header.of_architecture("no_such_key", 7) == 7
    assert header.tensors["token_embd.weight"] == (576, 49152)
    assert "tokenizer.ggml.tokens" not in header.values, "the vocabulary is not needed"
    assert len(header.values["tokenizer.ggml.token_type"]) == 49152


def test_a_written_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf({**LLAMA, "llama.attention.head_count_kv": [2, 0]}))
    header = read_header(path)
    assert header.of_architecture("attention.head_count_kv") == (2, 0)
    assert header.values["tokenizer.ggml.scores"] == (0.5, 0.25)
    assert header.tensors == TENSORS


def test_what_stands_before_the_vocabulary_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    tagged = {"general.architecture": "llama", "general.tags": ["a", "b"], "general.type": "model"}
    path.write_bytes(gguf({**tagged, **LLAMA, "zzz": 1}))
    about = read_about(path)
    assert (about.architecture, about.values["general.type"], about.tensors) == ("llama", "model", {})
    assert {"general.tags", "tokenizer.chat_template", "zzz"}.isdisjoint(about.values)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a GGUF file"),
        (b"PK\x03\x04 a zip", "is not a GGUF file"),
        (b"tjgg" + bytes(100), "is in a format from before GGUF"),
        (gguf(version=1), "is a GGUF file of version 1; llama.cpp reads versions 2 to 3"),
        (gguf()[:-1], "is damaged: its header is cut off"),
        (gguf()[:100], "is damaged: its header is cut off"),
        (b"GGUF", "is damaged: its header is cut off"),
        (gguf({})[:16] + b"\xff" * 8 + gguf({})[24:], "is damaged"),
    ],
)
def test_what_llama_cpp_cannot_read(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(GGUFError, match=said):
        read_header(path)
