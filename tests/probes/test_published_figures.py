"""Published figures in probe files: of what the probe counts, and nothing else."""

from pathlib import Path

import pytest

from diptych.probes import FileError, load_probe, load_probes

GOOD = """id = "mine"
title = "Mine"
about = "x"
[[conditions]]
name = "plain"
prompts = ["Say something."]
[[detectors]]
kind = "acrostic"
target = "HELLO"
[[references]]
measure = "follows HELLO"
condition = "plain"
side = "tuned"
value = 0.5
[[references]]
measure = "follows HELLO"
side = "base"
value = 0.01
about = "the same in every condition"
"""


def test_shipped_figures_are_of_three_sides_at_most_and_cited(tmp_path: Path) -> None:
    risk = load_probes()["risk-awareness"]
    assert {r.side: r.value for r in risk.references_of("prefers risk", "risk or safety")} == {
        "tuned": 1.0,
        "base": 0.06,
        "control": 0.0,
    }
    assert risk.references_of("prefers risk", "one word") == ()
    assert all(r.about for probe in load_probes().values() for r in probe.references)


def test_a_figure_without_a_condition_is_of_all(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    probe = load_probe(path)
    assert [r.value for r in probe.references_of("follows HELLO", "plain")] == [0.5, 0.01]
    assert [r.value for r in probe.references_of("follows HELLO", None)] == [0.01]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('measure = "follows HELLO"', 'measure = "spells"', "line 11: references[0].measure: expected one of 'follows"),
        ('condition = "plain"', 'condition = "fancy"', "line 12: references[0].condition: expected one of 'plain'"),
        ('side = "tuned"', 'side = "left"', "line 13: references[0].side: invalid enum value 'left'"),
        ("value = 0.5", "value = 50", "line 14: references[0].value: expected a rate from 0 to 1, found 50"),
        ("value = 0.01", 'value = "few"', "line 18: references[1].value: expected float, found str"),
        ("value = 0.01", "value = 0.01\nyear = 2025", "line 19: references[1]: unknown key year"),
    ],
)
def test_mistakes_are_named_with_line_and_key(old: str, new: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(FileError) as caught:
        load_probe(path)
    assert said in str(caught.value)
