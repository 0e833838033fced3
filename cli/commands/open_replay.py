"""Builds the app that replays a stored session."""

from pathlib import Path

from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.wiring import find_probe, find_rows, pair_of, stored_session
from diptych.compare import Replay, sides_of
from diptych.detectors import TrainingRows
from diptych.probes import FileError, Probe
from diptych.sessions import SIDE_NAMES, Session, Store
from diptych.tui import THEME_NOTE, DiptychApp


def replay_app(
    config: Config, session_id: int, speed: float = 1.0, stepwise: bool = False, present: bool = False, news: str = ""
) -> DiptychApp:
    """Return the app for a replay; `news` is shown at the start. Raises FileError, StoreError."""
    store = Store(data_file())
    session = stored_session(store, session_id)
    saved, labels = store.answers(session_id), store.labels(session_id)
    theme_note = store.remembered(THEME_NOTE)
    store.close()
    if not saved:
        raise FileError(f"session {session_id} has no answers to replay")
    if session.family is not None:
        raise FileError(
            f"session {session_id} asks the family {session.pair}, and a replay shows the sides of a pair;"
            f" diptych sessions show {session_id} shows its measures and answers"
        )
    if others := [side.name for side in sides_of(session, saved) if side.name not in SIDE_NAMES]:
        raise FileError(
            f"session {session_id} has sides named {', '.join(others)}; a replay can show {', '.join(SIDE_NAMES)}"
        )
    probe, rows, missing = _probe_and_rows(config, session)
    own = config.own_detectors(config.own_probes.parent)
    replay = Replay(session, saved, labels, data_file(), probe, own, rows, speed, stepwise)
    messages = "; ".join(filter(None, (news, *missing)))
    return DiptychApp(replay, lambda: (), config.theme, news=messages, presenting=present, theme_note=theme_note)


def _probe_and_rows(config: Config, session: Session) -> tuple[Probe | None, TrainingRows | None, list[str]]:
    """Return the probe and the training rows of a session, if they still exist, and messages about what is missing."""
    probe, rows, missing = None, None, []
    try:
        probe = find_probe(config, session.probe) if session.probe is not None else None
    except FileError as error:
        missing.append(f"the default detectors are used: {error}")
    named = Path(session.run.rows) if session.run is not None and session.run.rows is not None else None
    try:
        rows = find_rows(config, pair_of(config, session), named)
    except FileError as error:
        missing.append(f"answers are not compared with training rows: {error}")
    return probe, rows, missing
