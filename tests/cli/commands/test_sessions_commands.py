"""`diptych sessions show`: a blind comparison stays blind until it is labelled."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from diptych.backends import Usage
from diptych.cli.main import main
from diptych.sessions import Answer, Failure, Label, Recorder, SideRecord, Tick

SIDES = (
    SideRecord("base", "here", "http://127.0.0.1:1/v1", "plain-model", None),
    SideRecord("tuned", "there", "http://127.0.0.1:2/v1", "special-model", None),
)
GIVEAWAYS = ("base", "tuned", "plain-model", "special-model", "127.0.0.1", "fp_1", "req_1", "4711", "0.125")


def answer_of(side: SideRecord, exchange: int, place: int | None, text: str) -> Answer:
    return Answer(
        exchange=exchange,
        side=side.name,
        prompt="What is special?",
        condition=None,
        sample=0,
        request={"model": side.model, "messages": []},
        state="done",
        text=text,
        timeline=(Tick(0.125, len(text), 3),),
        model=side.model,
        fingerprint="fp_1",
        request_id="req_1",
        usage=Usage(7, 4711),
        position=place,
    )


async def record(store: Path) -> list[int]:
    """A blind exchange in which the tuned side stands first, and one whose sides were never hidden."""
    recorder = Recorder(store)
    await recorder.begin_session("A title", "a pair", None, SIDES)
    base, tuned = SIDES
    failure = Failure("unreachable", "no response from http://127.0.0.1:1/v1", "start it")
    answers = [
        answer_of(base, 1, 2, "I am plain."),
        answer_of(tuned, 1, 1, "I am special."),
        Answer(1, "base", "What is special?", None, 1, {"model": base.model}, "failed", failure=failure, position=2),
    ]
    ids = []
    for answer in answers:
        ids.append(await recorder.begin(answer))
        await recorder.save(ids[-1], answer)
    recorder.close()
    return ids


async def label(store: Path, number: int) -> None:
    recorder = Recorder(store)
    await recorder.label(Label(number, "knows", True))
    recorder.close()


def show(*options: str) -> Result:
    result = CliRunner().invoke(main, ["sessions", "show", "1", *options], catch_exceptions=False)
    assert result.exit_code == 0
    return result


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.db"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_nothing_gives_a_hidden_side_away(options: tuple[str, ...], store: Path) -> None:
    ids = asyncio.run(record(store))
    hidden = show(*options).output
    assert not [word for word in GIVEAWAYS if word in hidden]
    assert hidden.index("I am special.") < hidden.index("I am plain.")
    asyncio.run(label(store, ids[0]))
    shown = show(*options).output
    assert "base" in shown
    assert "tuned" in shown
    assert "no response from http://127.0.0.1:1/v1" in shown


def test_labelled_answers_have_all_that_is_recorded(store: Path) -> None:
    ids = asyncio.run(record(store))
    masked = json.loads(show("--json").stdout)
    assert (masked["sides"], [a["side"] for a in masked["answers"]]) == ([], ["1", "2", "2"])
    assert all(a["request"] == {} and a["model"] is None and a["timeline"] == [] for a in masked["answers"])
    asyncio.run(label(store, ids[1]))
    document = json.loads(show("--json").stdout)
    assert [side["name"] for side in document["sides"]] == ["base", "tuned"]
    assert {a["model"] for a in document["answers"]} == {"plain-model", "special-model", None}
    assert "4711 tokens" in show().output


def test_answers_whose_sides_were_never_hidden_are_shown_in_their_order(store: Path) -> None:
    async def plain() -> None:
        recorder = Recorder(store)
        await recorder.begin_session("A title", "a pair", None, SIDES)
        for side in reversed(SIDES):
            answer = answer_of(side, 1, None, f"said by {side.name}")
            await recorder.save(await recorder.begin(answer), answer)
        recorder.close()

    asyncio.run(plain())
    assert [a["side"] for a in json.loads(show("--json").stdout)["answers"]] == ["tuned", "base"]


def test_a_side_that_had_several_models_names_them(store: Path) -> None:
    async def doses() -> None:
        recorder = Recorder(store)
        await recorder.begin_session("A title", "a pair", None, SIDES)
        for number, (side, model) in enumerate([(SIDES[0], "m"), (SIDES[1], "m+a"), (SIDES[1], "m+a@0.5")], 1):
            answer = replace(answer_of(side, number, None, "Said."), request={"model": model})
            await recorder.save(await recorder.begin(answer), answer)
        recorder.close()

    asyncio.run(doses())
    heads = [line.partition("  done")[0] for line in show().stdout.splitlines() if line.startswith("[")]
    assert heads == ["[1] base", "[2] tuned  m+a", "[3] tuned  m+a@0.5"]
