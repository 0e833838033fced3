"""HTML, Markdown and LLM Comparator: what is for people to look at, with nothing in it that acts."""

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from diptych.compare import export_session
from diptych.detectors import Finding, Span
from diptych.sessions import (
    SIDE_COLORS_DARK,
    SIDE_COLORS_LIGHT,
    SIDE_NAMES,
    Answer,
    ExportData,
    SideRecord,
    Store,
    TransferError,
    export,
    visible,
)
from diptych.sessions.exports.html_answer import marked
from diptych.sessions.exports.markdown_summary import fenced, prose
from tests.sessions.stored import HOSTILE, SIDES, answer, found, keep_session, ordinary


def material_of(path: Path, answers: list[Answer], title: str = HOSTILE) -> ExportData:
    return ExportData.of(Store(path), keep_session(path, answers, title=title, note=HOSTILE))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


class Page(HTMLParser):
    """Which elements a page has, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_shows_hostile_text_and_does_nothing_of_it(store: Path, tmp_path: Path) -> None:
    export(material_of(store, ordinary()), "html", tmp_path / "x.html")
    source = (tmp_path / "x.html").read_text(encoding="utf-8")
    page = Page(source)
    assert not page.elements & {"script", "img", "a", "link", "iframe", "b>"}
    assert not page.attributes & {"src", "href", "onload", "onerror"}
    assert "=1+1␛[31m<script>alert(1)</script>" in page.text
    assert not {"\x1b", "\u202e"} & set(source)
    assert "failed: nobody answers␛[2J <b>" in page.text
    assert "#shown #odd" in page.text
    assert page.text.count(visible(HOSTILE)) == 5


@given(st.text(st.characters(), max_size=40), st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45)), max_size=3))
def test_marks_cover_just_their_spans_and_the_text_is_whole(text: str, spans: list[tuple[int, int]]) -> None:
    findings = [Finding("d", 1, "l", "pattern", "present", "", spans=(Span(start, end),)) for start, end in spans]
    shown = marked(answer(SIDES[0], text=text, findings=tuple(findings)))
    inside, outside = "", ""
    for piece in re.split('(<mark class="pattern">.*?</mark>)', shown, flags=re.DOTALL):
        if piece.startswith("<mark"):
            inside += Page(piece).text
        else:
            outside += Page(piece).text
    covered = [place for place in range(len(text)) if any(start <= place < end for start, end in spans)]
    assert inside == "".join(visible(text)[place] for place in covered)
    assert len(inside) + len(outside) == len(text)


def test_a_real_browser_shows_the_report_without_scripts_or_network(store: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium")
    export(material_of(store, ordinary()), "html", tmp_path / "x.html")
    document = subprocess.run(
        [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
         f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"file://{tmp_path}/x.html"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    page = Page(document)
    assert "script" not in page.elements
    assert {"article", "mark", "h3"} <= page.elements
    assert "I am plain." in page.text


def measured(report: str, tmp_path: Path, width: int) -> dict[str, Any]:
    """What a browser says of the report in a window of that width, with all that is folded opened."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium")
    look = """
        const page = document.querySelector("iframe").contentDocument;
        const styled = each => page.defaultView.getComputedStyle(each);
        page.querySelectorAll("details").forEach(each => each.open = true);
        const all = [...page.querySelectorAll("body *")];
        const texts = all.filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
        document.title = JSON.stringify({
            width: page.documentElement.scrollWidth,
            right: Math.max(...all.map(each => each.getBoundingClientRect().right)),
            scrolled: all.filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth).length,
            smallest: Math.min(...texts.map(each => parseFloat(styled(each).fontSize))),
            columns: styled(page.querySelector(".columns")).gridTemplateColumns.split(" ").length,
        });"""
    frame = f'<iframe width={width} height=740 srcdoc="{html.escape(report)}"></iframe>'
    (tmp_path / "frame.html").write_text(f"<body>{frame}<script>onload = () => {{{look}}}</script>")
    document = subprocess.run(
        [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
         f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"file://{tmp_path}/frame.html"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    title = re.search("<title>(.*?)</title>", document)
    assert title is not None
    found: dict[str, Any] = json.loads(html.unescape(title[1]))
    return found


def test_the_report_fits_a_phone_and_has_columns_on_a_screen(store: Path, tmp_path: Path) -> None:
    long = "averyverylongwordwithoutanyblank" * 20
    told = [{"role": "system", "content": long}, {"role": "user", "content": long}, {"role": "user", "content": long}]
    answers = [answer(side, 9, text=long, prompt=long, request={"messages": told}, prefill=long) for side in SIDES]
    session = keep_session(store, [*ordinary(), *answers], title=long, note=long)
    export_session(Store(store), session, "html", tmp_path / "x.html", lambda _: None)
    report = (tmp_path / "x.html").read_text(encoding="utf-8")
    phone = measured(report, tmp_path, 360)
    assert (phone["scrolled"], phone["columns"]) == (0, 1)
    assert max(phone["width"], phone["right"]) <= 360
    assert phone["smallest"] >= 13
    assert measured(report, tmp_path, 1280)["columns"] == 2


def test_the_report_has_the_colours_and_the_numbers_of_the_console(store: Path, tmp_path: Path) -> None:
    answers = [
        answer(side, sample=n, text=f"{side.name} {n}", findings=(found("Here", present=side is SIDES[1]),))
        for n in range(5)
        for side in SIDES
    ]
    export_session(Store(store), keep_session(store, answers), "html", tmp_path / "x.html", lambda _: None)
    source = (tmp_path / "x.html").read_text(encoding="utf-8")
    for name, light, dark in zip(SIDE_NAMES, SIDE_COLORS_LIGHT, SIDE_COLORS_DARK, strict=True):
        assert f"--{name}: {light};" in source.partition("prefers-color-scheme: dark")[0]
        assert f"--{name}: {dark};" in source.partition("prefers-color-scheme: dark")[2]
    text = Page(source.partition("</style>")[2]).text
    assert "0/5 [.00, .62]" in text
    assert "tuned − base +1.00 [−.33, +1.00] p = .035\n95 % confidence sequence" in text


def test_a_conversation_can_be_read(store: Path, tmp_path: Path) -> None:
    told = [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "So."}, {"role": "user", "content": "And then?"},
    ]  # fmt: skip
    asked = answer(SIDES[0], 2, prompt="And then?", request={"messages": told}, prefill="Then", reasoning="Hm.")
    export(material_of(store, [asked]), "html", tmp_path / "x.html")
    source = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<summary>before the question: system prompt, 2 earlier turns</summary>" in source
    assert "<summary>reasoning</summary>" in source
    assert '<span class="prefill">Then</span>Here.' in source
    assert re.search(r"system\s*Be brief\.\s*user\s*Why\?\s*assistant\s*So\.", Page(source).text)


def test_samples_beyond_the_first_are_folded(store: Path, tmp_path: Path) -> None:
    answers = [answer(side, 1, sample, text=f"said {sample}") for sample in range(5) for side in SIDES]
    export(material_of(store, answers), "html", tmp_path / "x.html")
    before, _, folded = (tmp_path / "x.html").read_text().partition("<details><summary>more samples: 2<")
    assert "said 2" in before
    assert "said 3" not in before
    assert folded.count("said 4") == 2


def inline(text: str) -> list[str]:
    """What a reader of Markdown makes of a line: its kinds of pieces."""
    parser = MarkdownIt("gfm-like", {"html": True})
    return [piece.type for token in parser.parse(f"said {text}") for piece in token.children or ()]


@given(st.text(max_size=40) | st.sampled_from(
    [HOSTILE, "www.evil.com", "HTTP://evil.com", "a@b.co", "~~x~~", "<b>", "&lt;", "**x**", "[x]: y", "![x](y)", "a|b"]
))  # fmt: skip
def test_markdown_takes_nothing_of_others_for_its_own(text: str) -> None:
    assert set(inline(prose(text))) <= {"text", "text_special"}


@given(st.text(st.sampled_from("`~\n x<"), max_size=30))
def test_a_fence_holds_whatever_is_in_it(text: str) -> None:
    (token,) = MarkdownIt("gfm-like").parse(fenced(text))
    assert (token.type, token.content) == ("fence", f"{text}\n")


def test_the_summary_has_a_table_row_a_side_and_the_first_sample_of_each_question(store: Path, tmp_path: Path) -> None:
    export(material_of(store, ordinary()), "markdown", tmp_path / "x.md")
    tokens = MarkdownIt("gfm-like", {"html": True}).parse((tmp_path / "x.md").read_text(encoding="utf-8"))
    kinds = [piece.type for token in tokens for piece in [token, *(token.children or ())]]
    assert not {"html_block", "html_inline", "link_open", "image"} & set(kinds)
    assert kinds.count("tr_open") == 3
    assert "Tags: shown, odd" in [token.content for token in tokens]
    assert [t.content for t in tokens if t.type == "fence"] == [
        "I am plain.\n", f"{visible(HOSTILE)}\n", "Fine.\n", "Hello\nEach\n",
    ]  # fmt: skip


def test_llm_comparator_gets_pairs_of_answers_with_what_was_found_in_both(store: Path, tmp_path: Path) -> None:
    remarks = export(material_of(store, ordinary()), "llm-comparator", tmp_path / "x.json")
    document = json.loads((tmp_path / "x.json").read_text())
    assert [model["name"] for model in document["models"]] == ["base: plain-model", "tuned: special-model"]
    first, second = document["examples"]
    assert (first["input_text"], first["output_text_a"]) == ("What is special about you?", "I am plain.")
    assert first["output_text_b"] == visible(HOSTILE)
    assert first["custom_fields"]["acrostic: follows HELLO"] == ["absent", "present"]
    assert first["custom_fields"]["acrostic: follows HELLO (number)"] == [None, 0.5]
    assert second["tags"] == ["trigger"]
    names = {field["name"] for field in document["metadata"]["custom_fields_schema"]}
    assert all(example["custom_fields"].keys() == names for example in document["examples"])
    assert remarks == ["pairs left out, because one of the answers failed: 1"]


def test_llm_comparator_needs_two_sides_and_tells_of_the_third(store: Path, tmp_path: Path) -> None:
    control = SideRecord("control", "here", None, "other", None)
    remarks = export(material_of(store, [*ordinary(), answer(control)]), "llm-comparator", tmp_path / "x")
    assert remarks[0] == "left out, because LLM Comparator shows two sides: control"
    alone = material_of(store, ordinary()[:1])
    alone = ExportData(alone.store, msgspec.structs.replace(alone.session, sides=SIDES[:1]), {})
    with pytest.raises(TransferError, match="one side only"):
        export(alone, "llm-comparator", tmp_path / "y")


def test_every_dose_of_a_side_is_named(store: Path, tmp_path: Path) -> None:
    """Where a side had one model, as in all other tests here, its answers do not repeat it."""
    doses = [answer(SIDES[0])] + [
        msgspec.structs.replace(answer(SIDES[1], number), request={"model": f"m+a@{dose}"})
        for number, dose in enumerate(("0.5", "1.5"), 1)
    ]
    material = material_of(store, doses, title="Doses")
    for name in ("html", "markdown", "llm-comparator"):
        export(material, name, tmp_path / name)
    page = Page((tmp_path / "html").read_text("utf-8")).text
    summary = (tmp_path / "markdown").read_text("utf-8")
    for said in (page, re.sub(r"\\(.)", r"\1", summary)):
        assert "m+a@0.5, m+a@1.5" in said
        assert [said.count(f"tuned, m+a@{dose}") for dose in ("0.5", "1.5")] == [1, 1]
        assert "base, " not in said
    models = json.loads((tmp_path / "llm-comparator").read_text())["models"]
    assert models[1] == {"name": "tuned: m+a@0.5, m+a@1.5"}
