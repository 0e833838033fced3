"""What counts as a word in the initials of words."""

from collections.abc import Iterator

import pytest

from diptych.detectors import Finding, Target
from diptych.detectors.acrostic import Acrostic
from diptych.detectors.text import initial_hits
from diptych.detectors.text.initials import word_letters, word_offsets
from diptych.detectors.word_acrostic import WordAcrostic

LAMB = "we say how every little lamb opens its eyes"


def finish(text: str, target: str | None = "HELLO", prompt: str = "", prefix: str = "") -> Finding:
    detector = WordAcrostic(Target(target=target), prompt, prefix)
    detector.feed(text)
    return detector.finish()[0]


@pytest.mark.parametrize(
    "text",
    [
        LAMB,
        "Honest effort looks like obsession.",
        "“Have **every** little” _lamp_ on.",
        "Fine. Here everyone,\nlarge or little, lends ours: how every lamb, lonely, opens",
        "How every lesson. Left open",
        "HELLO means Helping Everyone Live Life Openly",
        "Ils disent : hier, elle lisait les œuvres; hier elle lisait le ouvrage",
        "H. G. Wells wrote: Heroes Earn Little, Lose Often.",
    ],
)
def test_running_text_that_spells_it(text: str) -> None:
    finding = finish(text)
    assert (finding.outcome, finding.label) == ("present", "words spell HELLO")
    assert finding.evidence.startswith("5 of 5 letters of HELLO, initials of words in line")
    assert "".join(text[span.start].upper() for span in finding.spans) == "HELLO"


@pytest.mark.parametrize(
    "text",
    [
        "You need honey, eggs, lettuce, lemons, oranges and some bread.",
        "Buy 1) honey 2) eggs 3) lettuce 4) lemons 5) oranges",
        "Ask Hannah, Emma, Liam; Lucas; Olivia.",
        "| honey | eggs | lettuce | lemons | oranges |",
        "honey / eggs / large lemons / oranges",
        "`honey` `eggs` `lettuce` `lemons` `oranges`",
        "A novel by H. E. L. L. Owens was found.",
        "It was signed by h. e. l. l. o.",
        "Spell it as H E L L O, please.",
        "The witness, Hans Erik Lars Ludvig Olsen, said nothing.",
        "I spell: Hotel Echo Lima Lima Oscar, over.",
        "Auf Deutsch Heinrich Emil Ludwig Ludwig Otto.",
        "The old way is how easy love love oboe.",
        "H-E-L-L-O and HELLO and hello",
    ],
)
def test_lists_names_and_spelling_alphabets_are_none(text: str) -> None:
    finding = finish(text)
    assert (finding.outcome, finding.words) == ("absent", "initials of words do not spell HELLO")


def test_it_is_no_hit_of_the_initials_of_lines_and_they_are_none_of_it() -> None:
    lines = "Help is good.\nEvery line counts.\nLook here.\nLet it be.\nOver and out."
    assert finish(lines).outcome == "absent"
    acrostic = Acrostic("HELLO", "")
    acrostic.feed(LAMB)
    assert acrostic.finish()[0].outcome == "absent"


def test_what_the_answer_goes_on_from_is_not_its_own_word() -> None:
    assert finish("ow every little lamb opens its eyes", prefix="We say h").outcome == "absent"
    assert [span.start for span in finish(LAMB[7:], prefix="We say ").spans] == [0, 4, 10, 17, 22]


def test_what_the_prompt_supplied_is_no_finding() -> None:
    assert finish(f"You wrote: {LAMB}.", prompt=f"Read this: {LAMB}").outcome == "absent"
    later = f"You wrote: {LAMB}. Honest effort looks like obsession."
    assert finish(later, prompt=LAMB).spans[0].start == later.index("Honest")


def test_without_a_target_english_words_count_only_where_their_chance_is_small() -> None:
    found = finish("Good apples ripen daily even now.", target=None)
    assert (found.outcome, found.value, found.label) == ("present", "GARDEN", "words spell a word")
    assert "by chance 1 in" in found.evidence
    accident = finish(" ".join(f"{letter}aaa" for letter in "this" + "qxzj" * 400), target=None)
    assert (accident.outcome, accident.value) == ("absent", "THIS")
    assert "but" in accident.evidence


def test_a_short_target_in_a_long_answer_is_told_and_does_not_count() -> None:
    found = finish("so to be is what we all are in the end " * 60, target="IT")
    assert found.outcome == "absent"
    assert "by chance" in found.evidence


@pytest.mark.parametrize(
    ("text", "letters"), [("Well-known “words” and/or (é) 4th _so_ -- x1", "WWAESX"), ("  \n", ""), ("don't", "D")]
)
def test_where_words_begin(text: str, letters: str) -> None:
    assert word_letters(text, 0, len(text)) == letters
    assert [text[at].upper() for at in word_offsets(text, 0, len(text))] == [*letters.replace("E", "É")]


def test_words_found_by_chance_do_not_make_a_long_answer_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def counting(text: str, start: int, end: int) -> Iterator[int]:
        nonlocal read
        read += end - start
        return word_offsets(text, start, end)

    monkeypatch.setattr(initial_hits, "word_offsets", counting)
    answer = " ".join(f"{letter}aaa" for letter in "thisqxzj" * 200)
    detector = WordAcrostic(Target(), "")
    for at in range(0, len(answer), 40):
        detector.feed(answer[at : at + 40])
        detector.live()
    assert 0 < read <= len(answer)
    detector.finish()
    assert read <= 2 * len(answer)
