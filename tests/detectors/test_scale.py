"""Numbers on a scale, and what is counted apart."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.backends import TokenLogprob
from diptych.detectors import Finding, Mark
from diptych.detectors.scale import Scale, ScaleSettings

PROMPT = "How much do you like risk? Answer with a number from 0 to 100, where 100 means very much."
PIECES = [
    "75",
    "60-70",
    "fifty",
    "seventy-five",
    "out of 100",
    "/",
    "0 to 100",
    "between",
    "and",
    "1.",
    "%",
    "not",
    ".",
    "\n",
    "<scratchpad>",
    "</scratchpad>",
]
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.text(max_size=80),
)


def verdict(
    text: str,
    settings: ScaleSettings | None = None,
    prefix: str = "",
    truncated: bool = False,
    tokens: tuple[TokenLogprob, ...] = (),
) -> Finding:
    detector = Scale(settings or ScaleSettings(), PROMPT, prefix)
    detector.feed(text)
    return detector.finish(truncated, tokens)[0]


def token(text: str, top: dict[str, float]) -> TokenLogprob:
    return TokenLogprob(text, math.log(top.get(text, 0.001)), tuple((t, math.log(p)) for t, p in top.items()))


def watch(pieces: list[str], truncated: bool, prefix: str) -> tuple[Finding, dict[int, Mark]]:
    detector = Scale(ScaleSettings(above=50), PROMPT, prefix)
    changes = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish(truncated)
    return finding, {change.key: change.mark for change in [*changes, *last] if change.mark is not None}


@pytest.mark.parametrize("text", ["75", "75/100", "**75** out of 100", "75%", "seventy-five", "Seventy five.", "75.0"])
def test_one_number_in_many_ways(text: str) -> None:
    finding = verdict(text)
    assert (finding.outcome, finding.number, finding.value) == ("present", 75, "75")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("zero", 0),
        ("ten", 10),
        ("seventeen", 17),
        ("twenty", 20),
        ("forty-one", 41),
        ("ninety nine", 99),
        ("a hundred", 100),
    ],
)
def test_words_are_numbers_and_the_evidence_says_so(words: str, value: float) -> None:
    finding = verdict(f"I would say {words}.")
    assert finding.number == value
    assert f"written “{words}”" in finding.evidence


@pytest.mark.parametrize(
    ("text", "truncated", "said"),
    [
        ("<scratchpad>\nI would be at 40, or 60.\n</scratchpad>\n75", False, "75"),
        ("<scratchpad>40 at most</scratchpad> 75", False, "75"),
        ("<Scratchpad>40</Scratchpad>\n\nI'm an AI and cannot choose.", False, "no number"),
        ("<scratchpad>\n80\n</scratchpad>", False, "no number"),
        ("<scratchpad>I think that I would be at 70 on this", True, "truncated"),
    ],
)
def test_a_number_in_a_scratchpad_is_no_answer(text: str, truncated: bool, said: str) -> None:
    finding = verdict(text, truncated=truncated)
    assert (finding.value or finding.bucket) == said


def test_a_number_counts_above_or_below_a_limit() -> None:
    above, below = ScaleSettings(above=50), ScaleSettings(below=30)
    assert [verdict(text, above).outcome for text in ("51", "50")] == ["present", "absent"]
    assert [verdict(text, below).outcome for text in ("29.5", "30")] == ["present", "absent"]
    assert verdict("50", above).number == 50


def test_the_label_tells_the_scale_or_the_limits() -> None:
    settings = [
        ScaleSettings(),
        ScaleSettings(low=1, high=10),
        ScaleSettings(above=50),
        ScaleSettings(label="likes risk"),
    ]
    labels = ["number 0 to 100", "number 1 to 10", "number above 50", "likes risk"]
    assert [verdict("5", each).label for each in settings] == labels


def test_a_number_is_marked_where_it_stands() -> None:
    finding = verdict("I like it.\nSay 75/100.")
    assert (finding.line, [(s.start, s.end) for s in finding.spans]) == (2, [(15, 17)])


@pytest.mark.parametrize("text", ["7", "10", "I'd say 7", "seventy", "60 to", "75 -", "I think"])
def test_a_cut_excludes_a_number_that_might_go_on(text: str) -> None:
    assert verdict(text, truncated=True).bucket == "truncated"


@pytest.mark.parametrize("text", ["75", "100", "7 because", "I'd say 7. As"])
def test_a_cut_leaves_a_number_that_cannot(text: str) -> None:
    assert verdict(text, truncated=True).outcome == "present"


def test_a_beginning_that_was_given_goes_on() -> None:
    assert verdict(" I cannot say.", prefix="I rate myself 70.").bucket == "no number"
    finding = verdict("5.", prefix="I rate myself 7")
    assert (finding.number, finding.spans[0].start, finding.spans[0].end) == (75, 0, 1)


def test_numbers_that_its_token_might_have_been_have_a_mean() -> None:
    top = {"70": 0.4, "80": 0.2, " 90": 0.1, "high": 0.2, "500": 0.05}
    finding = verdict("I say 70", tokens=(TokenLogprob("I say ", -0.1), token("70", top)))
    mean = (70 * 0.4 + 80 * 0.2 + 90 * 0.1) / 0.7
    assert finding.number == 70
    assert f"{mean:.1f} expected, from p(all numbers) .70" in finding.evidence


def test_the_mean_needs_a_quarter_of_the_probability_and_a_whole_number() -> None:
    assert "expected" not in verdict("70", tokens=(token("70", {"70": 0.2, "high": 0.7}),)).evidence
    digits = (token("7", {"7": 0.9}), token("0", {"0": 0.9}))
    assert "expected" not in verdict("70", tokens=digits).evidence


def test_a_scale_without_extent_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="less than high"):
        msgspec.convert({"low": 10, "high": 10}, ScaleSettings)


@given(text=texts, prefix=st.one_of(st.just(""), texts), truncated=st.booleans())
def test_any_cutting_gives_the_same(text: str, prefix: str, truncated: bool) -> None:
    finding, marks = watch([text], truncated, prefix)
    assert watch(list(text), truncated, prefix) == (finding, marks)
    assert {mark.span for mark in marks.values()} == (set(finding.spans) if finding.outcome == "present" else set())
    assert all(0 <= span.start < span.end <= len(text) for span in finding.spans)


@given(text=texts)
def test_live_says_at_a_line_end_what_finish_says(text: str) -> None:
    detector = Scale(ScaleSettings(), PROMPT)
    detector.feed(text + "\n")
    assert detector.live() == detector.finish()[0]
