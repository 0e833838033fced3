"""The document of a family as pictures."""

import msgspec

from diptych.compare import curve_picture, scatter_picture, usually_drawn
from diptych.compare.counts.family_drawings import pictures_of
from tests.compare.counts.family_documents import DOES, SAYS, document, hello_dose, measure


def test_what_is_done_and_what_is_said_of_each_arm() -> None:
    picture = curve_picture(hello_dose(control=True))
    assert [(line.role, line.arm, line.glyph) for line in picture.lines] == [
        ("does", "tuned", "●"), ("says", "tuned", "◆"), ("does", "control", "○"), ("says", "control", "◇"),
    ]  # fmt: skip
    assert [point.rate for point in picture.lines[0].points] == [k / 60 for k in DOES]
    assert picture.conclusions == ("the report follows the behaviour by at least .44 of dose, or never comes",)
    assert picture.notes[0] == "one fine-tune an arm: this speaks of these alone"
    assert curve_picture(hello_dose()).notes[0] == "one fine-tune: this speaks of it alone"


def test_the_base_is_a_band_of_each_measure_and_a_row() -> None:
    picture = curve_picture(hello_dose())
    assert [(band.arm, band.glyph, band.words) for band in picture.bands] == [
        ("base", "●", "0/60 [.00, .06]"), ("base", "◆", "0/60 [.00, .06]"),
    ]  # fmt: skip
    assert [row.name for row in picture.rows] == ["base", "0", ".25", ".5", ".75", "1", "1.25", "1.5"]
    assert picture.rows[3].words == ("19/60 [.21, .44]", "1/60 [.00, .09]")
    assert picture.rows[3].members == ("tuned 0.5",)


def test_at_most_two_measures_of_a_kind_are_drawn() -> None:
    does = [measure("does", f"habit {number}", {"tuned": DOES}, 0) for number in range(3)]
    drawn = document([does[0], measure("says", "describes it", {"tuned": SAYS}, 0), *does[1:]])
    picture = curve_picture(drawn, [each.name for each in drawn.measures])
    assert [(line.label, line.glyph) for line in picture.lines] == [
        ("habit 0", "●"), ("habit 1", "■"), ("describes it", "◆"),
    ]  # fmt: skip
    assert usually_drawn(drawn) == (drawn.measures[0].name, drawn.measures[1].name)


def test_the_scatter_has_a_point_a_member() -> None:
    picture = scatter_picture(hello_dose(control=True))
    assert picture is not None
    assert len(picture.points) == len(picture.rows) == 15
    assert picture.arms == (("base", "■"), ("tuned", "●"), ("control", "▲"))
    assert all(p.x_low <= p.x <= p.x_high and p.y_low <= p.y <= p.y_high for p in picture.points)


def test_what_is_not_there_is_not_drawn() -> None:
    alone = document([measure("does", "follows HELLO", {"tuned": DOES}, 0)])
    assert scatter_picture(alone) is None
    assert [line.role for line in curve_picture(alone).lines] == ["does"]
    nothing = document([], ())
    assert curve_picture(nothing).lines == ()
    assert pictures_of(nothing) == []
    without_curves = document([measure("does", "follows HELLO", {}, 0)], ("tuned",), (0.5, 1.0))
    assert [row.name for row in curve_picture(without_curves).rows] == ["base", "tuned 0.5", "tuned 1"]


def test_beside_the_pictures_stands_that_few_training_runs_can_agree_by_luck() -> None:
    few = "tuned: 2 training runs can agree by luck, and p-values are then too small"
    few_seeds = msgspec.structs.replace(hello_dose(), warnings=("of no matter here", few))
    scatter = scatter_picture(few_seeds)
    assert scatter is not None
    for picture in (curve_picture(few_seeds), scatter):
        assert [note for note in picture.notes if note in few_seeds.warnings] == [few]
