"""The console on a family, on a server of loopback whose members spell HELLO from a dose of .5 on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from diptych.backends import Backend, Endpoint, Sampling, connect
from diptych.compare import AskedMembers, Comparison, Side
from diptych.probes import load_probes
from diptych.sessions import Answer, FamilyRecord, Recorder, Store
from diptych.tui import DiptychApp
from tests.openai_server import Exchange, Server, answering, serve
from tests.tui.app import BASE, TUNED

DOSES = (0.25, 0.5, 1.0)
RECORD = FamilyRecord("doses", "dose")


async def reply(exchange: Exchange) -> None:
    dose = float(exchange.body["model"].partition("@")[2] or 0)
    await answering(TUNED if dose >= 0.5 else BASE)(exchange)


def doses(backend: Backend, xs: Sequence[float] = DOSES, seeds: Sequence[int | None] = (None,)) -> AskedMembers:
    """A base, and a member of the arm "tuned" for each x and seed."""
    base = Side("base", "x", None, "m", None, Sampling(), backend, "base")
    members = [
        Side(_label(x, s), "x", None, f"m@{x:g}", None, Sampling(), backend, "tuned", x, s) for s in seeds for x in xs
    ]
    return AskedMembers(RECORD, (base, *members))


def _label(x: float, seed: int | None) -> str:
    return f"tuned {x:g} seed {seed}" if seed else f"tuned {x:g}"


def family_app(
    store: Path,
    family: AskedMembers,
    theme: str = "diptych-dark",
    restored: int | None = None,
    presenting: bool = False,
) -> tuple[DiptychApp, Comparison]:
    """The app on a family, or on a stored session of it."""
    probes = load_probes()
    sides = [family.member(label) for label in family.at_first]
    comparison = Comparison("doses", sides, Recorder(store), probes["hello-acrostic"], family=family)
    saved = None
    if restored is not None:
        kept = Store(store)
        session = kept.session(restored)
        assert session is not None
        saved = session, kept.answers(restored, family.at_first), kept.labels(restored)
        kept.close()
    app = DiptychApp(comparison, lambda: list(probes.values()), theme, restored=saved, presenting=presenting)
    return app, comparison


async def keep_family(store: Path, family: AskedMembers, answers: Sequence[Answer]) -> None:
    """Put a session of a family into the store."""
    recorder = Recorder(store)
    records = tuple(member.record() for member in family.members)
    await recorder.begin_session("t", RECORD.name, "hello-acrostic", records, family=family.record)
    for answer in answers:
        await recorder.save(await recorder.begin(answer), answer)
    recorder.close()


@asynccontextmanager
async def family_console(
    folder: Path,
    size: tuple[int, int] = (120, 34),
    restored: int | None = None,
    presenting: bool = False,
    xs: Sequence[float] = DOSES,
    seeds: Sequence[int | None] = (None,),
) -> AsyncIterator[tuple[Pilot[None], Comparison, Server]]:
    """The running app."""
    async with serve(reply) as server:
        family = doses(connect(Endpoint("openai", server.base_url)), xs, seeds)
        app, comparison = family_app(folder / "s.db", family, restored=restored, presenting=presenting)
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            yield pilot, comparison, server
