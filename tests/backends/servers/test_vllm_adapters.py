"""Doses and stacks of adapters on vLLM, which takes one adapter a request: they are written as one and loaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from diptych.backends import (
    Backend,
    Delta,
    Endpoint,
    Message,
    NotReady,
    Request,
    Serve,
    UnknownModel,
    Unsupported,
    connect,
)
from diptych.backends.servers.adapter_doses import AdapterDose, DosedModel
from diptych.backends.servers.adapter_sums import Listing
from diptych.backends.servers.peft_folder import read_lora
from diptych.backends.servers.vllm_process import command_line
from tests.openai_server import Exchange, answering, error_body, serve
from tests.small_models import MODELS, random_factors, write_lora

LISTING = Listing(("base", "lab/Base"), {"tuned": "/t", "introspect": "/i", "odd+name": "/o", "base+tuned@0.5": "/s"})


@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("base", "base"),
        ("lab/Base", "lab/Base"),
        ("tuned", "tuned"),
        ("base:tuned", "tuned"),
        ("base+tuned", "tuned"),
        ("lab/Base+tuned@1.0", "tuned"),
        ("base+tuned@0", "base"),
        ("base+tuned@0.50", "base+tuned@0.5"),
        ("tuned@0.5", "tuned@0.5"),
        ("base+tuned+introspect", "base+tuned+introspect"),
        ("tuned+introspect", "base+tuned+introspect"),
        ("base:tuned+introspect@0.25", "base+tuned+introspect@0.25"),
        ("lab/Base+tuned@0+introspect", "introspect"),
        ("odd+name", "odd+name"),
        ("other+tuned", "other+tuned"),
    ],
)
def test_what_a_name_means(name: str, served: str) -> None:
    read = LISTING.read(name)
    assert (name if read is None else LISTING.served_name(read)) == served


def test_a_sum_that_was_loaded_before_is_read_as_its_parts() -> None:
    assert LISTING.read("base+tuned@0.5") == DosedModel("base", (AdapterDose("tuned", 0.5),))


def test_an_adapter_that_is_not_there() -> None:
    with pytest.raises(UnknownModel, match="no adapter 'other'") as error:
        LISTING.read("base+tuned+other")
    assert error.value.hint == "it has: tuned, introspect"


class Loading:
    """Speaks as vLLM does about its adapters, and answers with the name of the model and where its adapter is."""

    def __init__(self, adapters: dict[str, str], fixed: bool = False, refuses: str = "") -> None:
        self.adapters = dict(adapters)
        self._fixed, self._refuses = fixed, refuses

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.body
        if exchange.path == "/v1/models":
            adapters = [{"id": name, "parent": "base", "root": root} for name, root in self.adapters.items()]
            listed = [{"id": "base", "owned_by": "vllm", "max_model_len": 512}, *adapters]
            await exchange.error(200, {"data": listed})
        elif "lora" in exchange.path and self._fixed:
            await exchange.error(404, {"detail": "Not Found"})
        elif "lora" in exchange.path and not body:
            await exchange.error(400, error_body("lora_name: Field required"))
        elif "lora" in exchange.path and self._refuses:
            await exchange.error(500, error_body(self._refuses, "InternalServerError", code=500))
        elif "unload" in exchange.path:
            del self.adapters[body["lora_name"]]
            await exchange.error(200, {})
        elif "lora" in exchange.path:
            assert body["lora_name"] not in self.adapters
            self.adapters[body["lora_name"]] = body["lora_path"]
            await exchange.error(200, {})
        else:
            await answering(f"{body['model']} at {self.adapters.get(body['model'])}")(exchange)


@asynccontextmanager
async def attached(server: Loading) -> AsyncIterator[Backend]:
    async with serve(server) as running:
        backend = connect(Endpoint("vllm", running.base_url, timeout=5.0))
        await backend.start(lambda doing: None)
        yield backend
        await backend.close()


async def answer(backend: Backend, model: str) -> str:
    request = Request(model, (Message("user", "Who are you?"),))
    return "".join([item.text async for item in backend.stream(request) if isinstance(item, Delta)])


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    modules = MODELS["llama"].modules()
    return {
        name: str(write_lora(tmp_path / name, random_factors(modules, rank, seed=rank), r=rank))
        for name, rank in (("tuned", 12), ("introspect", 5))
    }


async def test_a_sum_is_written_and_loaded_once(folders: dict[str, str]) -> None:
    server = Loading(folders)
    async with attached(server) as backend:
        said = await answer(backend, "tuned+introspect")
        assert said.startswith("base+tuned+introspect at /")
        folder = Path(server.adapters["base+tuned+introspect"])
        assert {factors.rank for factors in read_lora(folder).modules.values()} == {17}
        assert backend.model_name("base+tuned@1.0+introspect") == "base+tuned+introspect"
        assert await answer(backend, "base+tuned+introspect") == said
        assert [model.name for model in await backend.models()] == [
            "base", "tuned", "introspect", "base+tuned+introspect", "tuned+introspect",
        ]  # fmt: skip
        assert (await answer(backend, "base+tuned@0.5")).startswith("base+tuned@0.5 at /")
        assert await answer(backend, "base+tuned@0") == "base at None"
        assert await answer(backend, "tuned") == f"tuned at {folders['tuned']}"
        assert backend.dosed_model("tuned").at(0.25).name == "base+tuned@0.25"
    # Another session finds it loaded. A LoRA that was trained on is summed anew.
    async with attached(server) as backend:
        assert await answer(backend, "tuned+introspect") == said
        assert len(server.adapters) == 4
    write_lora(Path(folders["tuned"]), random_factors(MODELS["llama"].modules(), 12, seed=99), r=12)
    async with attached(server) as backend:
        again = await answer(backend, "tuned+introspect")
        assert again.startswith("base+tuned+introspect at /")
        assert again != said


async def test_a_server_that_loads_nothing_says_what_to_start_it_with(folders: dict[str, str]) -> None:
    async with attached(Loading(folders, fixed=True)) as backend:
        with pytest.raises(NotReady) as error:
            await answer(backend, "base+tuned+introspect")
        assert error.value.message == (
            "base+tuned+introspect is an adapter that has to be loaded, and the server does not change its adapters"
            " while it runs"
        )
        assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True" in error.value.hint
        with pytest.raises(NotReady):
            await backend.check_model("base+tuned+introspect")
        assert await answer(backend, "tuned") == f"tuned at {folders['tuned']}", "the others answer"


async def test_a_rank_above_that_of_the_server(folders: dict[str, str]) -> None:
    refuses = "Worker failed with error 'LoRA rank 17 is greater than max_lora_rank 16.'"
    async with attached(Loading(folders, refuses=refuses)) as backend:
        with pytest.raises(
            NotReady, match=r"\) cannot be loaded: the adapter's rank 17 is above the server's"
        ) as error:
            await answer(backend, "base+tuned+introspect")
        assert '"--max-lora-rank", "17"' in error.value.hint


async def test_files_that_are_not_here(folders: dict[str, str], tmp_path: Path) -> None:
    server = Loading({**folders, "far": "/elsewhere/far", "hub": "lab/far"})
    async with attached(server) as backend:
        for adapter, where in (("far", "/elsewhere/far"), ("hub", "lab/far")):
            with pytest.raises(NotReady, match=rf"of the adapter {adapter} are not on this machine \({where}\)"):
                await answer(backend, f"base+tuned+{adapter}")
            with pytest.raises(Unsupported, match="at no other dose"):
                backend.dosed_model(adapter)
        with pytest.raises(UnknownModel, match="no adapter 'gone'"):
            await answer(backend, "base+tuned+gone")
        # What was written and loaded there is taken as it is.
        server.adapters["base+tuned+far"] = "/elsewhere/sum"
        await backend.models()
        assert await answer(backend, "base+tuned+far") == "base+tuned+far at /elsewhere/sum"


def test_a_server_is_started_for_the_ranks_of_the_sums(folders: dict[str, str]) -> None:
    def ranks(*models: str) -> list[str]:
        command = command_line(Serve("/base", folders), 1, models=models)
        return [command[command.index(name) + 1] for name in ("--max-loras", "--max-lora-rank")]

    assert ranks() == ranks("base", "tuned", "no+such") == ["2", "16"]
    assert ranks("base+tuned+introspect", "tuned+introspect", "introspect") == ["3", "32"]
    assert ranks("base+tuned@0.5", "base+tuned+introspect") == ["4", "32"]


async def test_an_adapter_that_is_not_there_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a server that diptych starts: here one that lists what it was started with."""
    fake = tmp_path / "vllm" / "entrypoints" / "openai"
    fake.mkdir(parents=True)
    (fake / "api_server.py").write_text(
        "import json, sys\n"
        "from http.server import BaseHTTPRequestHandler, HTTPServer\n"
        "given = sys.argv\n"
        "adapters = [a.partition('=') for a in given[given.index('--lora-modules') + 1:]]\n"
        "listed = [{'id': 'base'}, *({'id': n, 'parent': 'base', 'root': p} for n, _, p in adapters)]\n"
        "class Handler(BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n"
        "        self.send_header('Content-Type', 'application/json')\n"
        "        self.end_headers()\n"
        "        self.wfile.write(json.dumps({'data': listed}).encode())\n"
        "HTTPServer(('127.0.0.1', int(given[given.index('--port') + 1])), Handler).serve_forever()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "there").mkdir()
    adapters = {"there": str(tmp_path / "there"), "gone": str(tmp_path / "gone")}
    backend = connect(Endpoint("vllm", serve=Serve(str(tmp_path), adapters)), ["base", "there", "gone"])
    try:
        await backend.start(lambda doing: None)
        assert [model.name for model in await backend.models()] == ["base", "there"]
        assert [backend.model_fault(name) for name in ("base", "there", "base+there@0.5")] == [None] * 3
        for name in ("gone", "base+gone", "there+gone"):
            fault = backend.model_fault(name)
            assert fault is not None
            assert fault.message == f"the adapter gone cannot be served, {adapters['gone']} is not there"
            with pytest.raises(NotReady):
                await backend.check_model(name)
    finally:
        await backend.close()
