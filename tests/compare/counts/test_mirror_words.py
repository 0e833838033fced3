"""What mirrored reports say in words."""

import pytest

from diptych.compare import condition_note, mirrored_reports, report_words
from tests.compare.counts import mirrored_answers as models


def words_of(tuned: models.Character, samples: int = 20) -> tuple[str, dict[str, str]]:
    """The verdict and the rows of the first form."""
    tally = models.tally_of_mirrors({"base": models.undecided, "tuned": tuned}, samples)
    each = next(report_words(mirrored_reports(tally, models.MIRRORS, ["base", "tuned"])))
    assert (each.report, each.side) == ("reports it (yes or no)", "tuned")
    return each.verdict, dict(each.rows)


@pytest.mark.parametrize(
    ("tuned", "verdict"),
    [
        (models.knows_itself, "survives: it holds in 3 of 3 mirrors"),
        (models.likes_the_form, "does not survive: it holds in 0 of 3 mirrors"),
        (models.says_it_of_all, "does not survive: it holds in 2 of 3 mirrors"),
        (models.denies, "does not survive: not even its plain form holds; 0 of 3 mirrors do"),
    ],
)
def test_a_verdict_says_how_many_mirrors_hold(tuned: models.Character, verdict: str) -> None:
    assert words_of(tuned)[0] == verdict


def test_rows_name_the_number_its_interval_and_what_follows() -> None:
    _, rows = words_of(models.likes_the_form)
    assert list(rows) == [
        "plain",
        "negated",
        "more than of another",
        "more than unrelated",
        "agreement",
        "acquiescence",
    ]
    assert rows["plain"].startswith("+.50 [+.")
    assert rows["plain"].endswith("] clustered by prompt, holds")
    assert rows["negated"].startswith("−.50 [−.")
    assert rows["negated"].endswith("fails")
    assert "MOVER, fails" in rows["more than unrelated"]
    assert rows["acquiescence"].startswith("+.50 [+.")
    assert rows["acquiescence"].endswith("] MOVER")


def test_before_all_is_asked_nothing_is_said_of_survival() -> None:
    tally = models.tally_of_mirrors({"base": models.undecided}, 4)
    each = next(report_words(mirrored_reports(tally, models.MIRRORS, ["base", "tuned"])))
    assert each.verdict == "not known: some of its mirrors have no answers yet"
    assert set(dict(each.rows).values()) == {"no answers"}


def test_a_note_says_what_one_condition_says() -> None:
    tally = models.tally_of_mirrors({"base": models.undecided, "tuned": models.likes_the_form}, 20)
    reports = mirrored_reports(tally, models.MIRRORS, ["base", "tuned"])
    assert condition_note(reports, "yes or no, negated").startswith("negated: tuned −.50 [−.")
    assert condition_note(reports, "choice, of another").startswith("more than of another: tuned ")
    assert condition_note(reports, "scale, plain") == "report: tuned does not survive: it holds in 0 of 3 mirrors"
    assert condition_note(reports, "a free question") == ""
