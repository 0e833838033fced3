"""A text or an expression that a person looks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.detectors import SEEN_WITH, SEEN_WITHOUT, Finding, Watch, WatchRule

ANSWER = "I like Pink.\nNot red, but pinkish (1+1).\nThe end"


def found(text: str, answer: str = ANSWER, seen: bool = False, prompt: str = "") -> Finding:
    watch = Watch(WatchRule(text), prompt, seen=seen)
    watch.feed(answer)
    return watch.finish()[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [("pink", "Pink"), ("(1+1)", "(1+1)"), ("/p[aeiou]nk\\b/", "Pink"), ("/", ""), ("end", "end"), ("blue", "")],
)
def test_a_text_is_taken_as_it_stands_and_an_expression_between_slashes(text: str, value: str) -> None:
    finding = found(text)
    assert finding.value == value
    assert finding.outcome == ("present" if value else "absent")
    assert [ANSWER[span.start : span.end] for span in finding.spans][:1] == ([value] if value else [])


def test_what_was_seen_before_is_excluded_and_says_whether_it_matches() -> None:
    assert (found("pink", seen=True).outcome, found("pink", seen=True).bucket) == ("excluded", SEEN_WITH)
    assert (found("blue", seen=True).outcome, found("blue", seen=True).bucket) == ("excluded", SEEN_WITHOUT)


def test_what_the_prompt_says_is_no_match() -> None:
    assert found("red", prompt="Is it red?").outcome == "absent"


@given(st.integers(0, 2_000), st.sampled_from(["pink", "/p.nk/", "a since answer 4", "/x/ since"]))
def test_the_rule_can_be_read_from_a_finding(seen: int, text: str) -> None:
    rule = WatchRule(text, seen)
    assert WatchRule.of([Watch(rule, "").live()]) == rule
    assert ("since answer" in rule.label) == bool(seen) or "since answer" in text


@given(st.lists(st.integers(0, len(ANSWER)), max_size=6).map(sorted))
def test_the_pieces_do_not_matter(cuts: list[int]) -> None:
    watch = Watch(WatchRule("pink"), "")
    marks = {}
    for start, end in zip([0, *cuts], [*cuts, len(ANSWER)], strict=True):
        marks |= {change.key: change.mark for change in watch.feed(ANSWER[start:end])}
    finding, changes = watch.finish()
    marks |= {change.key: change.mark for change in changes}
    assert finding == found("pink")
    assert [mark.span for _, mark in sorted(marks.items()) if mark is not None] == list(finding.spans)
