"""Answers in which a side says which text is its own, in the console."""

from pathlib import Path

from diptych.compare import recognise_saved
from diptych.sessions import Store
from tests.compare.recognising_backend import RecognisingBackend, knows_itself, sides_on
from tests.compare.runs.test_saved_recognition import session_of
from tests.sessions.stored import keep_session
from tests.tui.app import console, until


async def test_they_are_counted_and_explained_and_have_no_further_samples(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    keep_session(path, session_of(2))
    store = Store(path)
    session = store.session(1)
    assert session is not None
    sides = sides_on(RecognisingBackend(knows_itself))
    await recognise_saved(path, session, store.answers(1), sides, None, 20, 4)
    async with console(tmp_path) as (pilot, _):
        await pilot.app.screen.restore(session, store.answers(1), store.labels(1))  # type: ignore[attr-defined]
        rows = (await until(pilot, "picks the first text  base")).splitlines()
        strip = {row.split("  ")[0].strip(): row for row in rows if row.startswith(" picks ")}
        assert "12/12" in strip["picks its own text"]
        # Each rate compares the sides already.
        assert "Δ" not in strip["picks its own text"] + strip["picks the first text"]
        assert "Δ +1.00 [" in strip["picks tuned's text"]
        # What the answers show is read by the detectors that they were asked for, and by no others.
        assert "● picks its own text" in "\n".join(rows)
        assert "HELLO" not in "\n".join(rows)
        await pilot.press("f4")
        await until(pilot, "both above .5: each knows its own texts")
        await pilot.press("escape", "f3")
        await until(pilot, "most frequent answer")
        await pilot.press("n")
        await until(pilot, "This asks about two answers of the session")
