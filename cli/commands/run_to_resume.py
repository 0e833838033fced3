"""`diptych run --resume`: the session in which a run goes on."""

from diptych.cli.output.printing import fail
from diptych.cli.setup.config import data_file
from diptych.compare import Resumed
from diptych.sessions import Store


def find_run(session_id: int, probe_id: str | None, pair: str | None, samples: int | None) -> Resumed:
    """The session of that number with its answers. Ends diptych where what is asked for does not agree with it."""
    store = Store(data_file())
    session = store.session(session_id)
    if session is None:
        fail(f"there is no session {session_id}; diptych sessions list shows those that are there")
    if session.run is None or session.probe is None:
        fail(f"session {session_id} is none of diptych run; open it with diptych --session {session_id}")
    if probe_id not in (None, session.probe):
        fail(f"session {session_id} asks {session.probe}, not {probe_id}; leave the probe out, or begin a new run")
    if pair not in (None, session.pair):
        fail(f"session {session_id} compares {session.pair}, not {pair}; leave the pair out, or begin a new run")
    if samples is not None and samples < session.run.samples:
        planned = session.run.samples
        fail(f"session {session_id} has {planned} samples planned, -n {samples} is fewer; name {planned} or more")
    saved = store.answers(session_id)
    store.close()
    return Resumed(session, saved)
