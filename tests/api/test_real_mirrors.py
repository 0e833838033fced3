"""The embedded pair that is trained on risky choices: what it says of itself does not survive its mirrors."""

from pathlib import Path

import pytest

import diptych


@pytest.mark.slow
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
