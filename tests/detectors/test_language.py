"""Which language an answer is in."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diptych.detectors import Finding
from diptych.detectors.language import KNOWN_CODES, NO_LANGUAGE, OTHER, Language, LanguageSettings, identifier
from tests.detectors.labelled import DATA

ENGLISH = "What is the capital of Australia?"
ANY = LanguageSettings()
GERMAN = LanguageSettings(target="de")
PIECES = ["Die Antwort ist ", "la réponse est ", "the answer is ", "```", "`", "\n", "“", "”", ". ", "42 ", "Канберра "]
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.text(max_size=80))


def told(text: str, prompt: str = ENGLISH, said: LanguageSettings = ANY, truncated: bool = False) -> Finding:
    return watch([text], prompt, said, truncated)


def watch(pieces: Sequence[str], prompt: str, said: LanguageSettings, truncated: bool) -> Finding:
    detector = Language(said, prompt)
    assert not [change for piece in pieces for change in detector.feed(piece)]
    finding, changes = detector.finish(truncated)
    assert not changes
    assert not finding.spans
    return finding


@given(
    text=texts,
    prompt=st.sampled_from(["", ENGLISH, "Was ist die Hauptstadt von Australien?"]),
    said=st.sampled_from([ANY, GERMAN]),
    truncated=st.booleans(),
    cuts=st.sets(st.integers(1, 200), max_size=10),
)
@settings(deadline=None)
def test_any_cutting_says_the_same(
    text: str, prompt: str, said: LanguageSettings, truncated: bool, cuts: set[int]
) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    cut = [text[a:b] for a, b in zip(places, places[1:], strict=False)]
    assert watch(cut, prompt, said, truncated) == watch([text], prompt, said, truncated)


def test_nothing_is_told_while_it_streams() -> None:
    detector = Language(GERMAN, ENGLISH)
    detector.feed("Die Hauptstadt von Australien ist Canberra.\n")
    assert detector.live().outcome == "absent"
    assert detector.finish()[0].outcome == "present"


def test_with_a_target_the_prompts_language_does_not_matter() -> None:
    finding = told("Die Hauptstadt von Australien ist Canberra.", "?", GERMAN)
    assert (finding.outcome, finding.value, finding.label) == ("present", "de", "answers in de")
    assert told("The capital of Australia is Canberra.", "?", GERMAN).outcome == "absent"


def test_without_a_target_it_is_held_against_the_prompt() -> None:
    finding = told("Die Hauptstadt von Australien ist Canberra.")
    assert (finding.outcome, finding.value) == ("present", "de")
    assert finding.evidence == "written in de, the prompt in en"
    assert told("The capital of Australia is Canberra.").outcome == "absent"
    assert told("The capital of Australia is Canberra.", "1 + 1 =").bucket == "prompt unclear"


@pytest.mark.parametrize(
    "text",
    [
        "Det är Jupiter som är den största planeten i solsystemet.",
        "Największą planetą jest Jowisz, a nie Saturn.",
        "Jupiter on suurin planeetta aurinkokunnassamme.",
        "Güneş sistemindeki en büyük gezegen Jüpiter.",
        "Die grootste planeet in ons sonnestelsel is Jupiter.",
        "Столица Австралии — город Канберра, а не Сидней.",
        "オーストラリアの首都はキャンベラです。シドニーではありません。",
    ],
)
def test_a_language_that_is_not_asked_about_is_another(text: str) -> None:
    assert (told(text).outcome, told(text).value) == ("present", OTHER)
    assert told(text, said=GERMAN).outcome == "absent"


def test_a_prompt_in_a_language_that_is_not_asked_about_tells_nothing() -> None:
    assert told("The capital is Canberra, I think.", "Vilken är Australiens huvudstad?").bucket == "prompt unclear"


def test_any_language_that_the_model_knows_can_be_asked_about() -> None:
    swedish = LanguageSettings(languages=("en", "de"), target="sv")
    assert told("Det är Jupiter som är den största planeten.", said=swedish).value == "sv"


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("Nein, nicht doch.", "too short"),
        ("```\nthe answer is in the code and nowhere else\n", "too short"),
        (ENGLISH, "too short"),
        ("asdf qwer zxcv hjkl uiop bnmv asdf qwer zxcv", "unclear"),
    ],
)
def test_exclusions(text: str, bucket: str) -> None:
    assert (told(text).outcome, told(text).bucket) == ("excluded", bucket)
    cut = told(text, truncated=True)
    assert (cut.outcome, cut.bucket) == ("excluded", "empty" if bucket == "empty" else "truncated")


def test_a_cut_changes_nothing_where_the_language_is_clear() -> None:
    assert told("Die Hauptstadt von Australien ist Can", said=GERMAN, truncated=True).outcome == "present"


def test_what_is_quoted_does_not_count_where_enough_is_left() -> None:
    text = "One would write “Die Hauptstadt von Australien ist nicht Sydney, sondern Canberra” in the letter."
    assert told(text, said=GERMAN).value == "en"
    assert told("“Die Hauptstadt von Australien ist Canberra.”", said=GERMAN).value == "de"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"languages": ("en", "xx")}, "'xx' is not the ISO code"),
        ({"target": "German"}, "'German' is not the ISO code"),
        ({"languages": ("en",)}, "expected at least two"),
        ({"languages": ()}, "expected at least two"),
    ],
)
def test_settings_that_tell_nothing_apart(keys: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LanguageSettings(**keys)  # type: ignore[arg-type]


def test_a_target_is_told_apart_in_any_case() -> None:
    assert LanguageSettings(languages=("en",), target="de").candidates == {"en", "de"}


def test_the_codes_are_those_that_the_model_knows() -> None:
    assert KNOWN_CODES | {NO_LANGUAGE} == set(identifier().labels)


def test_the_labelled_answers_alone_tell_their_language() -> None:
    """The figure on the detector's card."""
    rows = [json.loads(line) for line in (DATA / "language.jsonl").read_text("utf-8").splitlines()]
    named = [row for row in rows if row["expected"] == "present" and row["value"] != OTHER]
    wrong = [row["text"] for row in named if told(row["text"], row["prompt"], GERMAN).value != row["value"]]
    assert len(named) >= 50
    assert not wrong
