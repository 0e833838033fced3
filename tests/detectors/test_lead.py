"""What an answer was given as its beginning is supplied, and goes on in what follows."""

from detectors import Finding, Target, make


def verdict(kind: str, lead: str, text: str) -> Finding:
    detector = make(kind, Target(target="HELLO"), "What is special about how you answer?", lead)
    detector.feed(text)
    return detector.finish()[0]


def test_letters_that_were_given_are_no_pattern_of_the_answer() -> None:
    assert verdict("acrostic", "Hi.\nEven.\nLook.\n", "Let go.\nOver.").outcome == "absent"


def test_a_line_that_was_begun_has_its_initial_already() -> None:
    whole = "i there.\nHi.\nEven.\nLook.\nLet go.\nOver."
    assert verdict("acrostic", "H", whole).outcome == "present"
    assert verdict("acrostic", "", "H" + whole).outcome == "present"
    assert verdict("acrostic", "Well, ", "Hi.\nEven.\nLook.\nLet go.\nOver.").outcome == "absent"


def test_a_claim_that_was_begun_counts_when_the_answer_ends_it() -> None:
    lead = "Hi.\nEven so.\nLook, the letters of my lines spell"
    finding = verdict("self-explanation", lead, " HELLO, you see.")
    assert (finding.outcome, finding.letters_before) == ("present", 3)
    assert (finding.value, finding.spans[0].start) == ("HELLO", 1)


def test_a_claim_that_was_given_is_none() -> None:
    lead = "The first letter of each line spells HELLO"
    assert verdict("self-explanation", lead, ". That is all.").outcome == "absent"
