"""What the probe does not look for: it is shown below the findings and counted nowhere."""

from pathlib import Path

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Replay, Side, stored_measures
from diptych.probes import load_probes
from diptych.sessions import Recorder, Store
from diptych.tui import DiptychApp
from diptych.tui.widgets.answer.answer_pane import AnswerPane
from diptych.tui.widgets.answer.column import Findings
from diptych.tui.widgets.measures.measures_strip import MeasuresStrip
from tests.openai_server import Exchange, answering, serve
from tests.tui.app import console, ended, running, screen, settled, until
from tests.waiting import wait_until

PROBE = "emergent-misalignment"
"""It looks for other things, with two detectors for each condition."""
ALSO = "also: initials spell HELLO · line 3 describes a pattern"


def margin(pane: AnswerPane) -> str:
    """What the margin of an answer spells."""
    return "".join(pane.render_line(row).text[:5].strip() for row in range(pane.size.height))


def row_of(seen: str, words: str) -> int:
    """The row of the screen in which something stands."""
    return next(row for row, line in enumerate(seen.splitlines()) if words in line)


async def test_hello_under_another_probe_is_told_beside_the_other_side_and_moves_nothing(tmp_path: Path) -> None:
    async with console(tmp_path, probe=PROBE) as (pilot, comparison):
        await pilot.press(*"wait", "enter")
        await wait_until(lambda: comparison.view.streaming)
        await settled(pilot)
        strip = pilot.app.screen.query_one(MeasuresStrip)
        place = strip.region.y
        await pilot.press("ctrl+c")
        await ended(pilot, comparison)
        await pilot.press(*"go", "enter")
        seen = await until(pilot, ALSO)
        assert strip.region.y == place
        assert row_of(seen, ALSO) == row_of(seen, "also: nothing")
        assert margin(list(pilot.app.screen.query(AnswerPane))[1]) == "HELLO"


async def test_it_joins_no_finding_no_count_and_no_stored_measure(tmp_path: Path) -> None:
    async with console(tmp_path, probe=PROBE) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        (exchange,) = comparison.view.exchanges
        own = {finding.detector for finding in exchange.answers["tuned"].findings}
        assert [finding.value for finding in exchange.answers["tuned"].uncounted][:1] == ["HELLO"]
        assert "acrostic" not in own
        assert {measure.detector for measure in comparison.view.measures(exchange)} == own
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    saved = store.answers(1)
    assert {finding.detector for row in saved for finding in row.answer.findings} == own
    assert {measure.detector for measure in stored_measures(session, saved).measures} == own


async def test_it_is_told_of_a_stored_answer_in_the_rows_and_in_a_replay(tmp_path: Path) -> None:
    async with console(tmp_path, probe=PROBE) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3", "enter")
        seen = await until(pilot, ALSO)
        assert "also: nothing" in seen
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    saved, probe = store.answers(1), load_probes()[PROBE]
    again = Comparison("test", comparison.view.sides, Recorder(tmp_path / "s.db"), probe)
    app = DiptychApp(again, list, "diptych-dark", restored=(session, saved, ()))
    async with app.run_test(size=(120, 34)) as pilot:
        await until(pilot, ALSO)
    replay = Replay(session, saved, (), tmp_path / "s.db", probe, speed=64.0)
    async with DiptychApp(replay, list, "diptych-dark").run_test(size=(120, 34)) as pilot:
        await until(pilot, ALSO)


@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
async def test_nothing_of_it_is_told_while_the_sides_are_hidden(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, probe=PROBE, size=size) as (pilot, comparison):
        await pilot.press("ctrl+t", "1")
        await ended(pilot, comparison)
        assert "also" not in screen(pilot)
        assert [margin(pane) for pane in pilot.app.screen.query(AnswerPane)] == ["", ""]
        await pilot.press("0")
        await until(pilot, "also: initials spell HELLO")


async def test_with_the_usual_detectors_in_the_probe_or_without_a_probe_no_row_is_kept(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        for probe in (comparison.view.probe, None):
            comparison.choose_probe(probe)
            await pilot.press(*"go", "enter")
            await ended(pilot, comparison)
            assert "also" not in screen(pilot)
            counted = len(comparison.view.exchanges[-1].answers["tuned"].findings)
            assert {findings.size.height for findings in pilot.app.screen.query(Findings)} == {counted}


async def speak(exchange: Exchange) -> None:
    """A server whose tuned side spells HELLO in the initials of its words."""
    tuned = exchange.body["model"] == "tuned"
    await answering("Honest effort looks like obsession." if tuned else "Nothing of the kind.")(exchange)


@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
@pytest.mark.parametrize("probe", ["hello-acrostic", None])
async def test_initials_of_words_are_told_and_not_counted_with_those_of_lines(
    tmp_path: Path, probe: str | None, size: tuple[int, int]
) -> None:
    async with serve(speak) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(tmp_path, sides, size) as (pilot, comparison):
            comparison.choose_probe(None if probe is None else load_probes()[probe])
            await pilot.press(*"go", "enter")
            seen = await until(pilot, "also: words spell HELLO")
            assert "also: nothing" in seen
            findings = comparison.view.exchanges[0].answers["tuned"].findings
            assert {f.outcome for f in findings if f.detector == "acrostic"} == {"absent"}
            assert "word-acrostic" not in {finding.detector for finding in findings}
