"""Opens the console."""

from cli.config import Config, data_file
from cli.wiring import all_probes, build_judge, build_sides, find_pair, find_probe, find_rows
from compare import Comparison
from probes import FileError
from sessions import Recorder, Store
from tui import DiptychApp


def open_console(
    config: Config, pair_name: str | None, probe_id: str | None, session_id: int | None, prompt: str | None
) -> int:
    """Run the app, once for each session that is opened in it, and return the exit code. Raises FileError,
    StoreError."""
    app, comparison = _console(config, pair_name, probe_id, session_id, prompt)
    while True:
        app.run()
        if app.wanted is None:
            return app.return_code or 0
        before = comparison.session
        try:
            app, comparison = _console(config, None, None, app.wanted, None)
        except FileError as error:
            # The one that was open before is opened again, and told why.
            news = f"session {app.wanted} stays closed: {error}"
            app, comparison = _console(config, pair_name, probe_id, before, None, news)


def _console(
    config: Config,
    pair_name: str | None,
    probe_id: str | None,
    session_id: int | None,
    prompt: str | None,
    news: str = "",
) -> tuple[DiptychApp, Comparison]:
    store = Store(data_file())
    restored = None
    if session_id is not None:
        session = store.session(session_id)
        if session is None:
            raise FileError(f"there is no session {session_id}; diptych sessions list shows those that are there")
        restored = session, store.answers(session_id), store.labels(session_id)
        pair_name = pair_name or session.pair
        probe_id = probe_id or session.probe
    name, pair = find_pair(config, pair_name)
    chosen = probe_id or (pair.probe if restored is None else None)
    probe = find_probe(config, chosen) if chosen is not None else None
    last_start = store.note("start seconds")
    sides = build_sides(config, pair)
    comparison = Comparison(
        name,
        sides,
        Recorder(data_file()),
        probe,
        config.own_detectors(config.own_probes.parent),
        find_rows(config, pair),
        build_judge(config, sides),
    )
    app = DiptychApp(
        comparison,
        lambda: all_probes(config),
        config.theme,
        typed=prompt or "",
        history=store.prompts(),
        last_start=float(last_start) if last_start else None,
        restored=restored,
        news=news or _unfinished(store),
    )
    store.close()
    return app, comparison


def _unfinished(store: Store) -> str:
    """What was cut off when diptych ended the last time; told once."""
    found = store.interrupted()
    if found is None:
        return ""
    session_id, count = found
    store.settle_interrupted(session_id)
    answers = "1 answer" if count == 1 else f"{count} answers"
    return f"session {session_id} has {answers} cut off when diptych ended: diptych --session {session_id}"
