"""`diptych sessions score`: lets the sides of a session score its answers."""

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
from diptych.cli.output.printing import StatusLine, in_one_line
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.wiring import probe_of, sides_of_readers
from diptych.sessions import SavedAnswer, Session, Store

if TYPE_CHECKING:
    from diptych.compare import AnswerScoring, StoredMeasures


@click.command("score", short_help="Let the sides score the answers: surprise and entropy.")
@click.argument("session_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def score_session(config: Config, session_id: int, as_json: bool) -> None:
    """Let each side of a session score every answer, its own and those of the other sides.

    The mean surprise and entropy of each side, in nats a token, are kept with the answers, and so is whether a side has
    the lower entropy on its own text. An endpoint that tells how likely the tokens of a text are, and not the whole
    distribution, gives surprise alone: vLLM does. Answers that have their scores are not scored again. ctrl+c stops;
    what is scored is kept.
    """
    from diptych.compare import entropy_note, score_measures, stored_measures

    store = Store(data_file())
    session, saved, labels = open_session(store, session_id)
    scoring, interrupted = asyncio.run(_score(config, session, saved))
    tell_failures(scoring.failures)
    click.echo(f"scored {scoring.done:,} of {scoring.cost.passes:,}", err=True)
    counted = stored_measures(session, store.answers(session_id), (), probe_of(config, session), labels)
    found = score_measures(counted)
    if note := entropy_note(found.measures):
        click.echo(note, err=True)
    print_measures(found, _document(session_id, scoring, found) if as_json else None)
    sys.exit(exit_code(interrupted, scoring.failures))


async def _score(config: Config, session: Session, saved: list[SavedAnswer]) -> tuple["AnswerScoring", bool]:
    """Score the answers, say before what it takes, and return whether it was interrupted."""
    from diptych.compare import score_saved

    sides, status, interruption = sides_of_readers(config, session), StatusLine(), Interruption("what is scored")

    def begin(scoring: "AnswerScoring") -> None:
        interruption.stops(scoring.stop)
        names = " and ".join(side.name for side in sides)
        passes, tokens = scoring.cost
        click.echo(in_one_line(f"{names} read {passes:,} answers, about {tokens:,} tokens"), err=True)

    def show(scoring: "AnswerScoring") -> None:
        status(f"scoring · {scoring.done:,} of {scoring.cost.passes:,}")

    try:
        with heard_by(status):
            scoring = await score_saved(data_file(), saved, sides, probe_of(config, session), begin, show)
    finally:
        status.clear()
    return scoring, interruption.came


def _document(session_id: int, scoring: "AnswerScoring", found: "StoredMeasures") -> dict[str, Any]:
    return {
        "session": session_id,
        "answers": scoring.cost.passes,
        "scored": scoring.done,
        "failures": {side: failure.message for side, failure in scoring.failures.items()},
        "measures": msgspec.to_builtins(found.measures),
        "tests": found.score_tests,
    }
