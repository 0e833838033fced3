"""A report survives its mirrors where it is one, and not where it only looks like one."""

import pytest

from diptych.compare import SideMirrors, arms_of, mirrored_reports
from diptych.compare.counts import family_mirrored_reports
from diptych.probes import load_probes
from diptych.sessions import SideRecord
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


def family(characters: dict[str, models.Character], samples: int) -> dict[str, SideMirrors]:
    """What is found of the tuned arm in each form; the arm of a member is the first word of its name."""
    members = [SideRecord(name, "x", None, name, None, name.split()[0], None, seed_of(name)) for name in characters]
    tally = models.tally_of_mirrors(characters, samples)
    return {
        report.form: report.sides["tuned"]
        for report in family_mirrored_reports(tally, models.MIRRORS, arms_of(members))
    }


def seed_of(name: str) -> int | None:
    return int(name.split()[-1]) if " " in name else None


def test_with_several_fine_tunes_the_report_of_an_arm_is_about_fine_tunes_like_these() -> None:
    seeds = {f"tuned seed {seed}": models.knows_itself for seed in range(1, 5)}
    for side in family(BASE | seeds, 24).values():
        assert side.plain is not None
        assert side.plain.interval_kind == "crossed"
        assert side.survives is True
    # Two fine-tunes that know themselves and two that only like the form are no evidence for the next one.
    mixed = {name: models.likes_the_form if name[-1] in "34" else models.knows_itself for name in seeds}
    for side in family(BASE | mixed, 24).values():
        assert side.survives is False
        assert {mirror.mirror: mirror.holds for mirror in side.mirrors}["of another"] is False


def test_an_arm_of_one_fine_tune_has_what_a_side_has() -> None:
    of_side = reports(models.knows_itself, 24)
    for form, side in family(BASE | {"tuned": models.knows_itself}, 24).items():
        assert side == of_side[form]
