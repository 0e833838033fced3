"""From a kept session to the app that plays it again."""

from pathlib import Path

from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.wiring import find_probe, find_rows, kept_session
from diptych.compare import Replay, sides_of
from diptych.detectors import TrainingRows
from diptych.probes import FileError, Probe
from diptych.sessions import Session, Store
from diptych.tui import SIDES, THEME_NOTE, DiptychApp


def replay_app(
    config: Config, session_id: int, speed: float = 1.0, stepwise: bool = False, present: bool = False, news: str = ""
) -> DiptychApp:
    """The app that plays a session again; `news` is told at the start. Raises FileError, StoreError."""
    store = Store(data_file())
    session = kept_session(store, session_id)
    saved, labels = store.answers(session_id), store.labels(session_id)
    theme_note = store.remembered(THEME_NOTE)
    store.close()
    if not saved:
        raise FileError(f"session {session_id} has no answers: there is nothing to play again")
    if others := [side.name for side in sides_of(session, saved) if side.name not in SIDES]:
        raise FileError(f"session {session_id} has sides called {', '.join(others)}; a replay has {', '.join(SIDES)}")
    probe, rows, missing = _watching(config, session)
    own = config.own_detectors(config.own_probes.parent)
    replay = Replay(session, saved, labels, data_file(), probe, own, rows, speed, stepwise)
    told = "; ".join(filter(None, (news, *missing)))
    return DiptychApp(replay, lambda: (), config.theme, news=told, presenting=present, theme_note=theme_note)


def _watching(config: Config, session: Session) -> tuple[Probe | None, TrainingRows | None, list[str]]:
    """The probe and the fine-tuning rows of a session, as far as they are still there, and what is missing."""
    probe, rows, missing = None, None, []
    try:
        probe = find_probe(config, session.probe) if session.probe is not None else None
    except FileError as error:
        missing.append(f"the usual detectors watch: {error}")
    named = Path(session.run.rows) if session.run is not None and session.run.rows is not None else None
    try:
        rows = find_rows(config, config.pairs.get(session.pair), named)
    except FileError as error:
        missing.append(f"answers are held against no fine-tuning rows: {error}")
    return probe, rows, missing
