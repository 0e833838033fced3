"""`diptych pairs check`: what it prints and how it exits."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Result, diptych
from tests.llama_as_vllm import ToyLlama
from tests.openai_server import OpenAI, Reply, serve
from tests.real_llama import address, embedded
from tests.small_models import MODELS, write_gguf
from tests.toy_vllm import ToyVLLM

UNREACHED = "http://127.0.0.1:9/v1"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The user's file, as DIPTYCH_CONFIG names it."""
    return tmp_path / "config.toml"


def write(path: Path, base_url: str, kind: str = "vllm", tuned: str = "tuned", tuned_url: str | None = None) -> None:
    path.write_text(
        f'default_pair = "toy"\n[endpoints.a]\nkind = "{kind}"\nbase_url = "{base_url}"\n'
        f'[endpoints.b]\nkind = "{kind}"\nbase_url = "{tuned_url or base_url}"\n'
        '[pairs.toy]\nbase = { endpoint = "a", model = "base" }\n'
        f'tuned = {{ endpoint = "b", model = "{tuned}" }}\n'
    )


async def check(config: Path, reply: Reply, *arguments: str, **written: Any) -> Result:
    async with serve(reply) as server:
        write(config, server.base_url, **written)
        return await diptych("pairs", "check", *arguments)


async def test_a_pair_that_is_ready(config: Path) -> None:
    result = await check(config, ToyVLLM())
    assert result.code == 0, result
    lines = result.out.splitlines()
    assert lines[0] == "toy"
    assert lines[2] == "  base  base  (a)"
    rows = [line for line in lines if re.match(r"    [✓✕·] ", line)]
    assert len(rows) == 30
    assert {line[4] for line in rows} == {"✓"}
    assert lines[-1] == "✓ ready to compare"
    details = [line.index(line[6:].split("  ")[-1].strip()) for line in rows if "tokens" in line]
    assert len(set(details)) == 1, "details stand in one column"


async def test_the_whole_of_it_as_json(config: Path) -> None:
    result = await check(config, ToyVLLM(), "--json")
    document = json.loads(result.out)
    assert (result.code, document["pair"], document["usable"]) == (0, "toy", True)
    assert list(document["sides"]) == ["base", "tuned"]
    tuned = document["sides"]["tuned"]
    assert (tuned["model"], tuned["endpoint"], tuned["usable"]) == ("tuned", "b", True)
    assert tuned["base_url"].startswith("http://127.0.0.1:")
    assert [fact["name"] for fact in tuned["facts"]] == [
        "reachable",
        "model",
        "answers",
        "context length",
        "log-probabilities",
        "several samples (n)",
        "seed",
        "sampling",
        "prompt likelihoods",
        "scores as it generates",
        "prefill",
        "text completion",
        "user's turn",
    ]
    assert tuned["facts"][0].keys() == {"name", "works", "detail", "hint", "needed"}
    (pair,) = document["pairs"]
    assert (pair["sides"], pair["usable"], pair["facts"][0]["works"]) == (["base", "tuned"], True, True)
    assert pair["routes"] == {"chat": True, "plain text": True, "prefilled answers": True, "scoring": True}


async def test_every_row_that_is_not_a_tick_says_why(config: Path) -> None:
    result = await check(config, OpenAI(models=("base", "tuned")), kind="openai")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[-1] == "✕ not ready: base and tuned"
    unknown = [line for line in lines if line.startswith("    · ")]
    assert any("context length" in line and "does not report it" in line for line in unknown)
    assert any("tuned is live" in line and "no log-probabilities" in line for line in unknown)
    for number, line in enumerate(lines):
        if line.startswith("    · "):
            assert line[30:].strip()
        if line.startswith("    ✕ "):
            assert line[30:].strip()
            assert lines[number + 1].strip().startswith("→ ")


async def test_sides_that_cannot_be_told_apart(config: Path) -> None:
    result = await check(config, ToyVLLM(answers_as={"tuned": "base"}))
    assert result.code == 1
    assert "✕ tuned is live" in result.out
    assert "the sides cannot be told apart" in result.out
    assert result.out.splitlines()[-1] == "✕ not ready: base and tuned"


async def test_a_pair_that_is_live_in_chat_only_is_not_ready(config: Path) -> None:
    result = await check(config, ToyVLLM(texts_as={"tuned": "base"}))
    assert result.code == 1
    assert "✕ tuned is live in plain text" in result.out
    last = "✕ not ready: base and tuned in plain text (live in chat and prefilled answers and scoring)"
    assert result.out.splitlines()[-1] == last
    document = json.loads((await check(config, ToyVLLM(texts_as={"tuned": "base"}), "--json")).out)
    assert (document["usable"], document["pairs"][0]["routes"]["plain text"]) == (False, False)


async def test_a_pair_of_which_greedy_texts_are_all_that_is_had(config: Path) -> None:
    result = await check(config, ToyVLLM(tells=False))
    assert (result.code, result.out.splitlines()[-1]) == (0, "✓ ready to compare")
    assert "greedy texts differ" in result.out


async def test_a_route_of_which_it_is_not_known_is_named(config: Path) -> None:
    result = await check(config, ToyVLLM(texts_as={"tuned": "base"}, tells=False))
    assert result.code == 0
    assert result.out.splitlines()[-1] == "✓ ready to compare in chat; not known to be live: plain text"


async def test_the_base_is_not_told_to_be_the_fine_tune(config: Path) -> None:
    async with serve(OpenAI(models=("tuned",))) as server:
        write(config, server.base_url, kind="openai")
        result = await diptych("pairs", "check")
    assert result.code == 1
    assert "under which name the endpoint has it" in result.out
    assert "one of: tuned" not in result.out


async def test_a_llama_cpp_server_that_is_named_as_vllm(config: Path) -> None:
    result = await check(config, ToyLlama(), tuned="base")
    assert result.code == 1
    assert "llama.cpp, not vLLM" in result.out
    assert "✕ user's turn" in result.out


async def test_a_model_that_is_not_there(config: Path) -> None:
    result = await check(config, ToyVLLM(), tuned="tuned\\u001b[31m")
    assert result.code == 1
    assert "→ set model in config.toml to one of: base, tuned" in result.out
    assert "is live" not in result.out
    assert "\x1b" not in result.out


async def test_nobody_reachable(config: Path) -> None:
    write(config, UNREACHED)
    result = await diptych("pairs", "check")
    assert result.code == 3
    assert f"no response from {UNREACHED}" in result.out
    assert "→ start the server or fix base_url" in result.out


async def test_one_of_two_reachable(config: Path) -> None:
    result = await check(config, ToyVLLM(), tuned_url=UNREACHED)
    assert result.code == 1
    assert result.out.splitlines()[-1] == "✕ not ready: tuned"


async def test_a_key_that_is_not_set(config: Path) -> None:
    config.write_text(
        '[endpoints.a]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "NO_SUCH_KEY"\n'
        '[pairs.p]\nbase = { endpoint = "a", model = "x" }\ntuned = { endpoint = "a", model = "y" }\n'
    )
    result = await diptych("pairs", "check", "p")
    assert result.code == 1
    assert "NO_SUCH_KEY is not set" in result.out
    assert "→ export NO_SUCH_KEY=" in result.out


@pytest.mark.parametrize(
    "arguments", [("--pair", "toy", "pairs", "check"), ("pairs", "check", "--pair", "toy"), ("pairs", "check", "toy")]
)
async def test_the_pair_is_named_where_one_likes(config: Path, arguments: tuple[str, ...]) -> None:
    write(config, UNREACHED)
    config.write_text(config.read_text().replace('default_pair = "toy"\n', ""))
    result = await diptych(*arguments)
    assert (result.code, result.out.splitlines()[0]) == (3, "toy")


@pytest.mark.parametrize("arguments", [("--pair", "no", "pairs", "check"), ("pairs", "check", "no")])
async def test_a_pair_that_is_not_there(arguments: tuple[str, ...]) -> None:
    result = await diptych(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err == "diptych: there is no pair 'no'; config.toml has: embedded, embedded-risk\n"


@pytest.mark.slow
async def test_the_embedded_pair_is_ready_and_says_on_standard_error_what_it_does() -> None:
    result = await diptych("pairs", "check", "--json")
    assert result.code == 0, result
    document = json.loads(result.out)
    for side in document["sides"].values():
        assert {fact["name"]: fact["works"] for fact in side["facts"] if not fact["works"]} == {}
    told = result.err.splitlines()
    assert told[0].startswith("loading smollm2-135m-instruct, about ")
    assert len(told) == 2, "one line for each thing, not for each step of it"


@pytest.mark.slow
async def test_the_embedded_base_beside_itself_is_no_pair(config: Path) -> None:
    config.write_text(
        '[pairs.same]\nbase = { endpoint = "embedded", model = "smollm2-135m-instruct" }\n'
        'tuned = { endpoint = "embedded", model = "smollm2-135m-instruct" }\n'
    )
    result = await diptych("pairs", "check", "same")
    assert result.code == 1
    assert "the sides cannot be told apart" in result.out


@pytest.mark.slow
async def test_two_real_llama_cpp_servers_that_are_named_as_vllm(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = {"base": "smollm2-135m-instruct", "tuned": "smollm2-135m-instruct+hello"}
    lines = []
    async with embedded(*models.values()) as server:
        monkeypatch.setenv("DIPTYCH_TEST_KEY", server.key)
        for side, model in models.items():
            url = await address(server, model)
            lines += [f"[endpoints.{side}]", 'kind = "vllm"', f'base_url = "{url}"']
            lines += ['api_key_env = "DIPTYCH_TEST_KEY"']
            lines += [f"[pairs.llama.{side}]", f'endpoint = "{side}"', f'model = "{model}"']
        config.write_text("\n".join(lines))
        result = await diptych("pairs", "check", "llama")
    assert result.code == 0, result
    assert result.out.count("llama.cpp, not vLLM") == 2
    assert result.out.count("✕ user's turn") == result.out.count("✕ prompt likelihoods") == 2
    assert result.out.count("✓ prefill") == 2
    assert [result.out.count(f"✓ tuned is live{where}") for where in (" in plain text", " when prefilled")] == [1, 1]
    assert "when scored" not in result.out
    assert result.out.splitlines()[-1] == "✓ ready to compare"


async def test_an_adapter_that_is_not_there_is_no_fault_of_the_base(config: Path) -> None:
    kind = MODELS["llama"]
    write_gguf(kind, kind.weights(), config.parent / "m.gguf")
    (config.parent / "short.jinja").write_text("w1 w2")
    config.write_text(
        'default_pair = "mine"\n[endpoints.mine]\nkind = "llama"\nmodel = "m.gguf"\nchat_template = "short.jinja"\n'
        'adapters = { gone = "gone.gguf" }\n[pairs.mine]\nbase = { endpoint = "mine", model = "m" }\n'
        'tuned = { endpoint = "mine", model = "m+gone" }\n'
    )
    result = await diptych("pairs", "check", "--json")
    base, tuned = json.loads(result.out)["sides"].values()
    assert result.code == 1
    assert base["usable"], result.out
    (fault,) = (fact for fact in tuned["facts"] if fact["works"] is False)
    assert fault["name"] == "model"
    assert fault["detail"] == f"{config.parent / 'gone.gguf'} cannot be read: No such file or directory"
    result = await diptych("run", "hello-acrostic", "-n", "1")
    assert result.code == 2
    assert "tuned: " in result.err
    assert "gone.gguf cannot be read" in result.err
    assert "base" not in result.err
