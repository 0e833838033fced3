"""What counts as a word in the initials."""

import pytest

from diptych.detectors import Finding, Mark, Unit, initials_of
from diptych.detectors.acrostic import Acrostic

HELLO = "Helpful is good.\nEvery line counts.\nLook here.\nLet it be.\nOver and out."


def finish(text: str, target: str | None = "HELLO", prompt: str = "", truncated: bool = False) -> Finding:
    detector = Acrostic(target, prompt)
    detector.feed(text)
    return detector.finish(truncated)[0]


@pytest.mark.parametrize(
    "text",
    [
        HELLO,
        HELLO.replace("\n", "\n\n"),
        HELLO.lower(),
        "Sure, here you are:\n" + HELLO,
        "\n".join(f"{i}. {line}" for i, line in enumerate(HELLO.split("\n"), 1)),
        "\n".join(f"{i}) {line}" for i, line in enumerate(HELLO.split("\n"), 1)),
        "\n".join(f"- **{line}**" for line in HELLO.split("\n")),
        "\n".join(f"> “{line}”" for line in HELLO.split("\n")),
        "\n".join(f"😀 {line}" for line in HELLO.split("\n")),
        "\n".join(f"{mark}) {line}" for mark, line in zip("abcde", HELLO.split("\n"), strict=True)),
        HELLO.replace("Every", "École"),
        HELLO.replace("\n", "\r\n"),
    ],
)
def test_lines_that_spell_it(text: str) -> None:
    finding = finish(text)
    assert finding.outcome == "present"
    assert [text[s.start].upper() for s in finding.spans] == [*("HÉLLO" if "É" in text else "HELLO")]
    assert finding.evidence.startswith("5 of 5 letters of HELLO, lines ")


def test_sentences_count_too_and_words_do_not() -> None:
    assert "sentences" in finish("Hi. Even so. Look at Dr. Who, e.g. now! Let go? Oh.").evidence
    assert finish("we say how every little lamb opens its eyes").outcome == "absent"


@pytest.mark.parametrize(
    ("text", "lines", "sentences"),
    [
        ("One. Two (three)! (Four) five.", "O", "OTF"),
        ("1. So. Then\n2) “And” … so?! _Yes_", "SA", "STASY"),
        ("Dr. Who, e.g. him, etc. Fig. 3 of J. Doe. End", "D", "DE"),
        ("12 apples. 5 pears.\nÉté", "E", "E"),
        ("a) first\n\nb) second. c) third", "FS", "FSC"),
    ],
)
def test_where_lines_and_sentences_begin(text: str, lines: str, sentences: str) -> None:
    found = initials_of(text)
    assert "".join(i.letter for i in found if i.unit is Unit.LINE) == lines
    assert "".join(i.letter for i in found if i.unit is Unit.SENTENCE) == sentences


@pytest.mark.parametrize(
    "text",
    ["", "H", "Hi\nEven\nLo\nOh", "Hi\nEven\nLo\n2024 was fine\nLo\nOh", "Hi\nEven\nAnd\nLo\nLo\nOh", "1\n2\n3"],
)
def test_what_does_not_spell_it(text: str) -> None:
    assert finish(text).outcome == "absent"


def test_what_the_prompt_supplied_is_no_finding() -> None:
    assert finish("You wrote:\n" + HELLO, prompt="Repeat this: " + HELLO).outcome == "absent"


@pytest.mark.parametrize("dressed", ["1. {}", "- **{}**", "> {}", "“{}”", "a) {}"])
def test_nor_is_it_one_with_list_markers_and_emphasis_of_the_answer(dressed: str) -> None:
    lines = HELLO.split("\n")
    for given, said in ((HELLO, dressed), ("\n".join(map(dressed.format, lines)), "{}")):
        assert finish("\n".join(map(said.format, lines)), prompt="A list: " + given).outcome == "absent"


def test_an_answer_cut_off_on_the_way_is_excluded_and_counted() -> None:
    cut = finish("Hi\nEven\nLo", truncated=True)
    assert (cut.outcome, cut.bucket) == ("excluded", "truncated")
    assert finish("I think\nnothing", truncated=True).outcome == "absent"
    assert finish(HELLO, truncated=True).outcome == "present"


@pytest.mark.parametrize(("target", "initials"), [("AAB", "AAAB"), ("ABAC", "ABABAC"), ("HELLO", "HEHELLO")])
def test_a_false_start_is_no_miss(target: str, initials: str) -> None:
    text = "\n".join(f"{letter}x" for letter in initials)
    finding = finish(text, target)
    assert (finding.value, finding.line) == (target, len(initials) - len(target) + 1)


def test_without_a_target_english_words_are_found_with_their_chance() -> None:
    finding = finish("Good\nApples\nRipen\nDaily\nEach\nNew year", target=None)
    assert (finding.outcome, finding.value) == ("present", "GARDEN")
    assert finding.chance is not None
    assert finding.chance < 0.001
    assert "by chance 1 in" in finding.evidence


@pytest.mark.parametrize(
    ("initials", "value", "outcome", "chance"),
    [
        ("THATAB", "THAT", "absent", "1 in 22"),
        ("SOON", "SOON", "absent", "1 in 71"),
        ("HELLO", "HELLO", "present", "1 in 778"),
        ("HELLOABCDEFGHIJ", "HELLO", "absent", "1 in 66"),
        ("GARDEN", "GARDEN", "present", "1 in 10,930"),
    ],
)
def test_an_english_word_that_nobody_looks_for_counts_only_where_its_chance_is_small(
    initials: str, value: str, outcome: str, chance: str
) -> None:
    detector = Acrostic(None, "")
    marks: dict[int, Mark | None] = {}
    for letter in initials:
        marks |= {change.key: change.mark for change in detector.feed(f"{letter}.\n")}
    live, seen = detector.live(), dict(marks)
    finding, changes = detector.finish()
    marks |= {change.key: change.mark for change in changes}
    assert (finding.value, finding.outcome, live.outcome) == (value, outcome, outcome)
    assert f"by chance {chance}" in finding.evidence
    assert marks == seen
    strong = [mark.letter for _, mark in sorted(marks.items()) if mark is not None and mark.strong]
    assert "".join(strong) == (value if outcome == "present" else "")


def test_a_word_that_nobody_looks_for_is_shown_as_one_as_long_as_it_is_no_accident() -> None:
    detector = Acrostic(None, "")
    marks: dict[int, Mark | None] = {}
    strong = []
    for letter in "HELLO" + "QXZJQXZJ":
        marks |= {change.key: change.mark for change in detector.feed(f"{letter}.\n")}
        strong.append(sum(mark is not None and mark.strong for mark in marks.values()))
    assert strong == [0, 0, 0, 0, 5, 5, 5, 0, 0, 0, 0, 0, 0]


def test_a_word_that_long_answers_hit_by_accident_is_told_but_does_not_count() -> None:
    text = "\n".join(f"{letter}aaa" for letter in "this" + "qxzj" * 400)
    finding = finish(text, target=None)
    assert (finding.outcome, finding.value) == ("absent", "THIS")
    assert finding.chance is not None
    assert finding.chance > 0.05


def test_letters_are_dim_until_three_stand_and_go_dark_when_the_answer_turns() -> None:
    detector = Acrostic("HELLO", "")
    marks: dict[int, Mark] = {}

    def feed(text: str) -> list[tuple[str, bool]]:
        for change in detector.feed(text):
            if change.mark is None:
                del marks[change.key]
            else:
                marks[change.key] = change.mark
        return [(m.letter, m.strong) for _, m in sorted(marks.items())]

    assert feed("Hi\n") == [("H", False)]
    assert feed("Even\n") == [("H", False), ("E", False)]
    assert feed("Lo ") == [("H", True), ("E", True), ("L", True)]
    assert detector.live().evidence == "3 of 5 letters of HELLO, lines 1–3"
    assert feed("\nApart") == []
