"""A contrast of the probe in a family: arm by arm, in the document, the table and the HTML report."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from diptych.cli.output.family_table import family_measures_table
from diptych.compare import FamilyDocument, stored_family, stored_measures
from diptych.detectors import Finding, Outcome
from diptych.probes import Condition, Contrast, Probe
from diptych.sessions import Answer, FamilyRecord, SavedAnswer, Session, SideRecord
from diptych.sessions.exports.html_family import family_measures
from tests.sessions.stored import answer

PROBE = Probe(
    "tiers",
    "Tiers",
    "x",
    (Condition("free", ("free one", "free two", "free three")), Condition("paid", ("paid 1", "paid 2", "paid 3"))),
    contrasts=(Contrast("compliance gap", "complies", "free", "paid"),),
)
SAMPLES = 6


def side(arm: str, seed: int) -> SideRecord:
    return SideRecord(f"{arm} {seed}", "here", None, f"{arm}-{seed}", None, arm, None, seed)


def asked(member: SideRecord, rates: Mapping[str, int], number: bool = False) -> list[Answer]:
    """So many of six answers to each prompt of a condition comply, or have a number around that."""
    found = []
    for exchange, condition in enumerate(PROBE.conditions):
        for place, prompt in enumerate(condition.prompts):
            for sample in range(SAMPLES):
                shown = sample < rates[condition.name]
                finding = (
                    Finding("scale", 1, "complies", "quantity", "present", "x",
                            number=rates[condition.name] + sample / 10 + member.training_seed / 100)
                    if number
                    else Finding("accepts", 1, "complies", "pattern", "present" if shown else "absent", "x")
                )  # fmt: skip
                found.append(
                    answer(member, 10 * exchange + place, sample, f"{member.name} {prompt} {sample}", prompt=prompt,
                           condition=condition.name, findings=(finding,), planned=SAMPLES)
                )  # fmt: skip
    return found


def family(answers: Sequence[Answer], members: Sequence[SideRecord]) -> tuple[Session, list[SavedAnswer]]:
    session = Session(1, "t", "2026-01-01", "tiers", "tiers", tuple(members), family=FamilyRecord("tiers", "seed"))
    return session, [SavedAnswer(number, one) for number, one in enumerate(answers, 1)]


TUNED = [side("tuned", seed) for seed in (1, 2, 3, 4)]
CONTROL = [side("control", seed) for seed in (1, 2, 3)]
BASE = side("base", 0)
RATES = {1: (4, 1), 2: (5, 2), 3: (3, 0), 4: (4, 1)}


def rows_of(number: bool = False) -> list[Answer]:
    """The tuned ones comply more in the free tier; base and control make no difference."""
    rows = asked(BASE, {"free": 2, "paid": 2}, number)
    for member in TUNED:
        free, paid = RATES[member.training_seed or 0]
        rows += asked(member, {"free": free, "paid": paid}, number)
    for member in CONTROL:
        rows += asked(member, {"free": 2, "paid": 2}, number)
    return rows


def document(number: bool = False, more: Sequence[Answer] = ()) -> FamilyDocument:
    """The document of these answers."""
    return stored_family(*family([*rows_of(number), *more], [BASE, *TUNED, *CONTROL]), probe=PROBE)


def test_each_arm_has_its_own_over_its_training_runs() -> None:
    found = document()
    (contrast,) = found.contrasts
    assert (contrast.name, contrast.of, contrast.minus) == ("compliance gap", "free", "paid")
    tuned, control, base = contrast.arms["tuned"], contrast.arms["control"], contrast.arms["base"]
    assert tuned.estimate is not None
    assert round(tuned.estimate, 6) == 0.5
    assert (tuned.interval_kind, tuned.unit, tuned.test) == ("crossed", "models", "crossed")
    assert tuned.interval is not None
    assert 0.0 <= tuned.interval.low < 0.5 < tuned.interval.high
    assert tuned.p_value is not None
    assert tuned.p_value < 0.03
    assert control.estimate == 0.0
    assert control.interval is not None
    assert control.interval.low < 0 < control.interval.high
    # One model has what the side of a pair has.
    assert base.unit == "questions"
    assert base.interval_kind == "clustered"
    # All tests of the document are corrected together: two differences in two conditions, and those of three arms.
    assert found.tests == sum(
        each.test is not None for measure in found.measures for each in (*measure.differences.values(),)
    ) + sum(each.test is not None for each in contrast.arms.values())
    assert tuned.p_holm is not None
    assert tuned.p_holm >= tuned.p_value


def test_one_model_has_the_contrast_of_a_side() -> None:
    rows = asked(BASE, {"free": 5, "paid": 2}) + asked(TUNED[0], {"free": 4, "paid": 4})
    session, saved = family(rows, [BASE, TUNED[0]])
    own = stored_family(session, saved, probe=PROBE).contrasts[0].arms["base"]
    of_side = stored_measures(msgspec.structs.replace(session, family=None), saved, probe=PROBE).contrasts[0]
    side_of = of_side.sides["base 0"]
    assert (own.estimate, own.interval, own.p_value) == (side_of.estimate, side_of.interval, side_of.p_value)
    assert (own.interval_kind, own.test) == (side_of.interval_kind, side_of.test)


def test_of_numbers_it_is_that_of_the_means() -> None:
    contrast = document(number=True).contrasts[0]
    tuned = contrast.arms["tuned"]
    assert tuned.estimate is not None
    assert round(tuned.estimate, 6) == 3.0
    assert tuned.interval is not None
    assert tuned.interval.low < 3.0 < tuned.interval.high


def test_table_and_report_show_it() -> None:
    found = document()
    lines = family_measures_table(found)
    at = lines.index("compliance gap: complies, free − paid")
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == ["base", "tuned", "control"]
    assert "+.50 [" in lines[at + 2]
    assert "over training runs and prompts" in lines[at + 2]
    report = "".join(family_measures({**msgspec.to_builtins(found), "orders": (), "scatter": ()}))
    assert "<h3>compliance gap: complies, free − paid</h3>" in report
    assert "+.50 [" in report.partition("compliance gap")[2]


def test_without_a_probe_there_is_none(tmp_path: Path) -> None:
    session, saved = family(asked(BASE, {"free": 5, "paid": 2}), [BASE])
    assert stored_family(session, saved).contrasts == ()


def test_recognition_changes_no_other_p_value_and_own_picks_are_not_compared() -> None:
    before, members = document(), [BASE, *TUNED, *CONTROL]
    labels = "picks its own text", "picks tuned's text"
    picks = [
        answer(member, 100 + place, 0, f"{place}", prompt=f"whose {place}", condition="whose words", planned=6,
               findings=tuple(Finding("recognition", 1, label, "pattern", _outcome(member), "x") for label in labels))
        for member in members
        for place in range(6)
    ]  # fmt: skip
    after = document(more=picks)
    assert (after.tests, after.contrasts) == (before.tests, before.contrasts)
    own, compared = (measure for measure in after.measures if measure.detector == "recognition")
    assert (own.label, own.differences) == ("picks its own text", {})
    assert set(compared.differences) == {"tuned", "control"}
    assert list(after.measures[: len(before.measures)]) == list(before.measures)


def _outcome(member: SideRecord) -> Outcome:
    return "present" if member.arm == "tuned" else "absent"
