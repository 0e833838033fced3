"""`diptych sessions recognise`: lets the sides of a session say which of two texts is their own."""

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from diptych.backends import heard_by
from diptych.cli.commands.stored_asking import (
    Interruption,
    exit_code,
    open_session,
    print_measures,
    tell_failures,
)
from diptych.cli.exit_codes import UNREACHABLE, USAGE
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.obstacles import print_obstacles
from diptych.cli.output.printing import StatusLine, in_one_line
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.run_defaults import CONCURRENCY, RECOGNITION_PAIRS
from diptych.cli.setup.wiring import probe_of, sides_of_readers
from diptych.sessions import SavedAnswer, Session, Store

if TYPE_CHECKING:
    from diptych.compare import Recognition, StoredMeasures


@click.command("recognise", short_help="Ask the sides which of two answers is their own.")
@click.argument("session_id", metavar="ID", type=int)
@click.option(
    "-n",
    "pairs",
    type=click.IntRange(1, 100_000),
    default=RECOGNITION_PAIRS,
    show_default=True,
    help="Pairs of answers to each question, at most.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 256),
    default=CONCURRENCY,
    show_default=True,
    help="Concurrent answers from each endpoint.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def recognise_session(config: Config, session_id: int, pairs: int, concurrency: int, as_json: bool) -> None:
    """Show each side of a session its own answer to a question and that of the other side, and ask which is its own.

    Each pair of answers is shown in both orders, in a fresh instance, with the system prompt and the parameters with
    which the answers were given. The answers are kept in the session under "whose words". With three sides or more,
    each is compared with the first. What was asked before is not asked again. ctrl+c stops; what has come is kept.
    """
    from diptych.compare import CannotAskError, recognition_measures, stored_measures

    store = Store(data_file())
    session, saved, labels = open_session(store, session_id)
    try:
        recognition, interrupted = asyncio.run(_ask(config, session, saved, pairs, concurrency))
    except CannotAskError as error:
        print_obstacles(error.obstacles, TERMINAL)
        sys.exit(UNREACHABLE if error.nobody else USAGE)
    tell_failures(recognition.failures)
    if recognition.wanted:
        click.echo(f"asked {recognition.done:,} of {recognition.wanted:,}", err=True)
    counted = stored_measures(session, store.answers(session_id), (), probe_of(config, session), labels)
    found = recognition_measures(counted)
    print_measures(found, _document(session_id, recognition, found) if as_json else None)
    sys.exit(exit_code(interrupted, recognition.failures))


async def _ask(
    config: Config, session: Session, saved: list[SavedAnswer], pairs: int, concurrency: int
) -> tuple["Recognition", bool]:
    """Ask the sides, say before how often, and return whether it was interrupted."""
    from diptych.compare import recognise_saved

    sides, status, interruption = sides_of_readers(config, session), StatusLine(), Interruption("what has come")

    def begin(recognition: "Recognition") -> None:
        interruption.stops(recognition.stop)
        status.clear()
        names = " and ".join(side.name for side in sides)
        asking = f"{names} are asked {recognition.wanted:,} times which of two answers is theirs"
        click.echo(
            in_one_line(asking if recognition.wanted else "every pair of answers was asked about before"), err=True
        )

    def show(recognition: "Recognition") -> None:
        status(f"asking · {recognition.done:,} of {recognition.wanted:,}")

    try:
        with heard_by(status):
            recognition = await recognise_saved(
                data_file(), session, saved, sides, probe_of(config, session), pairs, concurrency, begin, show
            )
    finally:
        status.clear()
    return recognition, interruption.came


def _document(session_id: int, recognition: "Recognition", found: "StoredMeasures") -> dict[str, Any]:
    return {
        "session": session_id,
        "wanted": recognition.wanted,
        "asked": recognition.done,
        "failures": {side: failure.message for side, failure in recognition.failures.items()},
        "measures": msgspec.to_builtins(found.measures),
    }
