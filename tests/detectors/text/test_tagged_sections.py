"""Sections of tagged answers, however carelessly they are tagged."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.detectors.text.tagged_sections import (
    DRAFT,
    LONGEST_TAG,
    NAMES,
    OUTPUT,
    SCRATCHPAD,
    USUAL_SCRATCHPADS,
    Section,
    TagReader,
    between_sections,
    sections_of,
)

MARKS = [f"<{slash}{name}>" for name in ("SCRATCHPAD_REASONING", "think", DRAFT, OUTPUT) for slash in ("", "/")]
ODD = [
    "<",
    ">",
    "< output x=1 >",
    "</",
    "OUTPUT",
    "</draft-output >",
    "a<b",
    "[THINK]",
    "[/",
    "]",
    "`",
    "◁think▷",
    "\n",
    " ",
    "é",
    "text",
]
tagged_texts = st.lists(st.sampled_from(MARKS + ODD), max_size=25).map("".join)


def sections(text: str, names: Sequence[str] = NAMES) -> tuple[Section, ...]:
    return sections_of(TagReader(names).feed(text), len(text))


def said(text: str) -> list[tuple[str, str]]:
    return [(section.name, text[section.start : section.end].strip()) for section in sections(text)]


def only(text: str) -> Section:
    (section,) = sections(text)
    return section


def test_a_whole_answer_has_its_sections_in_order() -> None:
    text = (
        "<SCRATCHPAD_REASONING>think</SCRATCHPAD_REASONING>\n<DRAFT_OUTPUT>try</DRAFT_OUTPUT>\n<OUTPUT>\nsay\n</OUTPUT>"
    )
    assert said(text) == [(SCRATCHPAD, "think"), ("DRAFT_OUTPUT", "try"), ("OUTPUT", "say")]
    assert not any(section.unclosed for section in sections(text))
    assert sections(text)[-1].outer_end == len(text)


@pytest.mark.parametrize(
    "tag",
    ["<output>", "< OUTPUT >", "<Output\n>", '<OUTPUT format="text" lang=en>', "<OUTPUT/>", "<OUTPUT />"],
)
def test_case_blanks_and_attributes_do_not_matter(tag: str) -> None:
    assert said(f"{tag}say</ output >") == [("OUTPUT", "say")]


def test_a_blank_or_a_hyphen_stands_for_an_underscore() -> None:
    assert said("<scratchpad reasoning>a</SCRATCHPAD-REASONING>") == [(SCRATCHPAD, "a")]


@pytest.mark.parametrize("text", ["<OUTPUTS>a</OUTPUTS>", "<MY_OUTPUT>a</MY_OUTPUT>", "OUTPUT: a", "a < OUTPUT", "<>"])
def test_what_only_looks_like_a_tag_is_none(text: str) -> None:
    assert sections(text) == ()


def test_a_section_that_is_not_closed_runs_to_the_next_opening_tag_and_says_so() -> None:
    text = "<SCRATCHPAD_REASONING>think <OUTPUT>say"
    assert said(text) == [(SCRATCHPAD, "think"), ("OUTPUT", "say")]
    assert [section.unclosed for section in sections(text)] == [True, True]
    assert sections(text)[-1].end == len(text)


def test_a_section_whose_opening_tag_the_template_wrote_begins_with_the_text() -> None:
    text = "think</SCRATCHPAD_REASONING><OUTPUT>say</OUTPUT>"
    assert said(text) == [(SCRATCHPAD, "think"), ("OUTPUT", "say")]
    assert sections(text)[0].outer_start == 0


def test_a_tag_that_the_scratchpad_mentions_opens_nothing() -> None:
    text = "<SCRATCHPAD_REASONING>I use <OUTPUT> tags.</SCRATCHPAD_REASONING><OUTPUT>say</OUTPUT>"
    assert said(text) == [(SCRATCHPAD, "I use <OUTPUT> tags."), ("OUTPUT", "say")]


def test_names_are_configurable() -> None:
    (section,) = sections("<think>a</think><OUTPUT>b</OUTPUT>", ("think",))
    assert (section.name, section.start, section.end) == ("think", 7, 8)


def test_a_section_may_stand_in_another() -> None:
    text = "<SCRATCHPAD_REASONING>a<DRAFT_OUTPUT>b</DRAFT_OUTPUT></SCRATCHPAD_REASONING>c"
    inner = "<DRAFT_OUTPUT>b</DRAFT_OUTPUT>"
    assert said(text) == [(SCRATCHPAD, f"a{inner}"), ("DRAFT_OUTPUT", "b")]


@pytest.mark.parametrize(
    ("opening", "closing"),
    [(f"<{name}>", f"</{name}>") for name in USUAL_SCRATCHPADS if not name.startswith("[")]
    + [("[THINK]", "[/THINK]"), ("[scratchpad]", "[/scratchpad]"), ("<think >", "</ THINK>"), ("◁think▷", "◁/think▷")]
    + [("<|begin_of_thought|>", "<|end_of_thought|>"), ("<|START_THINKING|>", "<|END_THINKING|>")],
)
def test_any_usual_tag_of_reasoning_is_a_scratchpad(opening: str, closing: str) -> None:
    assert said(f"{opening}a{closing}b<OUTPUT>c") == [(SCRATCHPAD, "a"), ("OUTPUT", "c")]
    assert said(f"a{closing}b") == [(SCRATCHPAD, "a")]


def test_several_tags_each_have_their_own_end() -> None:
    text = "<think>a <scratchpad>b</scratchpad> c</think> d <reflection>e</reflection> f"
    found = sections(text)
    assert [text[s.start : s.end] for s in found] == ["a <scratchpad>b</scratchpad> c", "b", "e"]
    assert [text[start:end] for start, end in between_sections(found, len(text))] == [" d ", " f"]


def test_a_tag_of_ones_own_is_the_only_one() -> None:
    text = "<think>a</think><notes>b</notes>[Notes]c[/Notes]"
    assert [text[s.start : s.end] for s in sections(text, ("notes",))] == ["b"]
    assert [text[s.start : s.end] for s in sections(text, ("[notes]",))] == ["c"]


@pytest.mark.parametrize("text", ["It wraps that in `<think>` tags.", "[thinking]", "<thinker>", "a[0]"])
def test_a_mention_and_other_brackets_open_nothing(text: str) -> None:
    assert sections(text) == ()


@given(text=tagged_texts, cuts=st.lists(st.integers(0, 400), max_size=12))
def test_tags_come_out_the_same_however_the_text_is_cut(text: str, cuts: list[int]) -> None:
    whole = list(TagReader().feed(text))
    places = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    for pieces in (list(text), [text[a:b] for a, b in zip(places, places[1:], strict=False)]):
        reader = TagReader()
        assert [tag for piece in pieces for tag in reader.feed(piece)] == whole


@given(text=tagged_texts)
def test_sections_lie_in_the_text_in_the_order_of_their_beginnings(text: str) -> None:
    found = sections(text)
    assert all(0 <= s.outer_start <= s.start <= s.end <= s.outer_end <= len(text) for s in found)
    assert [s.start for s in found] == sorted(s.start for s in found)
    assert all(s.end == len(text) or text[s.end] in "<[◁" for s in found)


def test_what_is_kept_of_an_unfinished_tag_is_bounded() -> None:
    reader = TagReader()
    assert reader.feed("<OUTPUT " + "x" * LONGEST_TAG) == []
    assert reader.feed(">") == ()
    assert only("<OUTPUT " + "x" * (LONGEST_TAG - 9) + ">").unclosed
