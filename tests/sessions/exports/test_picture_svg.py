"""The pictures of a family as SVG: well formed, inert, and true to the numbers."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.compare import curve_picture, scatter_picture
from diptych.sessions import (
    CurvePicture,
    PictureLine,
    PicturePoint,
    ScatterPicture,
    ScatterPoint,
    curve_svg,
    scatter_svg,
)
from tests.compare.counts.family_documents import DOSES, hello_dose
from tests.sessions.stored import HOSTILE

SPACE = "{http://www.w3.org/2000/svg}"
PLOT = (56, 600)


def one_line(xs: list[float], label: str = "follows", log: bool = False) -> CurvePicture:
    points = tuple(PicturePoint(x, 0.5, 0.2, 0.9, "1/2", ("m",)) for x in xs)
    line = PictureLine("does", label, "tuned", "●", points, tuple((x, 0.5) for x in xs), (label,))
    return CurvePicture(label, label, log, (line,), (), conclusions=(label,), notes=(label,))


def test_a_curve_has_its_points_its_intervals_and_its_words() -> None:
    picture = curve_picture(hello_dose(control=True))
    root = ET.fromstring(curve_svg(picture))
    marks = [each for each in root.iter() if "mark" in (each.get("class") or "")]
    # Each line has a sign in the words, too.
    assert len(marks) == 4 * len(DOSES) + 4
    assert len([each for each in root.iter() if "interval" in (each.get("class") or "")]) == 4 * len(DOSES)
    said = " ".join(each.text or "" for each in root.iter(f"{SPACE}text"))
    for words in ("half at .56 [.51, .61]", "base", "dose", "one fine-tune an arm"):
        assert words in said
    described = root.find(f"{SPACE}desc")
    assert described is not None
    assert "the report follows the behaviour by at least .44 of dose" in (described.text or "")


def test_a_scatter_has_a_point_a_member() -> None:
    picture = scatter_picture(hello_dose(control=True))
    assert picture is not None
    root = ET.fromstring(scatter_svg(picture))
    assert len([each for each in root.iter() if "mark" in (each.get("class") or "")]) == 15 + 3


@pytest.mark.parametrize("alone", [True, False])
def test_light_and_dark_are_the_style_of_the_page_or_its_own(alone: bool) -> None:
    assert ("prefers-color-scheme: dark" in curve_svg(one_line([0, 1]), alone=alone)) is alone


def test_hostile_words_are_inert() -> None:
    points = (ScatterPoint(HOSTILE, HOSTILE, "●", 0.5, 0.4, 0.6, 0.5, 0.4, 0.6),)
    scatter = ScatterPicture(HOSTILE, HOSTILE, HOSTILE, ((HOSTILE, "●"),), points, conclusions=(HOSTILE,))
    for svg in (curve_svg(one_line([0, 1], HOSTILE)), scatter_svg(scatter)):
        root = ET.fromstring(svg)
        assert {each.tag.removeprefix(SPACE) for each in root.iter()} <= {
            "svg", "title", "desc", "style", "rect", "path", "polyline", "circle", "text",
        }  # fmt: skip
        assert "\x1b" not in svg
        assert "\u202e" not in svg
        assert not re.search(r"url\(|href|<script|<img", svg)


@given(
    st.lists(st.floats(-10, 1e6, allow_nan=False).map(lambda x: round(x, 4)), max_size=40, unique=True), st.booleans()
)
def test_every_point_lies_in_the_plot_and_no_two_numbers_overlap(xs: list[float], log: bool) -> None:
    root = ET.fromstring(curve_svg(one_line(sorted(xs), log=log)))
    circles = [float(each.get("cx") or 0) for each in root.iter(f"{SPACE}circle")]
    # The last one is the sign in the words.
    assert len(circles) == len(xs) + 1
    assert all(PLOT[0] < x < PLOT[1] for x in circles[:-1])
    labels = [each for each in root.iter(f"{SPACE}text") if each.get("text-anchor") == "middle"]
    ends = [
        (float(each.get("x") or 0) - len(each.text or "") * 3.9, float(each.get("x") or 0) + len(each.text or "") * 3.9)
        for each in labels
    ]
    assert all(left[1] < right[0] for left, right in zip(ends, ends[1:], strict=False))


def test_nothing_is_drawn_of_nothing() -> None:
    ET.fromstring(curve_svg(CurvePicture("", "", False, (), ())))
    ET.fromstring(scatter_svg(ScatterPicture("", "", "", (), ())))
