"""Finds the family that the console opens: one of config.toml, or that of a stored session."""

from collections.abc import Mapping
from typing import NamedTuple

from diptych.backends import Sampling, Unsupported
from diptych.cli.setup.config import Config
from diptych.cli.setup.family_members import find_family
from diptych.cli.setup.wiring import build_members
from diptych.compare import AskedMembers, Closed, Side
from diptych.probes import FileError
from diptych.sessions import Session, SideRecord


class ConsoleFamily(NamedTuple):
    """A family for the console."""

    asked: AskedMembers
    probe: str | None = None
    """The probe that its configuration names."""
    news: str = ""
    """What the user has to know about it."""


def configured_family(config: Config, name: str) -> ConsoleFamily:
    """Return a family of config.toml. Raises FileError."""
    found = find_family(config, name)
    return ConsoleFamily(AskedMembers(found.record, build_members(found)), found.config.probe)


def stored_family(config: Config, session: Session) -> ConsoleFamily:
    """Return the family of a stored session, with the members that it had then. A member that config.toml does not
    have, or has with another model, can be read and not asked. Raises FileError for labels that cannot be shown."""
    assert session.family is not None
    if not all(side.name.isprintable() for side in session.sides):
        raise FileError(f"session {session.id} has labels of members that cannot be shown")
    name, why = session.family.name, ""
    own: Mapping[str, Side] = {}
    try:
        own = {side.name: side for side in configured_family(config, name).asked.members}
    except FileError as error:
        why = str(error)
    members = tuple(_member(record, own.get(record.name), name) for record in session.sides)
    closed = [member.name for member in members if isinstance(member.backend, Closed)]
    news = ""
    if why:
        news = f"its answers can be read and nothing can be asked: {why}"
    elif closed:
        some = ", ".join(closed[:3]) + (f" and {len(closed) - 3} more" if len(closed) > 3 else "")
        news = f"cannot be asked, because the family {name} of config.toml has other models: {some}"
    return ConsoleFamily(AskedMembers(session.family, members), news=news)


def _member(stored: SideRecord, configured: Side | None, family: str) -> Side:
    if configured is not None and (configured.endpoint, configured.model) == (stored.endpoint, stored.model):
        return configured
    what = "has no such member" if configured is None else f"has the model {configured.model} for it"
    error = Unsupported(f"the family {family} of config.toml {what}", "ask a member that config.toml has")
    return Side(
        name=stored.name,
        endpoint=stored.endpoint,
        base_url=stored.base_url,
        model=stored.model,
        system=stored.system,
        sampling=Sampling(),
        backend=Closed(error),
        arm=stored.arm,
        x=stored.x,
        training_seed=stored.training_seed,
    )
