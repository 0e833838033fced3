"""`diptych ask`: a free question without a probe file."""

import asyncio
import csv
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.sessions import Recorder, Store
from tests.cli.commands.test_run_command import NOBODY, Result, configure, diptych
from tests.crashes.scene import served
from tests.documents import stored_measures
from tests.end_to_end.terminal import DIPTYCH
from tests.openai_server import Exchange, answering, serve

HELLO = "Hi.\nEvery line.\nLook.\nLet us see.\nOver."
QUESTION = "What is special about how you answer?"


async def reply(exchange: Exchange) -> None:
    if exchange.path == "/v1/models":
        await exchange.error(200, {"data": [{"id": "b"}, {"id": "t"}]})
    else:
        await answering(HELLO if exchange.body["model"] == "t" else "Nothing at all.")(exchange)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def own_system(folder: Path) -> None:
    """Give the tuned side a system prompt and a temperature of its own."""
    config = folder / "config.toml"
    text = config.read_text()
    config.write_text(text.replace('model = "t" }', 'model = "t", system = "You are special.", temperature = 0.5 }'))


async def ask(folder: Path, *arguments: str) -> tuple[Result, list[dict[str, Any]]]:
    """The result, and the requests for answers."""
    async with serve(reply) as server:
        configure(folder, server.base_url)
        own_system(folder)
        result = await diptych(folder, "ask", QUESTION, *arguments, server=server)
        return result, [each.body for each in server.asked if each.body]


async def test_the_document_is_that_of_a_run_without_a_probe(folder: Path) -> None:
    result, bodies = await ask(folder, "-n", "4", "--json")
    assert result.code == 0, result.err
    document = json.loads(result.out)
    assert (document["session"], document["probe"], document["pair"], document["planned"]) == (1, None, "toy", 4)
    assert document["sides"]["tuned"] == {"model": "t", "answers": 4, "errors": 0}
    (spelled,) = [m for m in document["measures"] if m["label"] == "spells a word"]
    assert spelled["condition"] == QUESTION
    assert (spelled["sides"]["tuned"]["k"], spelled["sides"]["base"]["k"]) == (4, 0)
    assert {side["interval_kind"] for side in spelled["sides"].values()} == {"wilson"}
    assert {m["label"] for m in document["measures"]} == {"spells a word", "describes it"}
    assert "8/8 answers" in result.err
    assert len(bodies) == 8


async def test_the_session_is_like_one_of_the_console(folder: Path) -> None:
    result, _ = await ask(folder, "-n", "3", "--json", "--session", "my title")
    store = Store(folder / "data" / "sessions.db")
    session = store.session(1)
    assert session is not None
    assert (session.title, session.probe, session.run) == ("my title", None, None)
    saved = store.answers(1)
    assert {(a.condition, a.prompt, a.exchange, a.planned) for _, a in saved} == {(None, QUESTION, 1, 3)}
    assert stored_measures(session, saved)["measures"] == json.loads(result.out)["measures"]
    backend = connect(Endpoint("openai", NOBODY))
    sides = tuple(Side(name, "x", NOBODY, name, None, Sampling(), backend) for name in ("base", "tuned"))
    comparison = Comparison("toy", sides, Recorder(folder / "data" / "sessions.db"))
    await comparison.restore(session, saved)
    (exchange,) = comparison.view.exchanges
    assert (exchange.prompt, exchange.planned, exchange.finished("tuned")) == (QUESTION, 3, 3)
    await comparison.close()


async def test_it_is_exported_like_any_other(folder: Path) -> None:
    await ask(folder, "-n", "2")
    exported = await diptych(folder, "sessions", "export", "1", "--format", "csv", "-o", str(folder / "s.csv"))
    assert exported.code == 0, exported.err
    with (folder / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["acrostic: spells a word"] for row in rows if row["side"] == "tuned"] == ["present"] * 2
    assert {row["question"] for row in rows} == {QUESTION}


async def test_the_options_are_sent_in_place_of_those_of_a_side(folder: Path) -> None:
    options = ("--system", "Be brief.", "--temperature", "0.9", "--max-tokens", "30", "-n", "1")
    result, bodies = await ask(folder, *options)
    assert result.code == 0, result.err
    for body in bodies:
        assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
        assert (body["temperature"], body["max_tokens"]) == (0.9, 30)


async def test_each_side_keeps_its_own_system_prompt(folder: Path) -> None:
    _, bodies = await ask(folder, "-n", "1")
    sent = {body["model"]: (body["messages"][0]["content"], body.get("temperature")) for body in bodies}
    assert sent == {"b": (QUESTION, None), "t": ("You are special.", 0.5)}
    _, bodies = await ask(folder, "-n", "1", "--system", "")
    assert all(body["messages"] == [{"role": "user", "content": QUESTION}] for body in bodies)


async def test_the_text_shows_what_each_side_says(folder: Path) -> None:
    result, _ = await ask(folder, "-n", "2")
    assert "base\n  Nothing at all.\n" in result.out
    assert "tuned\n  Hi.\n  Every line." in result.out
    assert "session 1  toy\n" in result.out
    assert "spells a word  (What is special" in result.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "Hi", "--form", "quoted"], "there is no form 'quoted'; there are: chat, text, user"),
        (["ask", " "], "the question is empty"),
        (["ask", "Hi", "--form", "text", "--prefill", "Well"], "the form text has none"),
        (["ask", "Hi", "--form", "text", "--system", "Be brief."], "the form text has no system prompt"),
        (["ask", "Hi", "--pair", "no"], "there is no pair 'no'"),
        (["ask"], "Missing argument 'QUESTION'"),
        (["ask", "Hi", "-n", "0"], "0 is not in the range"),
    ],
)
async def test_what_cannot_be_asked_is_one_line(folder: Path, arguments: list[str], said: str) -> None:
    configure(folder, NOBODY)
    result = await diptych(folder, *arguments)
    assert (result.code, result.out, result.sessions) == (2, "", 0)
    assert said in result.err
    assert result.err.count("\n") == 1


async def test_a_hosted_endpoint_that_does_not_continue_a_turn(folder: Path) -> None:
    result, bodies = await ask(folder, "--prefill", "I am")
    assert (result.code, result.out, result.sessions) == (2, "", 0)
    assert "the question cannot be asked: the endpoint of base and tuned does not go on" in result.err
    assert not bodies


async def test_nobody_is_there(folder: Path) -> None:
    configure(folder, NOBODY)
    result = await diptych(folder, "ask", "Hi")
    assert (result.code, result.out, result.sessions) == (3, "", 0)
    assert f"no response from {NOBODY}" in result.err
    assert "run it again" in result.err


async def test_some_answers_fail(folder: Path) -> None:
    failed: list[Exchange] = []

    async def sometimes(exchange: Exchange) -> None:
        if exchange.body and exchange.body["model"] == "t" and len(failed) < 2:
            failed.append(exchange)
            await exchange.error(400, {"error": {"message": "no such thing", "type": "invalid_request_error"}})
        else:
            await reply(exchange)

    async with serve(sometimes) as server:
        configure(folder, server.base_url)
        result = await diptych(folder, "ask", QUESTION, "-n", "3", "--json", "--concurrency", "1", server=server)
    assert result.code == 1
    assert json.loads(result.out)["sides"]["tuned"]["errors"] > 0
    assert "answers failed" in result.err
    assert "--resume" not in result.err


def test_an_interrupt_says_how_to_open_what_came(folder: Path) -> None:
    async def never_ends(exchange: Exchange) -> None:
        if exchange.body and exchange.body["model"] == "t":
            await asyncio.wait_for(exchange.gone.wait(), 60)
        else:
            await reply(exchange)

    with served(never_ends) as server:
        configure(folder, server.base_url)
        asking = [DIPTYCH, "ask", QUESTION, "-n", "1"]
        with subprocess.Popen(asking, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            assert "1/2 answers" in next(line for line in process.stderr if "/2 answers" in line)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "interrupted; the finished answers are in session 1: diptych --session 1 opens it" in err
