"""diptych.run and diptych.ask, in a script, in a running loop, and interrupted."""

import asyncio
import io
import json
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import msgspec
import pytest

import diptych
from diptych.sessions import Store
from tests.cli.commands import test_run_command as command
from tests.cli.commands.test_ask_command import QUESTION, reply
from tests.crashes.scene import served
from tests.documents import plain
from tests.openai_server import Exchange, Server


def test_a_run_says_what_the_command_says(server: Server, tmp_path: Path) -> None:
    run = diptych.run("mine", n=4, title="from Python")
    printed = json.loads(command.commands.run("run", "mine", "-n", "4", "--json").out)
    assert plain(run.document) == printed | {"session": 1}
    assert (run.session.id, run.session.record.title, run.session.record.probe) == (1, "from Python", "mine")
    assert run.session.record.run is not None
    spelled = next(measure for measure in run.measures if measure.label == "follows HELLO")
    assert (spelled.sides["tuned"].k, spelled.sides["base"].k) == (4, 0)
    assert spelled.difference is not None
    assert spelled.difference.interval.low < spelled.difference.interval.high
    assert [answer.side for answer in run.answers].count("tuned") == 4
    assert repr(run) == "<Run: session 1, from Python>"


def test_a_free_question(server: Server) -> None:
    run = diptych.ask(QUESTION, pair="toy", n=2, system="Be brief.", max_tokens=30, temperature=0.9)
    assert (run.document.probe, run.document.planned) == (None, 2)
    assert {answer.prompt for answer in run.answers} == {QUESTION}
    bodies = [each.body for each in server.asked if each.body]
    assert all(body["messages"][0] == {"role": "system", "content": "Be brief."} for body in bodies)
    assert all((body["max_tokens"], body["temperature"]) == (30, 0.9) for body in bodies)


async def test_in_a_running_loop(server: Server) -> None:
    assert diptych.ask(QUESTION, n=1).document.planned == 1
    run = await diptych.aask(QUESTION, n=1)
    assert run.session.id == 2
    assert (await diptych.arun("mine", n=1)).session.id == 3


def test_config_and_store_are_named(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").rename(tmp_path / "own.toml")
    run = diptych.ask(QUESTION, n=1, config=tmp_path / "own.toml", store=str(tmp_path / "elsewhere"))
    assert Store(tmp_path / "elsewhere" / "sessions.db").session(run.session.id) is not None
    assert not (tmp_path / "data").exists()
    assert len(run.answers) == 2


def test_nothing_is_printed_unless_asked(server: Server) -> None:
    told: list[diptych.SamplingProgress] = []
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        diptych.ask(QUESTION, n=2)
        diptych.ask(QUESTION, n=2, progress=told.append)
    assert (out.getvalue(), err.getvalue()) == ("", "")
    assert [(each.done, each.total) for each in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        diptych.ask(QUESTION, n=2, progress=True)
    assert "4/4 answers" in err.getvalue()
    assert out.getvalue() == ""


def test_what_is_wrong_is_an_error_with_its_words(server: Server, tmp_path: Path) -> None:
    with pytest.raises(diptych.FileError, match="there is no pair 'no'"):
        diptych.ask(QUESTION, pair="no")
    with pytest.raises(diptych.FileError, match="there is no probe 'no'"):
        diptych.run("no")
    with pytest.raises(diptych.FileError, match=r"none\.toml"):
        diptych.run("mine", config=tmp_path / "none.toml")
    with pytest.raises(ValueError, match="the question is empty"):
        diptych.ask(" ")
    with pytest.raises(ValueError, match="there is no form 'quoted'"):
        diptych.ask(QUESTION, form="quoted")
    with pytest.raises(ValueError, match="n: expected 1 or more, found 0"):
        diptych.run("mine", n=0)
    command.configure(tmp_path, command.NOBODY)
    with pytest.raises(diptych.CannotAskError, match=f"no response from {command.NOBODY}") as caught:
        diptych.ask(QUESTION)
    assert isinstance(caught.value, diptych.DiptychError)
    (note,) = caught.value.__notes__
    assert note.startswith(f"base and tuned: no response from {command.NOBODY}")
    assert "ask again" in note
    assert not diptych.open_store().sessions()


def test_answers_that_fail_are_in_the_document(server: Server, tmp_path: Path) -> None:
    async def failing(exchange: Exchange) -> None:
        if exchange.body and exchange.body["model"] == "t":
            await exchange.error(400, {"error": {"message": "no such thing", "type": "invalid_request_error"}})
        else:
            await reply(exchange)

    with served(failing) as other:
        command.configure(tmp_path, other.base_url)
        run = diptych.ask(QUESTION, n=2)
    assert (run.document.sides["tuned"].errors, run.document.sides["base"].answers) == (2, 2)
    failed = [answer for answer in run.answers if answer.failure is not None]
    assert len(failed) == 2


INTERRUPTED = """
import asyncio, signal, diptych
# A shell starts what runs in the background with interrupts ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
def ask():
    try:
        diptych.ask("How are you?", n=1, progress=lambda progress: print("answered", flush=True))
    except KeyboardInterrupt:
        print("interrupted", [answer.state for answer in diptych.open_store().session(1).answers])
async def in_a_loop():
    ask()
"""


@pytest.mark.parametrize("call", ["ask()", "asyncio.new_event_loop().run_until_complete(in_a_loop())"])
def test_an_interrupt_ends_it_and_keeps_what_came(call: str, tmp_path: Path) -> None:
    async def never_ends(exchange: Exchange) -> None:
        if exchange.body and exchange.body["model"] == "t":
            await asyncio.wait_for(exchange.gone.wait(), 60)
        else:
            await reply(exchange)

    with served(never_ends) as server:
        command.configure(tmp_path, server.base_url)
        script = [sys.executable, "-c", INTERRUPTED + call]
        with subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "answered\n"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines()[-1] == "interrupted ['done', 'stopped']"


def test_importing_it_loads_nothing() -> None:
    code = "import sys, diptych; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    late = {"openai", "numpy", "textual", "scipy", "pandas", "msgspec", "click", "diptych.api.running"}
    assert sorted(late & set(loaded)) == []


def test_everything_public_is_there_and_documented() -> None:
    for name in diptych.__all__:
        assert getattr(diptych, name).__doc__, name
    assert {"run", "arun", "ask", "aask", "open_store", "Run", "RunDocument"} <= set(diptych.__all__)
    assert issubclass(diptych.RunDocument, msgspec.Struct)
