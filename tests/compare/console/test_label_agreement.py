"""Agreement between people and detectors."""

import pytest

from diptych.compare import LabelAgreement, cohens_kappa, label_agreement
from diptych.compare.console.blind_labels import TAKEN
from diptych.detectors import Finding
from diptych.sessions import Label, SavedAnswer
from diptych.sessions.records import State
from tests.sessions.stored import SIDES, answer, found


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            (40, 9, 6, 45),
            "agreement beyond chance (kappa) .70 [.54, .82]; both 40, label only 9, detector only 6, neither 45",
        ),
        (
            (0, 5, 5, 0),
            "agreement beyond chance (kappa) −1.00 [−1.00, −.39]; both 0, label only 5, detector only 5, neither 0",
        ),
        ((0, 1, 0, 0), "too few labels for kappa; both 0, label only 1, detector only 0, neither 0"),
        ((4, 1, 1, 3), "too few labels for kappa; both 4, label only 1, detector only 1, neither 3"),
        # All have the label: kappa is 0 or not defined, whatever the detector found.
        ((9, 9, 0, 0), "too few labels for kappa; both 9, label only 9, detector only 0, neither 0"),
        ((18, 0, 0, 0), "too few labels for kappa; both 18, label only 0, detector only 0, neither 0"),
    ],
)
def test_kappa_is_said_only_where_it_says_something(cells: tuple[int, int, int, int], words: str) -> None:
    assert LabelAgreement("odd", "acrostic", "follows HELLO", *cells, cohens_kappa(*cells)).words == words


def test_only_labelled_answers_with_a_verdict_count() -> None:
    excluded = Finding("acrostic", 1, "follows HELLO", "pattern", "excluded", "cut short", bucket="truncated")
    findings = [found("a"), found("a", present=False), found("a"), excluded, found("a")]
    saved = [SavedAnswer(n, answer(SIDES[1], findings=(f,))) for n, f in enumerate(findings, 1)]
    labels = [
        Label(1, "odd", False), Label(1, "odd", False), Label(2, "plain", True), Label(3, "plain", False),
        Label(4, "odd", False), Label(5, TAKEN, True),
    ]  # fmt: skip
    odd, plain = label_agreement(saved, labels)
    assert odd[:7] == ("odd", "acrostic", "follows HELLO", 1, 0, 1, 1)
    assert odd.kappa == pytest.approx(0.4)
    assert plain[3:7] == (1, 1, 1, 0)
    assert label_agreement(saved, [Label(5, TAKEN, True)]) == []


@pytest.mark.parametrize("state", ["failed", "stopped", "interrupted", "streaming"])
def test_what_is_no_sample_is_in_no_agreement(state: State) -> None:
    """Half an answer, or none, is neither with nor without what a detector looks for."""
    rows = [answer(SIDES[1], sample=n, findings=(found("Here."),)) for n in range(2)]
    rows += [answer(SIDES[1], sample=2, state=state, text="He", findings=(found("He", present=False),))]
    rows += [answer(SIDES[1], sample=3, text=" ", findings=(found(" ", present=False),))]
    saved = [SavedAnswer(number, row) for number, row in enumerate(rows, 1)]
    (row,) = label_agreement(saved, [Label(each.id, "odd", False) for each in saved])
    assert (row.both, row.only_label, row.only_detector, row.neither) == (2, 0, 0, 0)


def test_what_people_said_of_picked_answers_is_beside_every_detector_and_judge() -> None:
    """They were asked about one measure; the last that they said counts, and "unsure" does not."""
    judged = Finding("judge spells", 1, "spells it", "pattern", "absent", "said NO")
    saved = [SavedAnswer(n, answer(SIDES[1], findings=(found("a"), judged))) for n in range(1, 6)]
    labels = [
        Label(1, "no", True, "follows HELLO", 7), Label(1, "yes", True, "follows HELLO", 7),
        Label(2, "no", True, "follows HELLO", 7), Label(3, "unsure", True, "follows HELLO", 7),
        Label(4, "follows HELLO", False), Label(5, "odd", False),
    ]  # fmt: skip
    rows = {(row.value, row.detector): row[3:7] for row in label_agreement(saved, labels)}
    assert rows["follows HELLO", "acrostic"] == (2, 0, 1, 0)
    assert rows["follows HELLO", "judge spells"] == (0, 2, 0, 1)
    assert rows["odd", "acrostic"] == (1, 0, 1, 0)
