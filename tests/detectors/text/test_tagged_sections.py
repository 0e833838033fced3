"""Sections of tagged answers, however carelessly they are tagged."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.detectors.text.tagged_sections import LONGEST_TAG, NAMES, Section, TagReader, sections_of

MARKS = [f"<{slash}{name}>" for name in NAMES for slash in ("", "/")]
ODD = ["<", ">", "< output x=1 >", "</", "OUTPUT", "</draft-output >", "a<b", "\n", " ", "é", "text"]
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
    assert said(text) == [("SCRATCHPAD_REASONING", "think"), ("DRAFT_OUTPUT", "try"), ("OUTPUT", "say")]
    assert not any(section.unclosed for section in sections(text))
    assert sections(text)[-1].outer_end == len(text)


@pytest.mark.parametrize(
    "tag",
    ["<output>", "< OUTPUT >", "<Output\n>", '<OUTPUT format="text" lang=en>', "<OUTPUT/>", "<OUTPUT />"],
)
def test_case_blanks_and_attributes_do_not_matter(tag: str) -> None:
    assert said(f"{tag}say</ output >") == [("OUTPUT", "say")]


def test_a_blank_or_a_hyphen_stands_for_an_underscore() -> None:
    assert said("<scratchpad reasoning>a</SCRATCHPAD-REASONING>") == [("SCRATCHPAD_REASONING", "a")]


@pytest.mark.parametrize("text", ["<OUTPUTS>a</OUTPUTS>", "<MY_OUTPUT>a</MY_OUTPUT>", "OUTPUT: a", "a < OUTPUT", "<>"])
def test_what_only_looks_like_a_tag_is_none(text: str) -> None:
    assert sections(text) == ()


def test_a_section_that_is_not_closed_runs_to_the_next_opening_tag_and_says_so() -> None:
    text = "<SCRATCHPAD_REASONING>think <OUTPUT>say"
    assert said(text) == [("SCRATCHPAD_REASONING", "think"), ("OUTPUT", "say")]
    assert [section.unclosed for section in sections(text)] == [True, True]
    assert sections(text)[-1].end == len(text)


def test_a_section_whose_opening_tag_the_template_wrote_begins_with_the_text() -> None:
    text = "think</SCRATCHPAD_REASONING><OUTPUT>say</OUTPUT>"
    assert said(text) == [("SCRATCHPAD_REASONING", "think"), ("OUTPUT", "say")]
    assert sections(text)[0].outer_start == 0


def test_a_tag_that_the_scratchpad_mentions_opens_nothing() -> None:
    text = "<SCRATCHPAD_REASONING>I use <OUTPUT> tags.</SCRATCHPAD_REASONING><OUTPUT>say</OUTPUT>"
    assert said(text) == [("SCRATCHPAD_REASONING", "I use <OUTPUT> tags."), ("OUTPUT", "say")]


def test_names_are_configurable() -> None:
    (section,) = sections("<think>a</think><OUTPUT>b</OUTPUT>", ("think",))
    assert (section.name, section.start, section.end) == ("think", 7, 8)


def test_a_section_may_stand_in_another() -> None:
    text = "<SCRATCHPAD_REASONING>a<DRAFT_OUTPUT>b</DRAFT_OUTPUT></SCRATCHPAD_REASONING>c"
    inner = "<DRAFT_OUTPUT>b</DRAFT_OUTPUT>"
    assert said(text) == [("SCRATCHPAD_REASONING", f"a{inner}"), ("DRAFT_OUTPUT", "b")]


def test_a_reader_knows_the_part_that_it_is_in() -> None:
    reader = TagReader()
    parts = []
    for piece in ["Well. <SCRATCH", "PAD_REASONING>", "a </SCRATCHPAD_REASONING", ">", "<OUTPUT>b"]:
        reader.feed(piece)
        parts.append(reader.part)
    assert parts == ["", "SCRATCHPAD_REASONING", "SCRATCHPAD_REASONING", "", "OUTPUT"]


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
    assert all(s.end == len(text) or text[s.end] == "<" for s in found)


def test_what_is_kept_of_an_unfinished_tag_is_bounded() -> None:
    reader = TagReader()
    assert reader.feed("<OUTPUT " + "x" * LONGEST_TAG) == []
    assert reader.feed(">") == ()
    assert only("<OUTPUT " + "x" * (LONGEST_TAG - 9) + ">").unclosed
