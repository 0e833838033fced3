"""The files of a model are checked before llama.cpp starts: each mistake is one line."""

from pathlib import Path

import pytest

from diptych.backends import Endpoint, NotReady, connect
from diptych.backends.servers import llama_memory
from diptych.backends.servers.llama_files import checked_adapter, checked_model, model_name
from diptych.backends.servers.llama_memory import check_memory, memory_of
from tests.gguf_file import LLAMA, LORA, LORA_TENSORS, gguf

Q = "blk.0.attn_q.weight"


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return written(tmp_path / "m.gguf", gguf())


def test_the_name_is_that_of_the_file() -> None:
    assert model_name("/data/Qwen3-1.7B-Q8_0.gguf") == "Qwen3-1.7B-Q8_0"
    assert model_name("big-00001-of-00003.gguf") == "big"
    assert model_name("blobs/sha256-ab") == "sha256-ab"


def test_all_parts_make_up_a_model(tmp_path: Path) -> None:
    parts = [tmp_path / f"big-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    for part in parts:
        written(part, gguf({**LLAMA, "split.count": 3}) if part is parts[0] else gguf({"split.count": 3}, {}))
    # Whichever part is named, llama.cpp gets the first.
    for part in parts:
        found = checked_model(part)
        assert (found.path, found.size) == (parts[0], sum(part.stat().st_size for part in parts))
    parts[1].unlink()
    parts[2].unlink()
    with pytest.raises(NotReady, match=r"a part of big is missing: big-00002-of-00003\.gguf, big-00003-of"):
        checked_model(parts[0])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no weights", "m.gguf is not a GGUF file"),
        (gguf()[:90], "m.gguf is damaged"),
        (gguf(LORA, LORA_TENSORS), "m.gguf is no model: it is of the type 'adapter'"),
        (gguf({**LLAMA, "general.type": "mmproj"}), "m.gguf is no model: it is of the type 'mmproj'"),
        (gguf({**LLAMA, "split.count": 4}), "m.gguf is a part of a model of 4 files"),
    ],
)
def test_what_is_no_model(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=said):
        checked_model(written(tmp_path / "m.gguf", content))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"no\.gguf cannot be read: No such file or directory"):
        checked_model(tmp_path / "no.gguf")


def test_a_lora_that_fits(model: Path, tmp_path: Path) -> None:
    lora = written(tmp_path / "l.gguf", gguf(LORA, LORA_TENSORS))
    assert checked_adapter("mine", lora, checked_model(model)) == lora


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gguf(), "the adapter mine is no LoRA: l.gguf is of the type 'model'"),
        (gguf({**LORA, "adapter.type": "dora"}), "the adapter mine is no LoRA: l.gguf is of the type 'dora'"),
        (
            gguf({**LORA, "general.architecture": "qwen3"}, LORA_TENSORS),
            "the adapter mine is for another base: one of the architecture 'qwen3', and m.gguf has llama",
        ),
        (
            gguf(LORA, {f"{Q}.lora_a": (128, 8), f"{Q}.lora_b": (8, 128)}),
            f"for another base: one where {Q} is 128 × 128, and m.gguf has 64 × 64",
        ),
        (
            gguf(LORA, {f"{Q}.lora_a": (64, 8), f"{Q}.lora_b": (8, 65)}),
            f"for another base: one where {Q} is 64 × 65, and m.gguf has 64 × 64",
        ),
        (
            gguf(LORA, {"token_embd.weight.lora_a": (8, 1001), "token_embd.weight.lora_b": (8, 64)}),
            "for another base: one where token_embd.weight is 64 × 1001, and m.gguf has 64 × 1000",
        ),
        (
            gguf(LORA, {"blk.9.attn_q.weight.lora_a": (64, 8), "blk.9.attn_q.weight.lora_b": (8, 64)}),
            "for another base: one with a tensor blk.9.attn_q.weight, and m.gguf has none of this name",
        ),
        (gguf(LORA, {f"{Q}.lora_b": (8, 64)}), "for another base"),
    ],
)
def test_a_lora_that_does_not_fit(content: bytes, said: str, model: Path, tmp_path: Path) -> None:
    lora = written(tmp_path / "l.gguf", content)
    with pytest.raises(NotReady, match=said):
        checked_adapter("mine", lora, checked_model(model))


def test_a_lora_of_embeddings_that_are_the_output_as_well(tmp_path: Path) -> None:
    model = written(tmp_path / "m.gguf", gguf(LLAMA, {"token_embd.weight": (64, 1000)}))
    embeddings = {name: shape for name, shape in LORA_TENSORS.items() if name.startswith("token_embd")}
    with pytest.raises(NotReady, match=r"it changes the embeddings, which are the output as well in m\.gguf"):
        checked_adapter("mine", written(tmp_path / "l.gguf", gguf(LORA, embeddings)), checked_model(model))


def test_the_estimate_of_memory(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = checked_model(model)
    memory = memory_of(found, 1000)
    # 2 layers, keys and values of 2 heads of 16 numbers; 512 tokens at once with 1000 words and a width of 64.
    assert memory.each == 1000 * 2 * 2 * (16 + 16) * 2 + 512 * (1000 + 4 * 64) * 4
    assert memory.weights == model.stat().st_size
    big = memory._replace(weights=5_000_000_000, each=1_500_000_000)

    def free(size: float) -> None:
        monkeypatch.setattr(llama_memory, "free_memory", lambda: int(size))

    free(8.5e9)
    assert check_memory(found, big, 2, running=0) == "about 8 GB of 8.5 GB free"
    free(7.5e9)
    with pytest.raises(NotReady) as caught:
        check_memory(found, big, 2, running=0)
    assert caught.value.message == (
        "m.gguf needs about 8 GB of memory (5 GB of weights, 1.5 GB for the context of each of 2 models),"
        " and 7.5 GB are free"
    )
    free(1.6e9)
    assert check_memory(found, big, 1, running=2) == "about 1.5 GB of 1.6 GB free"
    free(1.4e9)
    with pytest.raises(NotReady, match=r"needs about 1\.5 GB of memory \(1\.5 GB for the context\), and 1\.4 GB"):
        check_memory(found, big, 1, running=2)


@pytest.mark.parametrize(
    ("endpoint", "models", "said"),
    [
        (Endpoint("llama", model="no.gguf"), (), "cannot be read"),
        (Endpoint("llama", model="m.gguf", adapters={"a": "no.gguf"}), ("m+a",), "cannot be read"),
        (Endpoint("llama", model="m.gguf", chat_template="no.jinja"), (), "the chat template no.jinja cannot be read"),
        # The header is right, but no data follows: only llama.cpp finds out.
        (Endpoint("llama", model="m.gguf"), (), "m cannot be served: "),
    ],
)
async def test_nothing_is_left_running(
    endpoint: Endpoint, models: tuple[str, ...], said: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)
    server = connect(endpoint, models)
    with pytest.raises(NotReady, match=said):
        await server.start(lambda doing: None)
    assert server.pid is None  # type: ignore[attr-defined]
    await server.close()


async def test_too_little_memory_starts_nothing(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_memory, "free_memory", lambda: 1000)
    server = connect(Endpoint("llama", model=str(model)))
    with pytest.raises(NotReady, match=r"m\.gguf needs about .* GB of memory .* are free"):
        await server.start(lambda doing: None)
    assert server.pid is None  # type: ignore[attr-defined]
