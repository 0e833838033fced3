"""Answers that are picked at random and labelled in the console."""

import asyncio
from pathlib import Path

from diptych.sessions import Store
from tests.tui.app import screen, until, until_gone
from tests.tui.screens.drawn import drawn, sampled


async def test_they_are_shown_without_side_and_finding_and_each_label_is_kept(tmp_path: Path) -> None:
    app = await asyncio.to_thread(drawn, tmp_path / "s.db", sampled(4), "diptych-dark")
    async with app.run_test(size=(120, 34), notifications=True) as pilot:
        await pilot.press("f3")
        await until(pilot, "follows HELLO")
        await pilot.press("f7")
        seen = await until(pilot, "1 of 8")
        assert "follows HELLO?" in seen
        assert not [word for word in ("base", "tuned", "5 of 5", "spells") if word in seen]
        await pilot.press("y")
        await until(pilot, "2 of 8")
        await pilot.press("left")
        await until(pilot, "you said yes")
        await pilot.press("n", "u", "escape")
        seen = await until(pilot, "Labels of “follows HELLO”")
        assert "corrected by 1 label, 1 unsure" in seen or "corrected by 1 label:" in seen
        labels = Store(tmp_path / "s.db").labels(1)
        assert [label.value for label in labels] == ["no", "unsure"]
        # The same key goes on with the rest.
        await pilot.press("escape", "f7")
        await until(pilot, "1 of 6")
        await pilot.press(*"nnnnnn")
        await until(pilot, "Labels of “follows HELLO”")
        await pilot.press("escape", "f7")
        await until(pilot, "All answers are labelled")


async def test_corrected_rates_stand_below_the_raw_ones(tmp_path: Path) -> None:
    app = await asyncio.to_thread(drawn, tmp_path / "s.db", sampled(6), "diptych-dark")
    async with app.run_test(size=(120, 34), notifications=True) as pilot:
        await pilot.press("f4")
        await until(pilot, "k/N")
        await pilot.press("f7")
        await until(pilot, "1 of 12")
        await pilot.press(*"nnnnnnnnnnnn")
        await until(pilot, "Labels of")
        await pilot.press("escape")
        seen = await until(pilot, "✎ corrected")
        assert ".00 ✎6" in seen
        assert "✎ Δ .00" in seen
        await pilot.press("escape")
        await until(pilot, "✎ follows HELLO, corrected by labels: base .00")
        await pilot.press("f3", "f", "f", "f", "f")
        seen = await until(pilot, "only where detector, judge or label disagree")
        assert "none is disputed" in seen
        await pilot.press("escape")
        await until_gone(pilot, "disagree")
        assert "diptych" in screen(pilot)
