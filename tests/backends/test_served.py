"""A served endpoint, as far as it needs no vLLM; with one in tests/vllm/."""

from pathlib import Path

import pytest

from backends import Endpoint, NotReady, Serve, connect


async def test_a_folder_named_vllm_is_not_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has vLLM's sources in the folder where diptych is opened still gets the vLLM of the interpreter."""
    trap = tmp_path / "vllm" / "entrypoints" / "openai"
    trap.mkdir(parents=True)
    (trap / "api_server.py").write_text('raise SystemExit("RuntimeError: the wrong one")')
    monkeypatch.chdir(tmp_path)
    backend = connect(Endpoint("vllm", serve=Serve(str(tmp_path))))
    with pytest.raises(NotReady, match="the interpreter has no vLLM"):
        await backend.start(lambda doing: None)
    await backend.close()
