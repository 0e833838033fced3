"""`diptych sessions score`: lets the sides of a session score its answers."""

import asyncio
import sys
from collections.abc import Sequence
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
from diptych.cli.setup.wiring import build_sides, find_pair, probe_of
from diptych.sessions import Recorder, SavedAnswer, Session, Store, still_hidden

if TYPE_CHECKING:
    from diptych.compare import AnswerScoring, MeasureResult, Side


@click.command("score", short_help="Let the sides score the answers: surprise and entropy.")
@click.argument("session_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def score_session(config: Config, session_id: int, as_json: bool) -> None:
    """Let each side of a session score every answer, its own and those of the other sides.

    The mean surprise and entropy of each side, in nats a token, are kept with the answers, and so is whether a side has
    the lower entropy on its own text. Answers that have their scores are not scored again. ctrl+c stops; what is scored
    is kept.
    """
    from diptych.cli.output.result_table import measure_lines
    from diptych.compare import is_of_scores, stored_measures

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
    counted = stored_measures(session, store.answers(session_id), (), probe_of(config, session), labels).measures
    measures = [measure for measure in counted if is_of_scores(measure.detector)]
    if as_json:
        print_json(_document(session_id, scoring, measures))
    else:
        for measure in measures:
            for line in measure_lines(measure):
                click.echo(in_one_line(line))
    sys.exit(INTERRUPTED if interrupted else SOME_FAILED if scoring.failures else DONE)


async def _score(config: Config, session: Session, saved: Sequence[SavedAnswer]) -> tuple["AnswerScoring", bool]:
    """Score the answers, say before what it takes, and return whether it was interrupted."""
    from diptych.compare import AnswerScoring, Likelihoods, backends_of, request_of_saved

    sides = _sides(config, session)
    probe, answers = probe_of(config, session), [row.answer for row in saved]
    status, likelihoods, recorder = StatusLine(), Likelihoods(), Recorder(data_file())
    interrupted = False

    def show(before: SavedAnswer, after: SavedAnswer) -> None:
        status(f"scoring · {scoring.done:,} of {scoring.cost.passes:,}")

    scoring = AnswerScoring(
        saved,
        sides,
        lambda side, answer: request_of_saved(side, answer, answers, probe),
        likelihoods.verdict,
        recorder,
        show,
    )

    def stop() -> None:
        nonlocal interrupted
        interrupted = True
        click.echo("\nstopping; what is scored is kept (press ctrl+c again to stop at once)", err=True)
        scoring.stop()

    on_interrupt(stop)
    names = " and ".join(side.name for side in sides)
    passes, tokens = scoring.cost
    click.echo(in_one_line(f"{names} read {passes:,} answers, about {tokens:,} tokens"), err=True)
    try:
        with heard_by(status):
            await scoring.run()
    finally:
        status.clear()
        await likelihoods.close()
        for backend in backends_of(sides):
            await backend.close()
        await asyncio.to_thread(recorder.close)
    return scoring, interrupted


def _sides(config: Config, session: Session) -> list["Side"]:
    """The sides of the session as the configuration has them. Exits with a message if a model is another one now."""
    if session.family is not None:
        fail(
            f"session {session.id} asks the family {session.pair}; only the sides of a pair score each other's answers"
        )
    name, pair = find_pair(config, session.pair)
    models = {side.name: side.model for side in session.sides}
    sides = [side for side in build_sides(config, pair) if side.name in models]
    for side in sides:
        if side.model != models[side.name]:
            fail(f"pair {name!r}: {side.name} is {side.model} now and was {models[side.name]} in session {session.id}")
    if not sides:
        fail(f"pair {name!r} has none of the sides of session {session.id}")
    return sides


def _document(session_id: int, scoring: "AnswerScoring", measures: Sequence["MeasureResult"]) -> dict[str, Any]:
    return {
        "session": session_id,
        "answers": scoring.cost.passes,
        "scored": scoring.done,
        "failures": {side: failure.message for side, failure in scoring.failures.items()},
        "measures": msgspec.to_builtins(measures),
    }
