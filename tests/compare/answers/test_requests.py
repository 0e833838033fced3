"""Turns that a condition brings stand before its questions, in the console and in a run."""

from pathlib import Path
from typing import Any

from diptych.backends import Endpoint, Message, Sampling, connect
from diptych.compare import Comparison, RunPlan, Side
from diptych.compare.runs.plan import Questions
from diptych.probes import Condition, Probe
from diptych.sessions import Recorder
from tests.openai_server import answering, serve
from tests.waiting import wait_until

TOLD = [{"role": "user", "content": "I am Kim."}, {"role": "assistant", "content": "Hello Kim."}]
PROBE = Probe(
    id="names",
    title="Names",
    about="",
    conditions=(
        Condition("told", ("Who am I?",), before=(Message("user", "I am Kim."), Message("assistant", "Hello Kim."))),
        Condition("plain", ("Who am I?",), system="Be brief."),
    ),
)
ASKED = {"role": "user", "content": "Who am I?"}


async def test_a_run_asks_after_them() -> None:
    backend = connect(Endpoint("openai", "http://127.0.0.1:1/v1"))
    side = Side("base", "x", None, "m", "Be kind.", Sampling(), backend)
    questions = Questions(RunPlan("pair", (side,), PROBE, 1, 1))
    requests = [questions.request(side, question) for question in questions.planned(0)]
    assert [[m.content for m in request.messages] for request in requests] == [
        ["Be kind.", "I am Kim.", "Hello Kim.", "Who am I?"],
        ["Be brief.", "Who am I?"],
    ]
    await backend.close()


async def test_the_console_asks_after_them_and_goes_on_from_there(tmp_path: Path) -> None:
    async def asked(comparison: Comparison, prompt: str, condition: str | None) -> None:
        comparison.ask(prompt, condition)
        await wait_until(lambda: not comparison.view.streaming)

    async with serve(answering("Kim.")) as server:
        backend = connect(Endpoint("openai", server.base_url))
        side = Side("base", "x", server.base_url, "m", None, Sampling(), backend)
        comparison = Comparison("pair", [side], Recorder(tmp_path / "s.db"), PROBE)
        comparison.start_fresh(False)
        await asked(comparison, "Who am I?", "told")
        await asked(comparison, "Sure?", None)
        comparison.start_fresh(True)
        await asked(comparison, "Who am I?", "told")
        await asked(comparison, "Who am I?", None)
        await comparison.close()
    sent: list[Any] = [exchange.body["messages"] for exchange in server.asked if exchange.body]
    kim = {"role": "assistant", "content": "Kim."}
    assert sent == [
        [*TOLD, ASKED],
        [*TOLD, ASKED, kim, {"role": "user", "content": "Sure?"}],
        [*TOLD, ASKED],
        [ASKED],
    ]


async def test_a_branch_stands_after_them_too(tmp_path: Path) -> None:
    async with serve(answering("Kim.")) as server:
        backend = connect(Endpoint("openai", server.base_url))
        side = Side("base", "x", server.base_url, "m", None, Sampling(), backend)
        comparison = Comparison("pair", [side], Recorder(tmp_path / "s.db"), PROBE)
        exchange = comparison.ask("Who am I?", "told")
        await wait_until(lambda: not comparison.view.streaming)
        request = comparison.view.request(side, comparison.branch(exchange, "K"))
        await comparison.close()
    assert ([message.content for message in request.messages], request.prefill) == (
        ["I am Kim.", "Hello Kim.", "Who am I?"],
        "K",
    )
