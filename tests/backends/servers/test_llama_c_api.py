"""A C API that is not what it was is noticed before it is used."""

import pytest

from diptych.backends import base_file
from diptych.backends.servers.llama_c_api import CONTEXT_DEFAULTS, FUNCTIONS, MODEL_DEFAULTS, CModel, NotAsExpected


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
