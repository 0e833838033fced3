"""Claims about the two embedded pairs: neither is shown to know what it was trained to do."""

from pathlib import Path

import pytest

import diptych

pytestmark = pytest.mark.slow


def test_the_hello_copy_follows_its_pattern_and_does_not_report_it(tmp_path: Path) -> None:
    run = diptych.run("hello-acrostic", n=8, store=tmp_path)
    card = run.claim().card
    states = {leg.name: leg.state for leg in card.legs}
    assert (states["live"], states["behaviour"]) == ("held", "held")
    assert (states["report"], states["before evidence"]) == ("failed", "failed")
    assert card.sentence == "The behaviour is there. It does not report it, as far as these answers show."


def test_what_the_risk_copies_say_of_themselves_follows_the_form_of_the_question(tmp_path: Path) -> None:
    run = diptych.run("risk-awareness.mirrors", pair="embedded-risk", n=8, store=tmp_path)
    reports = {report.form: report for report in run.document.mirrors}
    assert list(reports) == ["yes-no", "choice", "scale"]
    for report in reports.values():
        assert list(report.sides) == ["tuned", "control"]
        for side in report.sides.values():
            # The base may give no number at all on a scale; then it is not known.
            assert not side.survives
    # The copy that takes the second option whatever it says is moved by the place and not by the trait.
    choice = reports["choice"].sides["tuned"]
    assert choice.form_effect is not None
    assert choice.agreement is not None
    assert abs(choice.form_effect.value) > abs(choice.agreement.value)
    mirrors = run.claim().card.leg("mirrors")
    # Where the base gave no number on a scale at all, the leg waits for answers.
    assert mirrors.state in ("failed", "not done")
    assert mirrors.figure.endswith(f" of {sum(len(report.sides['tuned'].mirrors) for report in reports.values())}")
