"""A C API that is not what it was is noticed before it is used."""

from pathlib import Path

import pytest

from diptych.backends import base_file
from diptych.backends.servers import llama_c_api
from diptych.backends.servers.converted_loras import gguf_lora
from diptych.backends.servers.llama_c_api import CONTEXT_DEFAULTS, FUNCTIONS, MODEL_DEFAULTS, CModel, NotAsExpected
from diptych.backends.servers.llama_files import checked_model
from tests.small_models import MODELS, random_factors, write_gguf, write_lora


@pytest.mark.parametrize(
    ("defaults", "field", "struct"),
    [(MODEL_DEFAULTS, "load_mode", "llama_model_params"), (CONTEXT_DEFAULTS, "n_seq_max", "llama_context_params")],
)
def test_structs_that_have_changed_are_noticed(
    defaults: dict[str, int], field: str, struct: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(defaults, field, 7)
    with pytest.raises(NotAsExpected, match=f"{struct} begins with"):
        CModel(str(base_file()), context=256, batch=32, threads=1)


def test_a_function_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FUNCTIONS, "llama_no_such", (None,))
    with pytest.raises(NotAsExpected, match="does not export llama_no_such"):
        CModel(str(base_file()), context=256, batch=32, threads=1)


def test_adapters_that_made_room_for_others_are_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_c_api, "MOST_ADAPTERS", 1)
    kind = MODELS["llama"]
    base = write_gguf(kind, kind.weights(), tmp_path / "base.gguf")
    folders = [write_lora(tmp_path / f"{i}", random_factors(kind.modules(), rank=2, seed=i)) for i in range(3)]
    files = [str(gguf_lora(folder, checked_model(base).header)) for folder in folders]
    model = CModel(str(base), context=64, batch=32, threads=1)

    def likely(*adapters: str) -> list[float]:
        model.begin([(adapter, 1.0) for adapter in adapters])
        return [float(logit) for logit in model.read([1, 260, 265], 0, 1)[0]]

    alone = {file: likely(file) for file in files}
    both = likely(*files[:2])
    assert len({*map(tuple, alone.values()), tuple(both)}) == 4
    assert {file: likely(file) for file in files} == alone
    assert likely(*files[:2]) == both
