"""Hostile text in what is exported: nothing acts where it is opened, and what is imported again is the same."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from diptych.sessions import Store, visible
from diptych.sessions.exports.markdown_summary import prose
from tests.hostile.conftest import Folder, Kept, question
from tests.hostile.items import ITEMS, NAME, is_formula

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
OURS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "h4", "p", "div",
    "svg", "path", "circle", "rect", "section", "article", "span", "mark", "details", "summary", "pre", "ul", "li", "b",
}  # fmt: skip
"""Elements of the report."""


@pytest.fixture
def marked(copied: Folder) -> Folder:
    """The session with hostile tags, notes and labels."""
    for command in (("tag", "1"), ("note", "1"), ("label", "1")):
        copied.prints("sessions", *command, f"=1+1 {NAME}")
    return copied


def exported(folder: Folder, name: str, path: Path) -> str:
    """What is in the file, which has nothing in it that acts on a terminal."""
    folder.prints("sessions", "export", "1", "--format", name, "-o", str(path))
    text = path.read_bytes().decode()
    assert not is_formula(text.replace("\r\n", "\n"))
    return text


def test_json_lines_come_in_again_as_they_went_out(kept: Kept, marked: Folder, tmp_path: Path) -> None:
    path = tmp_path / NAME.replace("/", "_")
    exported(marked, "jsonl", path)
    there = Folder(tmp_path / "there")
    there.prints("sessions", "import", str(path))
    before, after = marked.store, there.store
    assert [row.answer for row in after.answers(1)] == [row.answer for row in before.answers(1)]
    assert {row.answer.text for row in after.answers(1)} == {item.text for item in kept.items}
    assert [label.value for label in after.labels(1)] == [f"=1+1 {NAME}"]
    assert _named(after) == _named(before)


def _named(store: Store) -> Any:
    session = store.session(1)
    assert session is not None
    return session.title, session.tags, session.note, session.sides


def test_no_cell_of_a_table_is_a_formula(kept: Kept, marked: Folder, tmp_path: Path) -> None:
    exported(marked, "csv", tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + 2 * len(kept.items)
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip().startswith(FORMULA), cell
        assert not cell.startswith(("\t", "\r")), cell
    said = {row[rows[0].index("answer")].removeprefix("'") for row in rows[1:]}
    assert said == {visible(item.text).removeprefix("'") for item in kept.items}


def test_parquet_has_the_texts_as_they_came(kept: Kept, marked: Folder, tmp_path: Path) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    marked.prints("sessions", "export", "1", "--format", "parquet", "-o", str(tmp_path / "x"))
    table = parquet.read_table(tmp_path / "x").to_pydict()
    assert set(table["answer"]) == {item.text for item in kept.items}
    assert set(table["prompt"]) == {question(item) for item in kept.items}


def test_inspect_reads_its_logs(kept: Kept, marked: Folder, tmp_path: Path) -> None:
    logs: Any = pytest.importorskip("inspect_ai.log")
    marked.prints("sessions", "export", "1", "--format", "inspect", "-o", str(tmp_path / "x"))
    first, second = sorted((tmp_path / "x").iterdir())
    for log in (first, second):
        samples = logs.read_eval_log(str(log)).samples
        assert {sample.output.completion for sample in samples} == {item.text for item in kept.items}


def test_llm_comparator_has_symbols_for_what_acts(kept: Kept, marked: Folder, tmp_path: Path) -> None:
    document = json.loads(exported(marked, "llm-comparator", tmp_path / "x"))
    assert {example["output_text_a"] for example in document["examples"]} == {visible(i.text) for i in kept.items}
    assert not is_formula("".join(_strings(document)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _strings(each)


def test_markdown_shows_text_alone(kept: Kept, marked: Folder, tmp_path: Path) -> None:
    parser = MarkdownIt("gfm-like", {"html": True})
    tokens = parser.parse(exported(marked, "markdown", tmp_path / "x"))
    acting_kinds = {"html_block", "html_inline", "link_open", "image", "hr", "ordered_list_open", "code_block"}
    assert not {
        token.content for token in tokens if acting_kinds & {token.type, *(c.type for c in token.children or ())}
    }
    shown = {token.content for token in tokens if token.type == "fence"}
    assert shown == {f"{visible(item.text)}\n" for item in kept.items}


def test_a_line_of_markdown_is_a_line_of_text_whatever_it_begins_with() -> None:
    parser = MarkdownIt("gfm-like", {"html": True})
    for item in ITEMS:
        start, inline, end = parser.parse(prose(item.text))
        assert (start.type, end.type) == ("paragraph_open", "paragraph_close"), item.id
        assert {piece.type for piece in inline.children or ()} <= {"text", "text_special"}, item.id


def test_a_browser_does_nothing_that_the_report_holds(kept: Kept, marked: Folder, tmp_path: Path) -> None:
    """Even where the page's policy, which forbids scripts and the network, is left aside."""
    playwright: Any = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium")
    exported(marked, "html", tmp_path / "x.html")
    happened: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(bypass_csp=True).new_page()
        page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: happened.append(request.url))
        page.on("console", lambda message: happened.append(message.text))
        page.on("download", lambda download: happened.append(download.url))
        page.goto(f"file://{tmp_path}/x.html")
        for each in page.query_selector_all("details"):
            each.evaluate("element => element.open = true")
        page.mouse.move(200, 200)
        said = page.evaluate("[...document.querySelectorAll('article > p.said')].map(each => each.textContent)")
        elements = page.evaluate("[...new Set([...document.querySelectorAll('*')].map(each => each.localName))]")
        attributes = page.evaluate(
            "[...new Set([...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames()))]"
        )
        title, address = page.title(), page.url
        browser.close()
    assert happened == [f"file://{tmp_path}/x.html"]
    assert address == happened[0]
    assert title.startswith(" ".join(visible(NAME).split()))
    assert set(elements) <= OURS
    assert not any(name.startswith("on") or name in ("href", "src", "action") for name in attributes)
    assert set(said) == {visible(item.text) for item in kept.items}
