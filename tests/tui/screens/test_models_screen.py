"""Models of an endpoint: adapters come and go, a side gets another; how the server fares."""

from pathlib import Path

from diptych.backends import Endpoint, FoundModel, Sampling, Serve, connect
from diptych.compare import Side
from diptych.sessions import Store
from tests.openai_server import Exchange, serve
from tests.tui.app import Models, console, ended, running, screen, until, until_gone
from tests.waiting import wait_until


async def test_an_adapter_is_loaded_put_on_a_side_and_unloaded(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm") as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape", "tab", "a")
        seen = await until(pilot, "Models of tuned's endpoint")
        seen = await until(pilot, "adapter of base")
        assert "● tuned · adapter of base · 2,048 tokens" in seen
        await pilot.press("tab", *"other", "enter")
        await until(pilot, "expected a name, a blank, and the folder")
        await pilot.press("space", *"/nowhere", "enter")
        await until(pilot, "the adapter is not found; check its path or id")
        await pilot.press(*["backspace"] * 8, *"/somewhere", "enter")
        await until(pilot, "✓ other is loaded")
        await pilot.press("up", "enter")
        await pilot.pause()
        assert comparison.view.side("tuned").model == "other"
        assert "tuned  other" in screen(pilot)
        await pilot.press("1")
        await ended(pilot, comparison)
        assert "session 2 · saved" in screen(pilot)
        await pilot.press("f11")
        await until(pilot, "other · adapter of base")
        await pilot.press("home", "delete")
        await until(pilot, "base is no adapter: it stays")
        await pilot.press("down", "delete")
        await until(pilot, "✓ other is gone")
        assert "other · adapter" not in screen(pilot)
        await pilot.press("escape")
    store = Store(tmp_path / "s.db")
    assert [side.model for side in store.session(1).sides] == ["base", "tuned"]  # type: ignore[union-attr]
    assert [side.model for side in store.session(2).sides] == ["base", "other"]  # type: ignore[union-attr]
    assert {saved.answer.request["model"] for saved in store.answers(2)} == {"base", "other"}


async def test_where_no_adapters_can_be_loaded_the_mend_is_said(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f11")
        seen = await until(pilot, "this endpoint cannot load further adapters; use a vllm endpoint")
        assert "load an adapter" not in seen
        assert "unload" not in seen
        await pilot.press("delete", "tab", *"a b")
        assert "Models of base's endpoint" in screen(pilot)


async def test_a_vllm_server_that_does_not_change_its_adapters_is_offered_none(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            models = [{"id": "base", "owned_by": "vllm"}, {"id": "tuned", "parent": "base", "owned_by": "vllm"}]
            await exchange.error(200, {"data": models})
        else:
            await exchange.error(404, {"detail": "Not Found"})

    async with serve(reply) as server:
        backend = connect(Endpoint("vllm", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(tmp_path, sides) as (pilot, _):
            await pilot.press("f11")
            seen = await until(pilot, "does not change its adapters while it runs")
            assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING" in seen
            assert "name and path" not in seen
            await pilot.press("end", "delete")
            await until(pilot, "✕ the server does not change its adapters")
    assert "/v1/unload_lora_adapter" not in [exchange.path for exchange in server.asked]


FILES = [
    FoundModel("tiny:1b", "model", 1_320_000_000, "llama", "/ollama/sha256-1", "Ollama"),
    FoundModel("served.gguf", "model", 1, "llama", "/models/served.gguf", "endpoint"),
    FoundModel("torn.gguf", "model", 1, "", "/models/torn.gguf", "endpoint", "is not a GGUF file"),
    FoundModel("lab/owls", "PEFT LoRA", 4_500_000, "lab/Tiny", "/hub/owls", "hub cache"),
    FoundModel("lab/nowhere", "PEFT LoRA", 1, "lab/Tiny", "/nowhere", "hub cache"),
]


async def test_files_of_this_machine_are_put_on_a_side_of_llama_cpp(tmp_path: Path) -> None:
    async with serve(Models().reply) as server:
        backend = connect(Endpoint("vllm", server.base_url))
        backend.model_file = Path("/models/served.gguf")
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(tmp_path, sides, find_models=lambda: FILES) as (pilot, comparison):
            await pilot.press("1")
            await ended(pilot, comparison)
            await pilot.press("escape", "tab", "a")
            seen = await until(pilot, "on this machine")
            assert "tiny:1b · model · 1.32 GB · Ollama" in seen
            assert "lab/owls · PEFT LoRA · 4.5 MB · hub cache" in seen
            assert "served.gguf" not in seen
            assert "torn.gguf" not in seen
            assert "unload" not in seen
            await pilot.press("end", "delete")
            await until(pilot, "what is marked is no adapter: it stays")
            await pilot.press("enter")
            await until(pilot, "✕ the adapter is not found")
            await pilot.press("up", "enter")
            await until(pilot, "tuned  base+owls")
            assert comparison.view.side("tuned").endpoint == "x"
            await pilot.press("f11")
            await until(pilot, "on this machine")
            await pilot.press("end", "up", "up", "enter")
            await until(pilot, "base  tiny:1b")
            await until(pilot, "/ollama/sha256-1 cannot be read")
            comparison.use_file("tuned", "/ollama/sha256-1", "tiny:1b")
            base, tuned = comparison.view.sides
            assert base.backend is tuned.backend
            assert (base.endpoint, base.base_url, base.model) == ("/ollama/sha256-1", None, "tiny:1b")


async def test_a_lora_is_put_below_the_introspection_adapter_of_a_side(tmp_path: Path) -> None:
    async with serve(Models().reply) as server:
        backend = connect(Endpoint("vllm", server.base_url))
        backend.model_file = Path("/models/served.gguf")
        models = {"base": ("base+tell", "tell"), "tuned": ("tuned+tell", "tell"), "control": ("tuned", None)}
        sides = [
            Side(name, "x", server.base_url, model, None, Sampling(), backend, introspect=introspect)
            for name, (model, introspect) in models.items()
        ]
        async with running(tmp_path, sides, find_models=lambda: FILES[3:4]) as (pilot, comparison):
            seen = " ".join((await until(pilot, "three models")).split())
            assert "a base with tell, its fine-tuned copy with tell and the copy alone" in seen
            for name, model in (("tuned", "base+owls+tell"), ("control", "base+owls")):
                await pilot.press("escape", "tab", *(["tab"] if name == "control" else []), "f11")
                await until(pilot, f"Models of {name}'s endpoint")
                await until(pilot, "on this machine")
                await pilot.press("end", "enter")
                await wait_until(lambda name=name, model=model: comparison.view.side(name).model == model)


async def test_how_the_server_fares_stands_above_the_question_but_not_when_blind(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm") as (pilot, _):
        seen = await until(pilot, "3 running · 1 waiting · cache 25 %")
        assert "vLLM 0 tok/s" in seen
        await pilot.press("ctrl+t")
        await until_gone(pilot, "running")
    async with console(tmp_path, size=(80, 24), kind="vllm") as (pilot, _):
        # Before the first question there is no row for it in so small a terminal.
        await pilot.press("1")
        await until(pilot, "3 running · 1 waiting · cache 25 %")


async def test_a_server_that_does_not_start_says_why_and_r_tries_again(tmp_path: Path) -> None:
    missing = connect(Endpoint("vllm", serve=Serve("some-model", python=str(tmp_path / "no-python"))))
    sides = [Side(name, "x", None, name, None, Sampling(), missing) for name in ("base", "tuned")]
    async with running(tmp_path, sides) as (pilot, _):
        # The head says it a frame before the answers are there again, where the reason stands.
        seen = await until(pilot, "no-python")
        assert "✕ not ready" in seen
        assert "→ " in seen
        (tmp_path / "no-python").write_text("#!/bin/sh\necho the second try >&2\n")
        (tmp_path / "no-python").chmod(0o755)
        await pilot.press("ctrl+r")
        await until(pilot, "the second try")
