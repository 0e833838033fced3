"""Opens the console."""

import asyncio
from functools import partial
from pathlib import Path

import click
import msgspec

from cli.config import Config, PairConfig, data_file
from cli.ending import INTERRUPTED, heed_interrupts
from cli.options import Opening
from cli.wiring import all_probes, build_judge, build_sides, find_pair, find_probe, find_rows
from compare import Comparison
from probes import FileError, Probe
from sessions import BrokenOff, Label, Recorder, SavedAnswer, Session, Store
from tui import Cast, DiptychApp


def open_console(config: Config, opening: Opening, record: Path | None = None) -> int:
    """Run the app, once for each session that is opened in it, and return the exit code; `record` all of it into this
    file. Raises FileError, StoreError."""
    console = partial(_console, config, _cast(record) if record is not None else None)
    app, comparison = console(opening)
    while True:
        asyncio.run(_run(app))
        if app.return_code == INTERRUPTED:
            click.echo(_ended(comparison.session), err=True)
        if app.wanted is None:
            return app.return_code or 0
        before = comparison.session
        try:
            app, comparison = console(Opening(session=app.wanted, present=opening.present))
        except FileError as error:
            # The one that was open before is opened again, and told why.
            news = f"session {app.wanted} stays closed: {error}"
            again = msgspec.structs.replace(opening, session=before, prompt=None)
            app, comparison = console(again, news)


class Choice(msgspec.Struct, frozen=True):
    """What the options of the console mean."""

    name: str
    pair: PairConfig
    probe: Probe | None
    restored: tuple[Session, list[SavedAnswer], list[Label]] | None


def choose(config: Config, store: Store, opening: Opening) -> Choice:
    """The pair and probe that are asked for, and the session that goes on. Raises FileError, StoreError."""
    pair_name, probe_id, restored = opening.pair, opening.probe, None
    if opening.session is not None:
        session = store.session(opening.session)
        if session is None:
            raise FileError(f"there is no session {opening.session}; diptych sessions list shows those that are there")
        restored = session, store.answers(session.id), store.labels(session.id)
        pair_name = pair_name or session.pair
        probe_id = probe_id or session.probe
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


def _console(config: Config, cast: Cast | None, opening: Opening, news: str = "") -> tuple[DiptychApp, Comparison]:
    store = Store(data_file())
    choice = choose(config, store, opening)
    last_start = store.note("start seconds")
    sides = build_sides(config, choice.pair)
    comparison = Comparison(
        choice.name,
        sides,
        Recorder(data_file()),
        choice.probe,
        config.own_detectors(config.own_probes.parent),
        find_rows(config, choice.pair),
        build_judge(config, sides),
    )
    app = DiptychApp(
        comparison,
        lambda: all_probes(config),
        config.theme,
        typed=opening.prompt or "",
        presenting=opening.present,
        cast=cast,
        history=store.prompts(),
        last_start=float(last_start) if last_start else None,
        restored=choice.restored,
        news=news,
        broken_off=_broken_off(store),
    )
    store.close()
    return app, comparison


async def _run(app: DiptychApp) -> None:
    heed_interrupts(lambda: app.exit(return_code=INTERRUPTED))
    await app.run_async()


def _ended(session: int | None) -> str:
    if session is None:
        return "diptych was asked to end; nothing was asked"
    return f"diptych was asked to end; what came is in session {session}: diptych --session {session} opens it"


def _broken_off(store: Store) -> BrokenOff | None:
    """What was cut off when diptych ended the last time; told once."""
    found = store.broken_off()
    if found is not None:
        store.settle_broken_off(found.session)
    return found
