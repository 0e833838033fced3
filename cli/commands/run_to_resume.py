"""`diptych run --resume`: finds the session to continue."""

from diptych.cli.commands.sessions_manage import find_session
from diptych.cli.output.printing import fail
from diptych.cli.setup.config import data_file
from diptych.compare import Resumed
from diptych.sessions import Store


def find_run(
    session_id: int, probe_id: str | None, pair: str | None, family: str | None, samples: int | None
) -> Resumed:
    """Return the session with its answers. Exits with a message if it does not match the arguments."""
    store = Store(data_file())
    session = find_session(store, session_id)
    if session.run is None or session.probe is None:
        fail(f"session {session_id} is not from diptych run; open it with diptych --session {session_id}")
    if probe_id not in (None, session.probe):
        fail(f"session {session_id} uses probe {session.probe}, not {probe_id}; omit the probe, or start a new run")
    kind = "pair" if session.family is None else "family"
    for named, name in (("pair", pair), ("family", family)):
        if name is not None and (named, name) != (kind, session.pair):
            fail(
                f"session {session_id} uses {kind} {session.pair}, not {named} {name};"
                f" omit the {named}, or start a new run"
            )
    if samples is not None and samples < session.run.samples:
        planned = session.run.samples
        fail(f"session {session_id} was planned with {planned} samples, but -n is {samples}; use {planned} or more")
    saved, labels = store.answers(session_id), store.labels(session_id)
    store.close()
    return Resumed(session, saved, labels)
