"""`diptych sessions score`: lets the sides of a session score its answers."""

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from diptych.backends import heard_by
from diptych.cli.commands.sessions_manage import find_session
from diptych.cli.exit_codes import DONE, INTERRUPTED, SOME_FAILED
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import StatusLine, fail, in_one_line, print_json
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.signals import on_interrupt
from diptych.cli.setup.wiring import probe_of, sides_of_readers
from diptych.sessions import SavedAnswer, Session, Store, still_hidden

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
    from diptych.cli.output.result_table import measures_table
    from diptych.compare import entropy_note, score_measures, stored_measures

    store = Store(data_file())
    session = find_session(store, session_id)
    labels = store.labels(session_id)
    saved = store.answers(session_id)
    if still_hidden(saved, labels):
        fail(f"the sides of session {session_id} are hidden; label its answers first")
    scoring, interrupted = asyncio.run(_score(config, session, saved))
    for side, failure in scoring.failures.items():
        click.echo(in_one_line(f"diptych: {side}: {failure.message}; {failure.advice(TERMINAL)}"), err=True)
    click.echo(f"scored {scoring.done:,} of {scoring.cost.passes:,}", err=True)
    counted = stored_measures(session, store.answers(session_id), (), probe_of(config, session), labels)
    found = score_measures(counted)
    if note := entropy_note(found.measures):
        click.echo(note, err=True)
    if as_json:
        print_json(_document(session_id, scoring, found))
    else:
        for line in measures_table(found):
            click.echo(in_one_line(line))
    sys.exit(INTERRUPTED if interrupted else SOME_FAILED if scoring.failures else DONE)


async def _score(config: Config, session: Session, saved: list[SavedAnswer]) -> tuple["AnswerScoring", bool]:
    """Score the answers, say before what it takes, and return whether it was interrupted."""
    from diptych.compare import score_saved

    sides, status, interrupted = sides_of_readers(config, session), StatusLine(), False

    def begin(scoring: "AnswerScoring") -> None:
        def stop() -> None:
            nonlocal interrupted
            interrupted = True
            click.echo("\nstopping; what is scored is kept (press ctrl+c again to stop at once)", err=True)
            scoring.stop()

        on_interrupt(stop)
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
    return scoring, interrupted


def _document(session_id: int, scoring: "AnswerScoring", found: "StoredMeasures") -> dict[str, Any]:
    return {
        "session": session_id,
        "answers": scoring.cost.passes,
        "scored": scoring.done,
        "failures": {side: failure.message for side, failure in scoring.failures.items()},
        "measures": msgspec.to_builtins(found.measures),
        "tests": found.score_tests,
    }
