"""What is said of an error is true where it is read: no key where there are none, no placeholder anywhere."""

import ast
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest

from diptych.backends import Endpoint, Message, Request, Sampling, connect
from diptych.cli.output.hint_words import TERMINAL
from diptych.compare import LiveAnswer, Side
from diptych.compare.answers import AnswerInFlight, PlannedAnswer, Question, answer
from diptych.errors import AGAIN, ANYWHERE, FRESH, LOG, DiptychError, HintWords, advice
from diptych.sessions import FORMATS, ExportData, Failure, Recorder, Store, export
from diptych.sessions.schema import STEPS
from diptych.tui import DiptychApp
from diptych.tui.widgets.answer.columns import AskedColumns
from tests.commands import diptych
from tests.openai_server import Exchange, answering, error_body, serve
from tests.sessions.stored import SIDES, keep_session
from tests.sessions.stored import answer as kept
from tests.tui.app import ended, running, until

ROOT = Path(__file__).parents[1]
LOWER = ("backends", "compare", "sessions", "probes", "detectors")
PLACEHOLDER = re.compile(rf"\{{({'|'.join(HintWords.__struct_fields__)})\}}")
KEYS = re.compile(
    r"\b[Pp]ress\b|\b(?:ctrl|alt|shift)\+\w|\bf(?:[1-9]|1[0-2])\b(?!\.)|:\s[a-z]$|\bthe key [a-z]\b(?! )|\bhit [a-z]\b"
)


COMMANDS = re.compile(r"\bdiptych (?:pairs|run|sessions|probes|web|ask)\b")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module that are no docstrings, those with places to be filled as a whole."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


@pytest.mark.parametrize("room", LOWER)
def test_no_text_of_the_lower_rooms_names_a_key_or_a_command(room: str) -> None:
    named = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name != "schema.py"  # it knows the words of old files
        for line, text in texts(path)
        if " " in text and (KEYS.search(text) or COMMANDS.search(text))
    ]
    assert not named


@pytest.mark.parametrize(
    "text", ["press r to ask again", "or start a fresh instance: f", "ctrl+r asks again", "see f10"]
)
def test_a_key_would_be_found(text: str) -> None:
    assert KEYS.search(text)


CONSOLE = AskedColumns.HINT_WORDS
EVERY = "; ".join(f"{{{name}}}" for name in HintWords.__struct_fields__)
FAILED = Failure("server error", "the engine died", f"wait, then {AGAIN}, or {FRESH}; {LOG}")


def test_a_traceback_shows_the_hint_in_words() -> None:
    error = DiptychError("the engine died", FAILED.hint)
    assert str(error) == "the engine died"
    assert error.text() == "the engine died; wait, then ask again, or ask a fresh instance; read its log"
    assert "wait, then ask again, or ask a fresh instance; read its log" in "".join(format_exception(error))


@pytest.mark.parametrize("words", [ANYWHERE, CONSOLE, TERMINAL])
@pytest.mark.parametrize("hint", [FAILED.hint, EVERY])
def test_every_placeholder_has_words_at_every_place(hint: str, words: HintWords) -> None:
    said = advice(hint, words)
    assert not PLACEHOLDER.search(said)
    assert words.again in said
    assert bool(KEYS.search(said)) == (words is CONSOLE)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A session of which one answer has failed."""
    path = tmp_path / "data" / "sessions.db"
    base, tuned = SIDES
    keep_session(path, [kept(base), kept(tuned, text="", state="failed", failure=FAILED, findings=())])
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_no_export_holds_a_placeholder_or_a_key(form: str, store: Path, tmp_path: Path) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    if form == "inspect":
        pytest.importorskip("inspect_ai")
    path = tmp_path / f"out.{form}"
    export(ExportData.of(Store(store), 1), form, path)
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    assert files
    for file in files:
        text = file.read_bytes().decode("utf-8", "replace")
        assert not PLACEHOLDER.search(text)
        assert "press r" not in text
        if form == "jsonl":
            assert "wait, then ask again, or ask a fresh instance; read its log" in text


@pytest.mark.parametrize("json_too", [(), ("--json",)])
async def test_sessions_show_names_no_key(json_too: tuple[str, ...], store: Path) -> None:
    code, out, err = await diptych("sessions", "show", "1", *json_too)
    assert (code, err) == (0, "")
    assert "the engine died" in out
    assert not PLACEHOLDER.search(out)
    assert not json_too or "ask again" in out


async def failing(exchange: Exchange) -> None:
    """Says what could be taken for ours, and that it cannot be helped by waiting."""
    if exchange.body:
        await exchange.error(409, error_body("busy with {again} and {0}"))
    else:
        await exchange.head(kind="application/json")
        await exchange.send(json.dumps({"data": [{"id": "base"}, {"id": "tuned"}]}).encode())


def write_config(path: Path, base_url: str) -> None:
    path.write_text(
        f'default_pair = "toy"\n[endpoints.a]\nkind = "openai"\nbase_url = "{base_url}"\n'
        '[pairs.toy]\nbase = { endpoint = "a", model = "base" }\ntuned = { endpoint = "a", model = "tuned" }\n'
    )


async def test_a_run_advises_what_a_command_can_do(tmp_path: Path) -> None:
    async with serve(failing) as server:
        write_config(tmp_path / "config.toml", server.base_url)
        code, out, err = await diptych("run", "hello-acrostic", "-n", "1", "--json")
    assert code == 1
    assert "busy with {again} and {0}; ask again with diptych run --resume 1" in err
    assert not PLACEHOLDER.search(out)
    assert not KEYS.search(err)
    assert all(saved.answer.failure and saved.answer.failure.hint == AGAIN for saved in Store(
        tmp_path / "data" / "sessions.db").answers(1))  # fmt: skip


@pytest.mark.parametrize("json_too", [(), pytest.param(("--json",), marks=pytest.mark.slow)])
async def test_a_check_advises_to_check_again(json_too: tuple[str, ...], tmp_path: Path) -> None:
    async with serve(failing) as server:
        write_config(tmp_path / "config.toml", server.base_url)
        code, out, _ = await diptych("pairs", "check", *json_too)
    assert code == 1
    assert "check again" in out
    assert "press" not in out
    assert not PLACEHOLDER.search(out.replace("busy with {again}", ""))


async def test_the_console_names_the_keys_that_work(tmp_path: Path) -> None:
    async with serve(failing) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(tmp_path, sides, (160, 40), typed="Who are you?") as (pilot, _):
            await pilot.press("enter")
            seen = await until(pilot, "→ press r to ask again")
            assert "busy with {again} and {0}" in seen


async def test_a_replay_names_no_key(store: Path) -> None:
    from diptych.compare import Replay

    opened = Store(store)
    session = opened.session(1)
    assert session is not None
    replay = Replay(session, opened.answers(1), opened.labels(1), store, None)
    app = DiptychApp(replay, lambda: (), "diptych-dark")
    async with app.run_test(size=(160, 40)) as pilot:
        seen = await until(pilot, "→ wait, then")
        assert "wait, then ask again, or ask a fresh instance; read its log" in seen


async def _asked(messages: tuple[Message, ...], tmp_path: Path) -> Failure:
    async def too_long(exchange: Exchange) -> None:
        await exchange.error(400, error_body("too many", code="context_length_exceeded"))

    async with serve(too_long) as server:
        backend = connect(Endpoint("openai", server.base_url))
        side = Side("base", "x", server.base_url, "m", None, Sampling(), backend)
        recorder = Recorder(tmp_path / "s.db")
        await recorder.begin_session("t", "p", None, (side.record(),))
        in_flight = AnswerInFlight(PlannedAnswer(Question("Who?"), 1, 0), LiveAnswer("base", list))
        (said,) = await answer(side, [in_flight], Request("m", messages), recorder)
        await backend.close()
        recorder.close()
    assert said.answer.failure is not None
    return said.answer.failure


async def test_a_fresh_instance_is_advised_in_a_conversation_only(tmp_path: Path) -> None:
    asked, before = Message("user", "Who?"), (Message("user", "Hi."), Message("assistant", "Hello."))
    alone = await _asked((Message("system", "Be brief."), asked), tmp_path / "alone")
    assert (alone.kind, alone.hint) == ("too long", "shorten it")
    talked = await _asked((*before, asked), tmp_path / "talked")
    assert talked.hint == f"shorten it, or {FRESH}"
    assert talked.advice(CONSOLE) == "shorten it, or press f for a fresh instance"


OLD = [
    (
        "start the server or fix base_url, then press r to ask again",
        f"start the server or fix base_url, then {AGAIN}",
    ),
    ("see whether memory ran out; press r to start it again", f"see whether memory ran out; {AGAIN}"),
    ("press l for its log, r to start it again", f"{LOG}, then {AGAIN}"),
    ("press r to try again", AGAIN),
    ("pip install it, then press r", f"pip install it, then {AGAIN}"),
    ("press r to ask again, or raise the endpoint's timeout", f"{AGAIN}, or raise the endpoint's timeout"),
    ("shorten it, or start a fresh instance: f", "shorten it"),
    ("ask in other words", "ask in other words"),
]


def _old_file(path: Path, request: Any, hint: str, kind: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    for step in STEPS[:5]:
        step(db)
    db.execute("PRAGMA user_version = 5")
    db.execute("INSERT INTO sessions (title, created, pair, sides) VALUES ('t', '2026', 'p', '[]')")
    db.execute(
        "INSERT INTO answers (session_id, exchange, side, sample, state, prompt, request, text, timeline, error_kind,"
        " error_message, error_mend) VALUES (1, 1, 'base', 0, 'failed', 'Why?', ?, '', ?, ?, 'press r', ?)",
        (json.dumps(request), b"\x90", kind, hint),
    )
    db.commit()
    db.close()


@pytest.mark.parametrize(("hint", "now"), OLD)
def test_kept_advice_is_brought_up_to_date(hint: str, now: str, tmp_path: Path) -> None:
    _old_file(tmp_path / "s.db", {"messages": [{"role": "user", "content": "Why?"}]}, hint)
    (saved,) = Store(tmp_path / "s.db").answers(1)
    assert saved.answer.failure == Failure("x", "press r", now)


def test_kept_advice_to_leave_a_conversation_stays(tmp_path: Path) -> None:
    talked = [{"role": "user"}, {"role": "assistant"}, {"role": "user"}]
    _old_file(tmp_path / "s.db", {"messages": talked}, "shorten it, or start a fresh instance: f")
    (saved,) = Store(tmp_path / "s.db").answers(1)
    assert saved.answer.failure is not None
    assert saved.answer.failure.hint == f"shorten it, or {FRESH}"


def test_what_came_from_elsewhere_is_left_as_it_is(tmp_path: Path) -> None:
    _old_file(tmp_path / "s.db", {}, "Traceback: press r to ask again", kind="imported")
    (saved,) = Store(tmp_path / "s.db").answers(1)
    assert saved.answer.failure is not None
    assert saved.answer.failure.hint == "Traceback: press r to ask again"


async def test_other_screens_name_what_works_there(tmp_path: Path) -> None:
    listed = 0

    async def busy(exchange: Exchange) -> None:
        """Answers plain questions, and lists its models once; for anything else it is too busy."""
        nonlocal listed
        if exchange.body.get("messages") and "logprobs" not in exchange.body:
            await answering("Fine.")(exchange)
        elif exchange.path == "/v1/models" and not listed:
            listed += 1
            await exchange.error(200, {"data": [{"id": "base"}, {"id": "tuned", "parent": "base"}]})
        else:
            await exchange.error(409, error_body("busy with {again}"))

    async with serve(busy) as server:
        backend = connect(Endpoint("vllm", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(tmp_path, sides, (200, 40), typed="Who are you?") as (pilot, comparison):
            await pilot.press("enter")
            await ended(pilot, comparison)
            await pilot.press("f11")
            seen = await until(pilot, "busy with {again}")
            assert "close this list and open it again" in " ".join(seen.replace("│", " ").split())
            await pilot.press("escape", "f5")
            seen = await until(pilot, "→ go back and press r to ask again")
            assert "busy with {again}" in seen
