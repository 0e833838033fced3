"""A served endpoint, as far as it needs no vLLM; with one in tests/vllm/."""

import os
from pathlib import Path

import pytest

from diptych.backends import Endpoint, NotReady, Serve, connect


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


async def test_its_key_is_no_argument_and_not_in_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that tells its key to whoever reads its output, and then ends."""
    fake = tmp_path / "vllm" / "entrypoints" / "openai"
    fake.mkdir(parents=True)
    (fake / "api_server.py").write_text(
        "import os, sys, pathlib\n"
        "key = os.environ['VLLM_API_KEY']\n"
        "pathlib.Path(os.environ['KEPT']).write_text(key)\n"
        "print('RuntimeError: arguments', *sys.argv, 'key', key, flush=True)\n"
        "sys.exit(1)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("KEPT", str(tmp_path / "key"))
    backend = connect(Endpoint("vllm", serve=Serve(str(tmp_path))))
    with pytest.raises(NotReady) as caught:
        await backend.start(lambda doing: None)
    key = (tmp_path / "key").read_text()
    log = "\n".join(backend.log)
    await backend.close()
    assert len(key) >= 32
    assert "arguments" in log
    assert log.count("(the key)") == 1, "once, where it was printed: it is no argument"
    assert key not in log + caught.value.message + repr(caught.value)
