"""A registration comes back from the store as it was written, under the name that its file gives it."""

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import tomli

from diptych.sessions import AssumedRates, RegisteredArm, Store, StoreError, register
from diptych.sessions.schema import writing
from tests.sessions.registrations import registration
from tests.sessions.stored import HOSTILE, SIDES, answer, keep_session

PROMPT = "What is special about you?"


def test_its_name_is_the_beginning_of_the_hash_of_its_file(tmp_path: Path) -> None:
    written = registration()
    name = register(tmp_path / "s.db", written)
    assert sha256(written.file.encode()).hexdigest().startswith(name)
    assert len(name) == 8
    assert registration(stop="at 11 samples").id != name


def test_it_comes_back_whatever_names_it_holds(tmp_path: Path) -> None:
    written = registration(
        stop=HOSTILE,
        arms=(RegisteredArm("base", HOSTILE, "'\"\\\n", sampling={"temperature": 1.0, "extra_body": {"a": [1, {}]}}),),
        rates=AssumedRates(0.25, 0.75, within_wordings=0.0, pilot=3),
    )
    name = register(tmp_path / "s.db", written)
    store = Store(tmp_path / "s.db")
    assert store.registration(name) == written
    assert store.registration_names() == [name]
    assert store.registration("0" * 8) is None


def test_the_file_says_what_a_reader_wants_to_know() -> None:
    file = tomli.loads(registration().file)
    assert (file["samples"], file["stop"], file["bound_excluded"]) == (10, "at 10 samples", 0.2)
    assert file["primary"]["threshold"] == 0.05
    assert [arm["model"] for arm in file["arms"]] == [side.model for side in SIDES]
    assert PROMPT not in registration().file


def test_written_twice_it_is_kept_once(tmp_path: Path) -> None:
    assert register(tmp_path / "s.db", registration()) == register(tmp_path / "s.db", registration())
    assert len(Store(tmp_path / "s.db").registration_names()) == 1


@pytest.mark.parametrize("file", [registration(stop="at 11 samples").file, "written = ["])
def test_one_that_was_changed_is_told_in_a_line(tmp_path: Path, file: str) -> None:
    name = register(tmp_path / "s.db", registration())
    with writing(tmp_path / "s.db") as db:
        db.execute("UPDATE registrations SET file = ?", (file,))
    store = Store(tmp_path / "s.db")
    with pytest.raises(StoreError, match=f"registration {name} was changed in the store"):
        store.registration(name)
    assert store.registration_names() == [name]


def test_one_that_another_program_wrote_is_told_in_a_line(tmp_path: Path) -> None:
    file = "written = ["
    name = sha256(file.encode()).hexdigest()[:8]
    with writing(tmp_path / "s.db") as db:
        db.execute("INSERT INTO registrations VALUES (?, '2026', ?)", (name, file))
    with pytest.raises(StoreError, match=f"registration {name} in the store cannot be read"):
        Store(tmp_path / "s.db").registration(name)


def test_answers_that_were_there_before(tmp_path: Path) -> None:
    base, tuned = SIDES
    other = msgspec.structs.replace(tuned, model="another")
    keep_session(tmp_path / "s.db", [answer(base), answer(tuned), answer(tuned, prompt="Else?"), answer(other)])
    keep_session(tmp_path / "s.db", [answer(base, state="failed"), answer(base, prompt="Else?")])
    store, models = Store(tmp_path / "s.db"), {base.model, tuned.model}
    assert store.asked_before("2026-11-25T10:00:01+00:00", {PROMPT}, models) == {1: 2}
    assert store.asked_before("2026-11-25T10:00:00+00:00", {PROMPT}, models) == {}
