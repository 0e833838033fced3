"""Which family the console opens, and what it refuses."""

import asyncio
from pathlib import Path

import pytest

from diptych.backends import BackendError
from diptych.cli.commands.open_console import resolve_options
from diptych.cli.setup.config import Config, load
from diptych.cli.setup.console_family import configured_family, stored_family
from diptych.cli.setup.console_options import ConsoleOptions
from diptych.probes import FileError
from diptych.sessions import FamilyRecord, Recorder, Session, SideRecord, Store

FAMILY = """
[families.doses]
probe = "hello-acrostic"
x = "dose"
[[families.doses.members]]
arm = "base"
endpoint = "embedded"
model = "smollm2-135m-instruct"
[[families.doses.members]]
arm = "tuned"
endpoint = "embedded"
model = "smollm2-135m-instruct+hello@{x}"
x = [0.5, 1]
"""
NAMED = FamilyRecord("doses", "dose")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(FAMILY)
    return load(path)


def records(config: Config) -> tuple[SideRecord, ...]:
    return tuple(member.record() for member in configured_family(config, "doses").asked.members)


def kept(path: Path, family: FamilyRecord | None, sides: tuple[SideRecord, ...]) -> Session:
    """A session in a store."""

    async def keep() -> None:
        recorder = Recorder(path)
        await recorder.begin_session("t", "doses", "hello-acrostic", sides, family=family)
        recorder.close()

    asyncio.run(keep())
    store = Store(path)
    session = store.session(1)
    store.close()
    assert session is not None
    return session


def test_a_family_of_the_configuration(config: Config, tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db")
    choice = resolve_options(config, store, ConsoleOptions(family="doses"))
    assert choice.pair is None
    assert choice.family is not None
    assert choice.probe is not None
    assert choice.probe.id == "hello-acrostic"
    assert [m.name for m in choice.family.asked.members] == ["base", "tuned 0.5", "tuned 1"]
    assert choice.family.asked.at_first == ("base", "tuned 0.5")


def test_what_is_refused(config: Config, tmp_path: Path) -> None:
    session = kept(tmp_path / "s.db", NAMED, records(config))
    store = Store(tmp_path / "s.db")
    for options, words in (
        (ConsoleOptions(pair="embedded", family="doses"), "--pair and --family exclude each other"),
        (ConsoleOptions(pair="embedded", session=session.id), "session 1 is of the family doses; leave out --pair"),
        (ConsoleOptions(family="hello-dose", session=session.id), "of the family doses; leave out --family"),
        (ConsoleOptions(family="none"), "there is no family 'none'"),
    ):
        with pytest.raises(FileError, match=words):
            resolve_options(config, store, options)
    kept(tmp_path / "pairs.db", None, records(config)[:2])
    with pytest.raises(FileError, match="is not of a family; leave out --family"):
        resolve_options(config, Store(tmp_path / "pairs.db"), ConsoleOptions(family="doses", session=1))


async def test_members_that_the_configuration_has_no_more_are_read_alone(config: Config, tmp_path: Path) -> None:
    other = SideRecord("tuned 2", "embedded", None, "smollm2-135m-instruct+hello@2", None, "tuned", 2.0)
    session = Session(1, "t", "", "doses", None, (*records(config), other), family=NAMED)
    found = stored_family(config, session)
    assert found.news == "cannot be asked, because the family doses of config.toml has other models: tuned 2"
    assert found.asked.member("tuned 2").x == 2.0
    with pytest.raises(BackendError, match="has no such member"):
        await found.asked.member("tuned 2").backend.start(print)


def test_a_family_that_the_configuration_has_no_more(config: Config) -> None:
    session = Session(1, "t", "", "doses", None, records(config), family=FamilyRecord("gone", "dose"))
    found = stored_family(config, session)
    assert found.news.startswith("its answers can be read and nothing can be asked: there is no family 'gone'")
    assert len(found.asked.members) == 3


def test_labels_that_would_act_on_a_terminal_are_refused(config: Config) -> None:
    hostile = SideRecord("\x1b[31mred", "x", None, "m", None, "tuned")
    with pytest.raises(FileError, match="cannot be shown"):
        stored_family(config, Session(1, "t", "", "doses", None, (hostile,), family=NAMED))
