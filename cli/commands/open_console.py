"""Opens the console or a replay, and switches between sessions until the user leaves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from diptych.cli.exit_codes import INTERRUPTED
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.console_options import ConsoleOptions
from diptych.cli.setup.models_on_disk import models_on_disk
from diptych.cli.setup.pair_config import PairConfig
from diptych.cli.setup.signals import on_interrupt
from diptych.cli.setup.wiring import (
    all_probes,
    build_judge,
    build_sides,
    find_pair,
    find_probe,
    find_rows,
    stored_session,
)
from diptych.compare import Comparison
from diptych.probes import FileError, Probe
from diptych.sessions import InterruptedSession, Label, Recorder, SavedAnswer, Session, Store
from diptych.tui import DRAFT_NOTE, THEME_NOTE, TIPS_NOTE, Cast, DiptychApp

if TYPE_CHECKING:
    from diptych.tui import Chosen


@dataclass(frozen=True)
class _OpenApp:
    """An app, and how to open it again."""

    app: DiptychApp
    again: Callable[[str], "_OpenApp"] | None = None
    """Opens the app again with a message for the user; None for a replay, to which nothing returns."""


def open_console(config: Config, options: ConsoleOptions, record: Path | None = None, news: str = "") -> int:
    """Run the console until the user leaves, and return the exit code. `record`: a file to record the console into;
    `news`: shown at the start. Raises FileError, StoreError."""
    cast = _new_recording(record) if record is not None else None
    return _run_apps(config, cast, _console_app(config, cast, options, news))


def open_replay(config: Config, app: DiptychApp) -> int:
    """Run a replay until the user leaves, and return the exit code. Raises FileError, StoreError."""
    return _run_apps(config, None, _OpenApp(app))


def _run_apps(config: Config, cast: Cast | None, opened: _OpenApp) -> int:
    """Run one app after another. After a replay the console that it was opened from comes back."""
    console = None
    while True:
        app = opened.app
        asyncio.run(run_app(app))
        console = opened.again or console
        if app.return_code == INTERRUPTED and opened.again is not None:
            click.echo(_interrupt_message(app.session), err=True)
        if app.wanted is not None:
            opened = _open_chosen(config, cast, app.wanted, app.presenting, console)
        elif opened.again is None and console is not None and not app.return_code:
            opened = console("")
        else:
            return app.return_code or 0


def _open_chosen(
    config: Config, cast: Cast | None, chosen: "Chosen", present: bool, console: Callable[[str], _OpenApp] | None
) -> _OpenApp:
    """Open a chosen session. If it cannot be continued, it is replayed, and a message says why. If it cannot be
    replayed either, the earlier console comes back. Raises FileError if there was none, StoreError."""
    from diptych.cli.commands.open_replay import replay_app

    news = ""
    try:
        if not chosen.replay:
            try:
                return _console_app(config, cast, ConsoleOptions(session=chosen.session, present=present))
            except FileError as error:
                news = f"session {chosen.session} is replayed: {error}"
        return _OpenApp(replay_app(config, chosen.session, present=present, news=news))
    except FileError as error:
        if console is None:
            raise
        return console(f"session {chosen.session} cannot be opened: {error}")


class ResolvedOptions(msgspec.Struct, frozen=True):
    """What the options of the console select."""

    name: str
    pair: PairConfig
    probe: Probe | None
    restored: tuple[Session, list[SavedAnswer], list[Label]] | None


def resolve_options(config: Config, store: Store, options: ConsoleOptions) -> ResolvedOptions:
    """Return the pair, the probe, and the session to continue. Raises FileError, StoreError."""
    pair_name, probe_id, restored = options.pair, options.probe, None
    if options.session is not None:
        session = stored_session(store, options.session)
        if session.family is not None:
            raise FileError(
                f"session {session.id} asks the family {session.pair}, which the console cannot open; diptych sessions"
                f" show {session.id} shows its measures and answers"
            )
        restored = session, store.answers(session.id), store.labels(session.id)
        pair_name = pair_name or session.pair
        probe_id = probe_id or session.probe
        if options.pair is None and pair_name not in config.pairs:
            number = session.id
            raise FileError(
                f"the pair {pair_name!r} is not in config.toml; diptych --session {number} --pair NAME uses another"
                f" one, diptych open BASE TUNED --session {number} opens models for it, diptych sessions replay"
                f" {number} needs none"
            )
    name, pair = find_pair(config, pair_name)
    chosen = probe_id or (pair.probe if restored is None else None)
    return ResolvedOptions(name, pair, find_probe(config, chosen) if chosen is not None else None, restored)


def _new_recording(path: Path) -> Cast:
    try:
        return Cast(path)
    except FileExistsError as error:
        raise FileError(f"{path} already exists; record into a new file") from error
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}") from error


def _console_app(config: Config, cast: Cast | None, options: ConsoleOptions, news: str = "") -> _OpenApp:
    store = Store(data_file())
    choice = resolve_options(config, store, options)
    last_start = store.remembered("start seconds")
    sides = build_sides(config, choice.pair)
    rows = find_rows(config, choice.pair)
    comparison = Comparison(
        choice.name,
        sides,
        Recorder(data_file()),
        choice.probe,
        config.own_detectors(config.own_probes.parent),
        rows,
        build_judge(config, sides),
        config.own_judges(config.own_probes.parent),
    )
    app = DiptychApp(
        comparison,
        lambda: all_probes(config),
        config.theme,
        typed=options.prompt or "",
        presenting=options.present,
        cast=cast,
        history=store.prompts(),
        last_start=float(last_start) if last_start else None,
        restored=choice.restored,
        news="; ".join((*filter(None, [news]), *(rows.remarks if rows is not None else ()))),
        interrupted_session=_interrupted_session(store),
        theme_note=store.remembered(THEME_NOTE),
        draft_note=store.remembered(DRAFT_NOTE),
        tips_note=store.remembered(TIPS_NOTE),
        find_models=lambda: models_on_disk(config),
    )
    store.close()

    def again(news: str) -> _OpenApp:
        probe_id = comparison.view.probe.id if comparison.view.probe is not None else None
        before = ConsoleOptions(choice.name, probe_id, app.session, present=app.presenting)
        return _console_app(config, cast, before, news)

    return _OpenApp(app, again)


async def run_app(app: DiptychApp) -> None:
    """Run an app until the user leaves it, or a signal ends it."""
    on_interrupt(lambda: app.exit(return_code=INTERRUPTED))
    await app.run_async()


def _interrupt_message(session: int | None) -> str:
    if session is None:
        return "diptych was interrupted; nothing was asked"
    return f"diptych was interrupted; the answers so far are in session {session}: diptych --session {session} opens it"


def _interrupted_session(store: Store) -> InterruptedSession | None:
    """Return the session that was interrupted when diptych last ended. It is reported only once."""
    found = store.interrupted_session()
    if found is not None:
        store.mark_interrupted(found.session)
    return found
