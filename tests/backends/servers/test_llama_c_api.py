"""A C API that is not what it was is noticed before it is used."""

import pytest

from diptych.backends.servers import weights
from diptych.backends.servers.llama_c_api import FUNCTIONS, LlamaModel, NotAsExpected


def test_structs_that_have_changed_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.servers.llama_c_api.CONTEXT_DEFAULTS", (512, 2048, 512, 2))
    with pytest.raises(NotAsExpected, match=r"begins with \(512, 2048, 512, 1\)"):
        LlamaModel(str(weights.base_file()), 256, 32, 1)


def test_a_function_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FUNCTIONS, "llama_no_such", (None,))
    with pytest.raises(NotAsExpected, match="does not export llama_no_such"):
        LlamaModel(str(weights.base_file()), 256, 32, 1)
