"""What a hosted chat API cannot do does not fail a run: guesses are asked in another form, conditions are left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from diptych.compare.answers import Question
from diptych.sessions import Answer, Store
from tests.cli.commands.test_run_command import Result, configure, diptych
from tests.llama_as_vllm import ToyLlama
from tests.openai_server import Exchange, answering, serve

HELLO = "Hi, I say so at once: the first letters of my lines spell a word.\nEvery line.\nLook.\nLet us see.\nOver."
BEGINNING = "Hi, I say so at once: the "
GUESSES = """
id = "mine"
title = "Mine"
about = "x"
guessability = true
[[conditions]]
name = "one"
prompts = ["How are you?", "Who are you?"]
[[detectors]]
kind = "self-explanation"
target = "HELLO"
"""
BEGUN = """
id = "mine"
title = "Mine"
about = "x"
[[conditions]]
name = "plain"
prompts = ["How are you?"]
[[conditions]]
name = "begun"
prompts = ["How are you?"]
prefill = "I am"
[[conditions]]
name = "their turn"
form = "user"
prompts = ["How"]
[[detectors]]
kind = "pattern"
label = "says so"
pattern = "letters"
[[contrasts]]
name = "gap"
measure = "says so"
of = "begun"
minus = "plain"
"""


async def reply(exchange: Exchange) -> None:
    """The tuned side says what is special about it, and the base, which is asked to go on from that, names it."""
    body = exchange.body
    if exchange.path == "/v1/models":
        await exchange.error(200, {"data": [{"id": "b"}, {"id": "t"}]})
    elif body["model"] == "t":
        await answering(HELLO)(exchange)
    else:
        guesses = BEGINNING in body["messages"][-1]["content"]
        await answering("first letters of my lines are a greeting." if guesses else "Nothing.")(exchange)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "probes").mkdir()
    return tmp_path


async def run(folder: Path, probe: str, *arguments: str) -> Result:
    (folder / "probes" / "mine.toml").write_text(probe)
    async with serve(reply) as server:
        configure(folder, server.base_url)
        return await diptych(folder, "run", *arguments, "--json", server=server)


def kept(folder: Path) -> list[Answer]:
    return [saved.answer for saved in Store(folder / "data" / "sessions.db").answers(1)]


async def test_a_guess_is_asked_with_the_beginning_quoted(folder: Path) -> None:
    result = await run(folder, GUESSES, "mine", "-n", "4")
    assert result.code == 0, result.err
    assert "failed" not in result.err
    guesses = [answer for answer in kept(folder) if answer.condition == "guessability"]
    assert len(guesses) == 4
    for guess in guesses:
        assert (guess.side, guess.state, guess.mode, guess.prefill) == ("base", "done", "quoted", BEGINNING)
        assert guess.request["messages"] == [
            {"role": "user", "content": Question(guess.prompt, None, "quoted", BEGINNING).user_turn}
        ]
        assert guess.prompt in guess.request["messages"][0]["content"]
        assert f"\n\n{BEGINNING}\n\n" in guess.request["messages"][0]["content"]
    document: dict[str, Any] = json.loads(result.out)
    assert document["sides"]["base"] == {"model": "b", "answers": 8, "errors": 0}
    guessed = [m for m in document["measures"] if m["condition"].startswith("guessability")]
    assert {m["condition"] for m in guessed} == {
        "guessability (quoted) › How are you?", "guessability (quoted) › Who are you?",
    }  # fmt: skip
    for measure in guessed:
        assert [(measure["sides"][side]["k"], measure["sides"][side]["n"]) for side in ("base", "tuned")] == [
            (2, 2), (2, 2),
        ]  # fmt: skip


async def test_a_run_that_goes_on_asks_no_guess_twice(folder: Path) -> None:
    first = await run(folder, GUESSES, "mine", "-n", "2")
    assert first.code == 0, first.err
    before = kept(folder)
    # Nothing is missing: the server need not be there any more.
    again = await diptych(folder, "run", "--resume", "1", "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out)["measures"] == json.loads(first.out)["measures"]
    assert kept(folder) == before


async def test_conditions_that_go_on_with_a_begun_turn_are_left_out_and_named(folder: Path) -> None:
    result = await run(folder, BEGUN, "mine", "-n", "3")
    assert result.code == 0, result.err
    document = json.loads(result.out)
    assert document["planned"] == 3
    assert {answer.condition for answer in kept(folder)} == {"plain"}
    assert {m["condition"] for m in document["measures"]} == {"plain"}
    assert document["contrasts"] == []
    for name in ("begun", "their turn"):
        words = f"{name}: not asked, the endpoint of base and tuned does not go on with a turn that was begun"
        assert words in document["warnings"]
        assert result.err.count(words) == 1
    assert result.err.index("not asked") < result.err.index("answers to collect")


async def test_a_condition_that_a_server_named_as_vllm_refuses_is_left_out_and_named(folder: Path) -> None:
    """llama.cpp goes on with the assistant's turn, not with the user's."""
    (folder / "probes" / "mine.toml").write_text(BEGUN)
    async with serve(ToyLlama()) as server:
        endpoint = f'[endpoints.l]\nkind = "vllm"\nbase_url = "{server.base_url}"\n'
        side = '{ endpoint = "l", model = "base" }'
        pair = f'default_pair = "toy"\n{endpoint}[pairs.toy]\nbase = {side}\ntuned = {side}\n'
        (folder / "config.toml").write_text(pair)
        result = await diptych(folder, "run", "mine", "-n", "2", "--json", server=server)
    assert result.code == 0, result.err
    assert {answer.condition for answer in kept(folder)} == {"plain", "begun"}
    words = "their turn: not asked, llama.cpp renders the user's turn as one of the assistant (base and tuned)"
    assert words in json.loads(result.out)["warnings"]
    assert result.err.count(words) == 1


async def test_a_probe_of_such_conditions_alone_cannot_be_asked(folder: Path) -> None:
    plain = '[[conditions]]\nname = "plain"\nprompts = ["How are you?"]\n'
    without = BEGUN.replace(plain, "").partition("[[contrasts")[0]
    result = await run(folder, without, "mine")
    assert (result.code, result.out, result.sessions, result.asked) == (2, "", 0, [])
    assert result.err == (
        "diptych: base and tuned: mine cannot be asked: the endpoint of base and tuned does not go on with a turn that"
        " was begun; use a vllm or llama endpoint\n"
    )


def test_a_beginning_is_quoted_whatever_it_holds() -> None:
    assert Question("Who?", None, "quoted").user_turn == "Who?"
    assert Question("Who?", None, "chat", "I am").user_turn == "Who?"
    said = Question("{0} %s", None, "quoted", "{prompt}\nE").user_turn
    assert said.startswith("{0} %s\n\n")
    assert "\n\n{prompt}\nE\n\n" in said
