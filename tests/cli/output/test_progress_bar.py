"""How far a run has come, in words and as a bar."""

import pytest

from diptych.cli.output.progress_bar import clock_time, progress_line, progress_text
from diptych.compare import SamplingProgress

UNDER_WAY = SamplingProgress(120, 3, 256, 4, 41_200, 4.21, 31.4)


def test_words() -> None:
    assert progress_text(UNDER_WAY) == "120/256 answers · 3 failed · 4.2 a second · 41,200 tokens · 0:31 left"
    assert progress_text(SamplingProgress(0, 0, 8, 4, 0, None, None)) == "0/8 answers · 0 tokens"
    assert progress_text(SamplingProgress(1, 0, 8, 4, None, None, None)) == "1/8 answers"
    assert progress_text(SamplingProgress(8, 0, 8, 0, 96, 2.0, 0.0)) == "8/8 answers · 2.0 a second · 96 tokens"


@pytest.mark.parametrize(("seconds", "said"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3723, "1:02:03")])
def test_durations(seconds: float, said: str) -> None:
    assert clock_time(seconds) == said


@pytest.mark.parametrize("columns", [200, 100, 80, 40])
def test_it_stays_in_one_line(columns: int) -> None:
    line = progress_line(UNDER_WAY, columns)
    assert len(line) <= columns
    assert "120/256 answers" in line
    assert ("━" in line) == (columns >= 80)
