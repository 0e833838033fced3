"""What the documentation shows to be copied can be copied."""

import ast
import inspect
import re
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest

import diptych
from diptych.cli.main import main
from diptych.cli.setup.config import load
from diptych.probes import load_probe
from diptych.sessions import ExportData, Store, export
from diptych.tui.commands import COMMANDS, REPLAY_COMMANDS, shown_key
from tests.docs.pages import GUIDES, ROOT, blocks, name_of
from tests.sessions.stored import keep_session, ordinary

TOML = [
    pytest.param(block, id=f"{name_of(page)}-{number}")
    for page in GUIDES
    for number, block in enumerate(blocks(page, "toml"), 1)
]
_FILE = re.compile(r"# (?:added to )?(probes/\S+\.toml)\n")
"""The first line of an example that is a probe, or a part of one."""


@pytest.mark.parametrize("example", [each for each in TOML if not _FILE.match(str(each.values[0]))])
def test_each_example_of_a_config_is_one(example: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(example)
    config = load(path)
    assert set(re.findall(r"^\[pairs\.(\S+)\]", example, re.MULTILINE)) <= config.pairs.keys()
    assert set(re.findall(r"^\[endpoints\.(\S+)\]", example, re.MULTILINE)) <= config.endpoints.keys()


@pytest.mark.parametrize("example", [each for each in TOML if _FILE.match(str(each.values[0]))])
def test_each_example_of_a_probe_is_one(example: str, tmp_path: Path) -> None:
    header = _FILE.match(example)
    assert header is not None
    file = ROOT / header[1]
    path = tmp_path / file.name
    path.write_text((file.read_text("utf-8") if header[0].startswith("# added to") else "") + example)
    assert load_probe(path).id == path.stem


def test_there_is_an_example_of_each_kind_of_endpoint() -> None:
    for page in (ROOT / "README.md", ROOT / "docs" / "endpoints.md"):
        examples = "\n".join(blocks(page, "toml"))
        for kind in ('kind = "openai"', "serve = {", 'endpoint = "local"' if page.stem == "README" else "embedded"):
            assert kind in examples, f"{page.name} has no example of {kind}"


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_each_command_that_is_shown_exists(page: Path) -> None:
    for line in commands(page):
        check_command(line)


def commands(page: Path) -> Iterator[list[str]]:
    """The words behind `diptych` of every command in the blocks of shell and in the text of a page."""
    shell = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    inline = re.findall(r"`((?:\.venv/bin/)?diptych(?: [^`]*)?)`", page.read_text("utf-8"))
    for line in [*shell.splitlines(), *inline]:
        for part in re.split(r"&&|;|\|\|?(?!\w)| > ", line):
            words = shlex.split(part, comments=True)
            if words and words[0].rpartition("/")[2] == "diptych":
                yield words[1:]


def check_command(words: list[str]) -> None:
    """Find the command and its options as click does, without running it."""
    command: click.Command = main
    context = click.Context(main)
    while True:
        parsed, rest, _ = command.make_parser(context).parse_args(list(words))
        check_choices(command, parsed)
        if not isinstance(command, click.Group) or not rest:
            return
        _, found, words = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, click.Context(found, parent=context)


def check_choices(command: click.Command, parsed: dict[str, object]) -> None:
    """Of options with a few values only those are shown, or a name in capitals that stands for any."""
    for option in command.params:
        value = parsed.get(option.name or "")
        if isinstance(option.type, click.Choice) and isinstance(value, str) and not value.isupper():
            assert set(value.split("|")) <= set(option.type.choices), f"{value} is not one of {option.type.choices}"


@pytest.mark.parametrize("wrong", ["runn", "run --resumed 3", "sessions export 1 --format pdf", "pairs check --jsonl"])
def test_a_command_that_does_not_exist_is_noticed(wrong: str) -> None:
    with pytest.raises((click.UsageError, AssertionError)):
        check_command(wrong.split())


def test_the_queries_run_on_a_store(tmp_path: Path) -> None:
    keep_session(tmp_path / "sessions.db", ordinary())
    (queries,) = blocks(ROOT / "docs" / "sessions.md", "sql")
    with closing(sqlite3.connect(f"file:{tmp_path / 'sessions.db'}?mode=ro", uri=True)) as store:
        found = [store.execute(query).fetchall() for query in queries.split(";")[:-1]]
    assert len(found) == 3
    assert {row[2] for row in found[2]} == {"base", "tuned"}


def test_pandas_reads_json_lines_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_session(tmp_path / "sessions.db", ordinary())
    export(ExportData.of(Store(tmp_path / "sessions.db"), 1), "jsonl", tmp_path / "session.jsonl")
    monkeypatch.chdir(tmp_path)
    (shown,) = blocks(ROOT / "docs" / "jsonl.md", "python")
    read: dict[str, Any] = {}
    exec(shown, read)
    assert set(read["answers"]["answer.side"]) == {"base", "tuned"}


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_each_call_of_the_python_api_that_is_shown_can_be_made(page: Path) -> None:
    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            called = re.fullmatch(r"diptych\.(\w+)", ast.unparse(node.func)) if isinstance(node, ast.Call) else None
            if called is not None:
                signature = inspect.signature(getattr(diptych, called[1]))
                signature.bind(*node.args, **{each.arg: None for each in node.keywords if each.arg})


def test_each_key_is_in_the_table() -> None:
    page = (ROOT / "docs" / "console.md").read_text("utf-8")
    table = page.partition("## Keys")[2].partition("## ")[0].lower()
    for command in (*COMMANDS, *REPLAY_COMMANDS):
        for key in map(shown_key, command.keys):
            assert re.search(rf"(?<![\w+]){re.escape(key.lower())}(?!\w)", table), f"{key} is not in docs/console.md"


def test_the_readme_names_five_keys() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("## Five keys")[2].partition("## ")[0]
    shown = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert len(shown) == 5
    assert set(shown) - {"enter"} <= {command.key for command in COMMANDS}
