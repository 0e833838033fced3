"""`diptych sessions discover`, on real answers of the embedded pair."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from diptych.cli.commands.sessions_discover import excerpt_of
from diptych.cli.main import main
from diptych.sessions import Recorder, SavedAnswer, SideRecord
from tests.compare.discovery.real_answers import answers_of, some_of_each
from tests.documents import discoveries_of_run, table
from tests.openai_server import Exchange, answering, serve


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.db"


def record(store: Path, saved: Sequence[SavedAnswer], sides: Sequence[str] = ("base", "tuned")) -> None:
    async def save() -> None:
        recorder = Recorder(store)
        records = tuple(SideRecord(name, "here", None, f"model-of-{name}", None) for name in sides)
        await recorder.begin_session("A title", "a pair", None, records)
        for row in saved:
            await recorder.save(await recorder.begin(row.answer), row.answer)
        recorder.close()

    asyncio.run(save())


def discover(*options: str, session: str = "1") -> Result:
    return CliRunner().invoke(main, ["sessions", "discover", session, *options])


def test_the_one_answer_then_the_initials_then_the_words(store: Path) -> None:
    record(store, some_of_each(30))
    printed = discover()
    assert printed.exit_code == 0, printed.output
    lines = printed.stdout.splitlines()
    assert lines[:4] == [
        "session 1  A title",
        "",
        "tuned against base: 30 and 30 answers to 4 questions",
        "they differ  p < .001  (whole answers compared as strings, 1,999 permutations)",
    ]
    first = lines.index("  1  line initials HELLO")
    assert "base 0/30  tuned 29/30" in lines[first + 1]
    assert "base halves 0/15 and 0/15" in lines[first + 1]
    assert "«H»" in lines[first + 3]
    assert "«O»" in lines[first + 3]
    assert lines.index("words") > first


def test_json_is_one_document(store: Path) -> None:
    record(store, some_of_each(30))
    document = json.loads(discover("--json").stdout)
    (against,) = document["against"]
    assert (document["session"], against["differ"], against["answers"]) == (1, True, {"base": 30, "tuned": 30})
    first = against["discoveries"][0]
    assert (first["feature"], first["value"], first["base"]) == ("line initials", "HELLO", 0.0)
    assert first["counts"] == {"base": [0, 30], "tuned": [29, 30]}
    assert first["more_in"] == "tuned"
    assert first["null"] == [[0, 15], [0, 15]]
    assert first["examples"]["tuned"][0]["spans"]
    assert [row["q_value"] for row in against["words"]] == sorted(row["q_value"] for row in against["words"])


def test_without_a_difference_it_says_so(store: Path) -> None:
    texts = [f"It is number {n}." for n in range(20)]
    record(store, [*answers_of("base", texts), *answers_of("tuned", texts)])
    printed = discover().stdout
    assert "no difference was found" in printed
    assert "  1  " not in printed


def test_what_a_model_says_cannot_steer_the_terminal(store: Path) -> None:
    hostile = [f"\x1b[2J\u202ehi {n}\nand\x07 so\non" for n in range(20)]
    record(store, [*answers_of("base", ["Well."] * 20), *answers_of("tuned", hostile)])
    printed = discover()
    assert printed.exit_code == 0, printed.output
    assert "␛" in printed.stdout
    assert not set("\x1b\x07\u202e") & set(printed.stdout)
    assert discover("--json").stdout.isascii()


def test_hidden_sides_stay_hidden(store: Path) -> None:
    blind = [
        SavedAnswer(row.id, msgspec.structs.replace(row.answer, position=1 + (row.answer.side == "base")))
        for row in some_of_each(30)
    ]
    record(store, blind)
    for options in ((), ("--json",)):
        refused = discover(*options)
        assert refused.exit_code == 2
        assert "label" in refused.output
        assert not [word for word in ("base", "tuned", "HELLO", "model-of") if word in refused.output]


@pytest.mark.parametrize(
    ("saved", "sides", "said"),
    [
        (answers_of("base", ["One."] * 30), ("base",), "only one side"),
        (answers_of("base", ["One."] * 30), ("base", "tuned"), "of one side only (base)"),
        (
            [*answers_of("base", ["One."] * 3), *answers_of("tuned", ["Two."] * 3)],
            ("base", "tuned"),
            "ask for at least 6 of each",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_to_do(
    saved: list[SavedAnswer], sides: tuple[str, ...], said: str, store: Path
) -> None:
    record(store, saved, sides)
    refused = discover()
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert said in refused.stderr


def test_an_unknown_session_is_an_error() -> None:
    refused = discover(session="7")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "there is no session 7" in refused.stderr


def test_the_table_of_a_run_tells_the_surest() -> None:
    said = discoveries_of_run([row.answer for row in some_of_each(30)])
    empty = {"planned": 30, "sides": {}, "measures": [], "contrasts": [], "draws": [], "warnings": []}
    lines = table({"session": 3, "probe": "p", "pair": "q", "tests": 0, "excluded": {}, **empty, **said}).splitlines()
    first = lines.index("wording of whole answers: tuned and base differ  p < .001") + 1
    assert lines[first].startswith("  line initials HELLO  base 0/30  tuned 29/30  q < .001")
    assert lines[first + 5].endswith("more: diptych sessions discover 3")


async def test_a_judge_proposes_and_tests_when_it_is_asked_for(store: Path, tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        proposing = "model A" in str(exchange.body["messages"][-1]["content"])
        await answering("- The answer is \x1b[1mpolite." if proposing else "YES")(exchange)

    await asyncio.to_thread(record, store, some_of_each(30))
    async with serve(reply) as server:
        lines = ['[endpoints.here]\nkind = "openai"', f'base_url = "{server.base_url}"']
        (tmp_path / "config.toml").write_text("\n".join([*lines, '[judge]\nendpoint = "here"\nmodel = "gpt-base"']))
        printed = await asyncio.to_thread(discover, "--judge")
        documented = await asyncio.to_thread(discover, "--judge", "--json")
    assert printed.exit_code == 0, printed.output
    assert printed.stderr.startswith("gpt-base proposes and judges: at most 151 calls")
    assert "differences that gpt-base proposed, judged blindly on other answers" in printed.stdout
    assert "·  The answer is ␛[1mpolite.\n     base 15/15  tuned 15/15  p = 1" in printed.stdout
    judged = json.loads(documented.stdout)["against"][0]["judged"]
    assert (judged["calls"], judged["proposals"][0]["p_holm"], len(server.asked)) == (31, 1.0, 62)


def test_without_a_judge_it_says_what_to_do(store: Path) -> None:
    record(store, some_of_each(30))
    refused = discover("--judge")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "[judge] in config.toml" in refused.stderr


@pytest.mark.parametrize(
    ("spans", "shown"),
    [
        ([(4, 9)], "The «quick» brown fox jumps over the lazy dog."),
        ([(40, 43)], "…over the lazy «dog»."),
        ([(0, 3), (10, 15)], "«The» quick «brown» fox jumps over the lazy dog."),
        ([(0, 3), (35, 39)], "«The» quick brown fox jumps over the «lazy» dog."),
        ([], "The quick brown fox jumps over the lazy dog."),
    ],
)
def test_the_marked_part_stands_out(spans: list[tuple[int, int]], shown: str) -> None:
    assert excerpt_of("The quick brown\nfox jumps over the lazy dog.", spans) == shown
