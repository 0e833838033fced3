"""Finds the registration that a run is to be made under, and what the run takes from it."""

from typing import NamedTuple

from diptych.cli.setup.config import data_file
from diptych.compare import Resumed
from diptych.probes import FileError
from diptych.sessions import Registration, RunRegistration, Store


class NamedRun(NamedTuple):
    """What the user named of a run; None where nothing was named."""

    probe: str | None
    pair: str | None
    family: str | None
    samples: int | None


def under_registration(name: str, run: NamedRun) -> tuple[NamedRun, RunRegistration]:
    """Return what a run asks that is made under a registration: what is not named comes from it. A run with another
    number of samples deviates, and is not refused. Raises FileError for another probe, pair or family, StoreError."""
    registration = find_registration(name)
    registered = NamedRun(
        registration.probe,
        None if registration.family else registration.pair,
        registration.pair if registration.family else None,
        registration.samples,
    )
    asked = f"{'family' if registration.family else 'pair'} {registration.pair}"
    for kind, given, planned in zip(("probe", "pair", "family"), run[:3], registered[:3], strict=True):
        if given is not None and given != planned:
            what = f"probe {planned}" if kind == "probe" else asked
            raise FileError(f"registration {name} is for {what}, not {kind} {given}; omit the {kind}, or register that")
    under = RunRegistration(name, registration.primary, registration.rates)
    return registered._replace(samples=run.samples or registered.samples), under


def find_registration(name: str) -> Registration:
    """Return the registration of that name. Raises FileError, StoreError."""
    store = Store(data_file())
    try:
        found = store.registration(name)
        if found is None:
            known = ", ".join(store.registration_names()) or "none"
            raise FileError(f"there is no registration {name!r}; there are: {known}")
        return found
    finally:
        store.close()


def check_resumed(name: str, resumed: Resumed) -> None:
    """Raises FileError if a session was made under another registration."""
    under = resumed.session.run.registered if resumed.session.run is not None else None
    if under is not None and under.id != name:
        made = f"session {resumed.session.id} was made under registration {under.id}"
        raise FileError(f"{made}, not {name}; omit --registered, or start a new run")
