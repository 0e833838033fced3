"""A text that a person looks for in all answers: what is marked, what is counted, what is kept."""

from pathlib import Path

import pytest

from diptych.compare import Comparison, Replay, stored_measures
from diptych.detectors import SEEN_WITH, SEEN_WITHOUT, WATCH
from diptych.probes import load_probes
from diptych.sessions import Store, duplicate
from tests.compare.console.test_comparison import comparing, ended, taken_up_again

Shown = dict[str, tuple[int, int, dict[str, int]]]


def counted(comparison: Comparison) -> dict[str, Shown]:
    """k, n and what is excluded, by the labels of watched measures and by side."""
    found: dict[str, Shown] = {}
    for measure, sides in comparison.view.tally.measures():
        if measure.detector == WATCH:
            found[measure.label] = {side: (c.k, c.n, dict(c.excluded)) for side, c in sides.items()}
    return found


def marked(comparison: Comparison, exchange: int, side: str) -> list[str]:
    """The texts of the marks of the answer, without those of single letters."""
    live = comparison.view.exchanges[exchange].answers[side]
    spans = sorted((mark.span.start, mark.span.end) for mark in live.marks.values())
    return [live.text[start:end] for start, end in spans if end - start > 1]


async def asked(comparison: Comparison, prompt: str = "Why?") -> None:
    comparison.ask(prompt)
    await ended(comparison)


async def test_answers_that_were_seen_are_marked_and_those_that_follow_are_counted_too(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        await asked(comparison)
        await comparison.watch("LET GO")
        assert marked(comparison, 0, "tuned") == ["Let go"]
        label = "“LET GO” since answer 3"
        seen = {"base": (0, 0, {SEEN_WITHOUT: 1}), "tuned": (0, 0, {SEEN_WITH: 1})}
        assert counted(comparison) == {label: seen}
        assert [m.label for m in comparison.view.measures(comparison.view.exchanges[0])][-1] == label
        await asked(comparison, "And why?")
        assert marked(comparison, 1, "tuned") == ["Let go"]
        group = comparison.view.tally.of_group("And why?")
        counts = {m.label: {s: (c.k, c.n) for s, c in sides.items()} for m, sides in group.items()}
        assert counts[label] == {"base": (0, 1), "tuned": (1, 1)}


async def test_a_text_chosen_before_anything_was_seen_is_named_without_a_since(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        await comparison.watch("/l[eo]t? go/")
        await asked(comparison)
        assert counted(comparison) == {"/l[eo]t? go/": {"base": (0, 1, {}), "tuned": (1, 1, {})}}


async def test_another_text_takes_its_place_and_none_ends_it_in_the_store_too(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        await asked(comparison)
        await comparison.watch("look")
        await comparison.watch("even")
        assert list(counted(comparison)) == ["“even” since answer 3"]
        assert marked(comparison, 0, "tuned") == ["Even"]
        await comparison.watch("")
        assert counted(comparison) == {}
        assert marked(comparison, 0, "tuned") == []
        assert all(m.detector != WATCH for m in comparison.view.measures(comparison.view.exchanges[0]))
    saved = Store(tmp_path / "s.db").answers(1)
    assert all(finding.detector != WATCH for row in saved for finding in row.answer.findings)


async def test_a_reopened_session_has_it_and_so_have_a_copy_a_replay_and_the_measures_of_the_store(
    tmp_path: Path,
) -> None:
    async with comparing(tmp_path) as comparison:
        await asked(comparison)
        await comparison.watch("look")
        await asked(comparison)
        before = counted(comparison)
    async with taken_up_again(tmp_path) as comparison:
        assert comparison.view.watch is not None
        assert comparison.view.watch.text == "look"
        assert counted(comparison) == before
        assert marked(comparison, 0, "tuned") == marked(comparison, 1, "tuned") == ["Look"]
        await asked(comparison)
        assert next(iter(counted(comparison).values()))["tuned"][:2] == (2, 2)
    duplicate(tmp_path / "s.db", 1)
    store = Store(tmp_path / "s.db")
    for number in (1, 2):
        session, saved = store.session(number), store.answers(number)
        assert session is not None
        (measure,) = [m for m in stored_measures(session, saved).measures if m.detector == WATCH]
        assert measure.label == "“look” since answer 3"
        assert {name: (side.k, side.n, side.excluded) for name, side in measure.sides.items()} == {
            "base": (0, 2, {SEEN_WITHOUT: 1}),
            "tuned": (2, 2, {SEEN_WITH: 1}),
        }
    replay = Replay(session, saved, (), tmp_path / "s.db", load_probes()["hello-acrostic"], speed=64.0)
    assert replay.view.watch == comparison.view.watch


async def test_samples_in_the_background_are_watched(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        await asked(comparison)
        await comparison.watch("look")
        comparison.sample(comparison.view.exchanges[0], 3)
        background = comparison.view.background
        assert background is not None
        while background.under_way:
            await comparison.view.changes.subscribe().wait()
        assert next(iter(counted(comparison).values()))["tuned"][1] == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [("/[/", "not a valid regular expression"), ("/(a+)+$/", "takes too long"), ("/(\\w+\\s?)*:/", "long")],
)
async def test_an_expression_that_is_invalid_or_never_ends_is_refused(tmp_path: Path, text: str, why: str) -> None:
    async with comparing(tmp_path) as comparison:
        await asked(comparison)
        with pytest.raises(ValueError, match=why):
            await comparison.watch(text)
        assert comparison.view.watch is None
        assert counted(comparison) == {}


async def test_what_the_prompt_says_is_no_match(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        await comparison.watch("plain")
        await asked(comparison, "Be plain.")
        assert counted(comparison)["“plain”"]["base"] == (0, 1, {})


async def test_it_is_refused_while_answers_are_under_way(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.ask("slow please")
        with pytest.raises(ValueError, match="under way"):
            await comparison.watch("more")
        comparison.stop()
        await ended(comparison)
        await comparison.watch("more")
        assert comparison.view.watch is not None
