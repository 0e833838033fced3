"""Opens the console, or the replay of a session, and from there one after another."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from diptych.cli.exit_codes import INTERRUPTED
from diptych.cli.setup.config import Config, PairConfig, data_file
from diptych.cli.setup.console_options import ConsoleOptions
from diptych.cli.setup.signals import on_interrupt
from diptych.cli.setup.wiring import (
    all_probes,
    build_judge,
    build_sides,
    find_pair,
    find_probe,
    find_rows,
    kept_session,
)
from diptych.compare import Comparison
from diptych.probes import FileError, Probe
from diptych.sessions import InterruptedSession, Label, Recorder, SavedAnswer, Session, Store
from diptych.tui import THEME_NOTE, Cast, DiptychApp

if TYPE_CHECKING:
    from diptych.tui import Chosen


@dataclass(frozen=True)
class _Opened:
    """What is on the screen."""

    app: DiptychApp
    again: Callable[[str], "_Opened"] | None = None
    """Opens it once more, with news; a replay is not come back to."""


def open_console(config: Config, options: ConsoleOptions, record: Path | None = None) -> int:
    """Run the app, once for each session that is opened in it, and return the exit code; `record` all of it into this
    file. Raises FileError, StoreError."""
    cast = _cast(record) if record is not None else None
    return _run(config, cast, _console(config, cast, options))


def open_replay(config: Config, app: DiptychApp) -> int:
    """The same, beginning with a replay. Raises FileError, StoreError."""
    return _run(config, None, _Opened(app))


def _run(config: Config, cast: Cast | None, opened: _Opened) -> int:
    """One after another; who leaves a replay comes back to the console that it was called from."""
    console = None
    while True:
        app = opened.app
        asyncio.run(_show(app))
        console = opened.again or console
        if app.return_code == INTERRUPTED and opened.again is not None:
            click.echo(_ended(app.session), err=True)
        if app.wanted is not None:
            opened = _wanted(config, cast, app.wanted, app.presenting, console)
        elif opened.again is None and console is not None and not app.return_code:
            opened = console("")
        else:
            return app.return_code or 0


def _wanted(
    config: Config, cast: Cast | None, wanted: "Chosen", present: bool, console: Callable[[str], _Opened] | None
) -> _Opened:
    """The session that is wanted. One that cannot be gone on with is played again, and the reason told; where that is
    not possible either, the one that was open before stays. Raises FileError where there was none, StoreError."""
    from diptych.cli.commands.open_replay import replay_app

    news = ""
    try:
        if not wanted.replay:
            try:
                return _console(config, cast, ConsoleOptions(session=wanted.session, present=present))
            except FileError as error:
                news = f"session {wanted.session} is played again: {error}"
        return _Opened(replay_app(config, wanted.session, present=present, news=news))
    except FileError as error:
        if console is None:
            raise
        return console(f"session {wanted.session} stays closed: {error}")


class Choice(msgspec.Struct, frozen=True):
    """What the options of the console mean."""

    name: str
    pair: PairConfig
    probe: Probe | None
    restored: tuple[Session, list[SavedAnswer], list[Label]] | None


def choose(config: Config, store: Store, options: ConsoleOptions) -> Choice:
    """The pair and probe that are asked for, and the session that goes on. Raises FileError, StoreError."""
    pair_name, probe_id, restored = options.pair, options.probe, None
    if options.session is not None:
        session = kept_session(store, options.session)
        restored = session, store.answers(session.id), store.labels(session.id)
        pair_name = pair_name or session.pair
        probe_id = probe_id or session.probe
        if options.pair is None and pair_name not in config.pairs:
            number = session.id
            raise FileError(
                f"there is no pair {pair_name!r} any more to go on with; diptych --session {number} --pair NAME takes"
                f" another, diptych sessions replay {number} needs none"
            )
    name, pair = find_pair(config, pair_name)
    chosen = probe_id or (pair.probe if restored is None else None)
    return Choice(name, pair, find_probe(config, chosen) if chosen is not None else None, restored)


def _cast(path: Path) -> Cast:
    try:
        return Cast(path)
    except FileExistsError as error:
        raise FileError(f"{path} is there already; record into a new file") from error
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}") from error


def _console(config: Config, cast: Cast | None, options: ConsoleOptions, news: str = "") -> _Opened:
    store = Store(data_file())
    choice = choose(config, store, options)
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
    )
    store.close()

    def again(news: str) -> _Opened:
        probe_id = comparison.probe.id if comparison.probe is not None else None
        before = ConsoleOptions(choice.name, probe_id, comparison.session, present=app.presenting)
        return _console(config, cast, before, news)

    return _Opened(app, again)


async def _show(app: DiptychApp) -> None:
    on_interrupt(lambda: app.exit(return_code=INTERRUPTED))
    await app.run_async()


def _ended(session: int | None) -> str:
    if session is None:
        return "diptych was asked to end; nothing was asked"
    return f"diptych was asked to end; what came is in session {session}: diptych --session {session} opens it"


def _interrupted_session(store: Store) -> InterruptedSession | None:
    """What was cut off when diptych ended the last time; told once."""
    found = store.interrupted_session()
    if found is not None:
        store.mark_interrupted(found.session)
    return found
