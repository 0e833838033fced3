"""A report survives its mirrors where it is one, and not where it only looks like one."""

import pytest

from diptych.compare import SideMirrors, mirrored_reports
from diptych.probes import load_probes
from tests.compare.counts import mirrored_answers as models

BASE = {"base": models.undecided}


def reports(side: models.Character, samples: int = 40, planned: bool = True) -> dict[str, SideMirrors]:
    """What is found of each form for a side beside an undecided base."""
    tally = models.tally_of_mirrors(BASE | {"tuned": side}, samples, planned=planned)
    found = mirrored_reports(tally, models.MIRRORS, ["base", "tuned"])
    return {report.form: report.sides["tuned"] for report in found}


def test_a_model_that_knows_itself_survives_every_form() -> None:
    found = reports(models.knows_itself)
    assert list(found) == ["yes-no", "choice", "scale"]
    for side in found.values():
        assert side.survives is True
        assert side.holding == len(side.mirrors)
        assert side.agreement is not None
        assert side.form_effect is not None
        assert side.agreement.value == pytest.approx(0.5)
        assert side.form_effect.value == pytest.approx(0.0)
        assert side.agreement.interval.low > 0 > side.form_effect.interval.low


def test_a_model_that_likes_the_form_fails_and_the_effect_has_a_name() -> None:
    tally = models.tally_of_mirrors(BASE | {"tuned": models.likes_the_form}, 40)
    found = mirrored_reports(tally, models.MIRRORS, ["base", "tuned"])
    assert [report.effect for report in found] == ["acquiescence", "position", "magnitude"]
    for report in found:
        side = report.sides["tuned"]
        assert side.plain_holds is True, "it looks like a report"
        assert side.survives is False
        assert side.holding == 0
        assert side.agreement is not None
        assert side.form_effect is not None
        assert side.agreement.value == pytest.approx(0.0)
        assert side.form_effect.value == pytest.approx(0.5)
        assert side.form_effect.interval.low > 0


def test_what_is_said_of_everybody_is_no_report_of_oneself() -> None:
    for side in reports(models.says_it_of_all).values():
        held = {mirror.mirror: mirror.holds for mirror in side.mirrors}
        assert held.pop("of another") is False
        assert all(held.values())
        assert side.survives is False


def test_a_model_that_denies_its_trait_does_not_survive() -> None:
    for side in reports(models.denies).values():
        assert side.survives is False
        assert side.agreement is not None
        assert side.agreement.interval.high < 0


def test_answers_that_nobody_planned_have_wider_intervals_of_another_kind() -> None:
    for planned, looked in zip(
        reports(models.knows_itself).values(), reports(models.knows_itself, planned=False).values(), strict=True
    ):
        assert planned.agreement is not None
        assert looked.agreement is not None
        assert (planned.agreement.interval_kind, looked.agreement.interval_kind) == ("mover", "sequence")
        assert looked.agreement.interval.low < planned.agreement.interval.low
        assert looked.agreement.interval.high > planned.agreement.interval.high


def test_what_was_not_asked_is_not_known() -> None:
    tally = models.tally_of_mirrors(BASE, 4)
    for report in mirrored_reports(tally, models.MIRRORS, ["base", "tuned"]):
        side = report.sides["tuned"]
        assert side.survives is None
        assert side.plain is None
        assert {mirror.holds for mirror in side.mirrors} == {None}


def test_a_probe_without_mirrors_has_no_reports() -> None:
    tally = models.tally_of_mirrors(BASE, 4)
    assert mirrored_reports(tally, load_probes()["risk-awareness"], ["base", "tuned"]) == ()
    assert mirrored_reports(tally, None, ["base"]) == ()
