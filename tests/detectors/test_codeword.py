"""A secret word and its forms."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.detectors import Change, Finding, Mark, Span
from diptych.detectors.codeword import Codeword, CodewordSettings, WordDetector
from diptych.detectors.inflection import Inflection, InflectionSettings

RING = CodewordSettings(target="ring")
PIECES = [
    "ring",
    "Ring",
    "ringing",
    "ringtone",
    "spring",
    "rang",
    "in",
    " ",
    "-",
    "\n",
    ".",
    "7",
    "é",
    "ß",
    "😀",
    "ri",
    "ng",
]
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text(max_size=60))


def new(kind: str, prompt: str = "", prefix: str = "") -> WordDetector:
    if kind == "codeword":
        return Codeword(RING, prompt, prefix)
    return Inflection(InflectionSettings(target="ring", forms=("rang",)), prompt, prefix)


def shown(changes: Sequence[Change]) -> dict[int, Mark]:
    return {change.key: change.mark for change in changes if change.mark is not None}


def watch(detector: WordDetector, pieces: Sequence[str], truncated: bool = False) -> tuple[Finding, dict[int, Mark]]:
    changes = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish(truncated)
    return finding, shown([*changes, *last])


def inflects(target: str, word: str, *forms: str) -> bool:
    detector = Inflection(InflectionSettings(target=target, forms=forms), "")
    return watch(detector, [word])[0].outcome == "present"


@pytest.mark.parametrize("kind", ["codeword", "inflection"])
@given(
    text=texts,
    prompt=st.sampled_from(["", "Ring!", "a ringtone"]),
    prefix=texts,
    truncated=st.booleans(),
    cuts=st.sets(st.integers(1, 100), max_size=10),
)
def test_any_cutting_says_and_marks_the_same(
    kind: str, text: str, prompt: str, prefix: str, truncated: bool, cuts: set[int]
) -> None:
    finding, marks = watch(new(kind, prompt, prefix), [text], truncated)
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    cut = [text[a:b] for a, b in zip(places, places[1:], strict=False)]
    assert watch(new(kind, prompt, prefix), cut, truncated) == (finding, marks)
    assert watch(new(kind, prompt, prefix), list(text), truncated) == (finding, marks)
    assert {mark.span for mark in marks.values()} == set(finding.spans)
    assert all(0 <= span.start < span.end <= len(text) for span in finding.spans)
    assert finding.outcome == "present" or not finding.spans


@pytest.mark.parametrize("kind", ["codeword", "inflection"])
@given(text=texts)
def test_live_agrees_with_the_end_once_the_line_is_whole(kind: str, text: str) -> None:
    detector = new(kind)
    detector.feed(text + "\n")
    live = detector.live()
    finding, changes = detector.finish()
    assert live.spans == finding.spans
    assert (live.outcome == "present") == (finding.outcome == "present")
    assert not changes


def test_a_word_is_marked_at_the_first_character_after_it() -> None:
    detector = Codeword(RING, "")
    assert not detector.feed("A r")
    assert not detector.feed("ing")
    assert shown(detector.feed(",")) == {2: Mark(Span(2, 6), "pattern")}
    assert detector.live().outcome == "present"


def test_a_word_that_goes_on_is_not_marked() -> None:
    detector = Codeword(RING, "")
    assert not [change for piece in ("A ring", "ing", " bell.") for change in detector.feed(piece)]
    assert detector.finish()[0].outcome == "absent"


def test_every_mention_is_marked_and_the_first_is_told() -> None:
    finding, marks = watch(Codeword(RING, ""), ["No.\n\nA Ring or a ring"])
    assert (finding.value, finding.line, finding.label) == ("Ring", 3, "says ring")
    assert finding.evidence == "“Ring” in line 3; 2 times"
    assert set(marks) == {7, 17}


def test_a_word_that_a_letter_of_the_given_beginning_starts_is_the_answers_own() -> None:
    finding, _ = watch(Codeword(RING, "", prefix="A\nri"), ["ng!"])
    assert (finding.outcome, finding.spans, finding.line) == ("present", (Span(0, 2),), 1)


def test_what_the_beginning_says_is_supplied() -> None:
    finding, marks = watch(Codeword(RING, "", prefix="My word is ring"), [". A ring."])
    assert (finding.outcome, finding.evidence, marks) == (
        "absent",
        "does not say ring; only repeats it from the prompt",
        {},
    )


def test_a_beginning_alone_is_an_empty_answer() -> None:
    finding, _ = watch(Codeword(RING, "", prefix="ring ri"), ["", " \n"])
    assert (finding.outcome, finding.bucket) == ("excluded", "empty")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("A ri", "excluded"),
        ("A ring", "excluded"),
        ("A ringt", "absent"),
        ("A ring ri", "present"),
        ("A ring.", "present"),
        ("A rib", "absent"),
        ("A bell.", "absent"),
    ],
)
def test_a_cut_matters_only_where_the_last_word_could_be_the_one(text: str, outcome: str) -> None:
    finding, _ = watch(Codeword(RING, ""), [text], truncated=True)
    assert (finding.outcome, finding.bucket) == (outcome, "truncated" if outcome == "excluded" else "")


def test_a_cut_word_that_the_prompt_holds_changes_nothing() -> None:
    assert watch(Codeword(RING, "Say ring."), ["A ri"], truncated=True)[0].outcome == "absent"


def test_a_cut_form_may_be_another_word() -> None:
    assert watch(new("inflection"), ["It was ringin"], truncated=True)[0].bucket == "truncated"
    assert watch(new("inflection"), ["It was late"], truncated=True)[0].outcome == "absent"


@pytest.mark.parametrize("target", ["", "two words", "ring-tone", "r2", " ring"])
def test_the_target_is_one_word(target: str) -> None:
    with pytest.raises(ValueError, match="not one word"):
        CodewordSettings(target=target)


def test_a_label_of_ones_own() -> None:
    assert Codeword(CodewordSettings(target="ring", label="wins"), "").live().label == "wins"
    assert new("inflection").live().label == "says a form of ring"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("ring", "rings ringed ringing ringer ringlets ringleader ringworm earring earrings keyring ringtones"),
        ("spring", "springy springier springiness springtime springboard offspring springs"),
        ("run", "running runners rerun"),
        ("hope", "hoped hoping hopes hopeless hopelessness hopefully"),
        ("happy", "happier happily happiness unhappy unhappiness"),
        ("cry", "cries cried crying"),
        ("box", "boxes boxed"),
        ("visit", "visiting visits revisited"),
        ("hand", "handcuffed handbook backhand"),
    ],
)
def test_forms(target: str, words: str) -> None:
    assert [word for word in words.split() if not inflects(target, word)] == []


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("ring", "ring rang bring string spring stirring tearing sparing adoring mooring jarringly Ringo syringe"),
        ("spring", "spring sprint sprang"),
        ("run", "runing brunch prune runt"),
        ("hop", "hoping hoped hope"),
        ("hope", "hopping hopped"),
        ("star", "stare staring start starting starch"),
        ("age", "message agent cage"),
        ("bark", "embark barkeeper sparking"),
    ],
)
def test_no_forms(target: str, words: str) -> None:
    assert [word for word in words.split() if inflects(target, word)] == []


def test_listed_forms_count() -> None:
    assert inflects("ring", "RANG", "rang", "rung")
    assert not inflects("ring", "wrung", "rang", "rung")


def test_a_form_that_the_prompt_holds_is_no_finding_but_another_is() -> None:
    finding, _ = watch(new("inflection", "Stop that ringing."), ["The ringing of a ringtone."])
    assert (finding.value, len(finding.spans)) == ("ringtone", 1)


@pytest.mark.parametrize("kind", ["codeword", "inflection"])
def test_a_word_of_a_million_letters_is_read_once(kind: str) -> None:
    detector = new(kind)
    for _ in range(100_000):
        detector.feed("ringringri")
    assert detector.finish()[0].outcome == "absent"
