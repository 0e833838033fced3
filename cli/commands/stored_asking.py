"""What the commands have in common that ask the sides of a stored session about its answers."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from diptych.cli.commands.sessions_manage import find_session
from diptych.cli.exit_codes import DONE, INTERRUPTED, SOME_FAILED
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import fail, in_one_line, print_json
from diptych.cli.setup.signals import on_interrupt
from diptych.sessions import Failure, Label, SavedAnswer, Session, Store, still_hidden

if TYPE_CHECKING:
    from diptych.compare import StoredMeasures


class OpenSession(NamedTuple):
    """A session whose sides are not hidden."""

    session: Session
    saved: list[SavedAnswer]
    labels: list[Label]


def open_session(store: Store, session_id: int) -> OpenSession:
    """Return a session with its answers and labels. Ends the command if there is none, or its sides are hidden."""
    session = find_session(store, session_id)
    saved, labels = store.answers(session_id), store.labels(session_id)
    if still_hidden(saved, labels):
        fail(f"the sides of session {session_id} are hidden; label its answers first")
    return OpenSession(session, saved, labels)


class Interruption:
    """ctrl+c while the sides are asked: what has come is kept."""

    def __init__(self, kept: str) -> None:
        """`kept`: what is said to be kept, e.g. "what is scored"."""
        self._kept = kept
        self.came = False

    def stops(self, stop: Callable[[], None]) -> None:
        """Let ctrl+c call `stop`."""

        def interrupted() -> None:
            self.came = True
            click.echo(f"\nstopping; {self._kept} is kept (press ctrl+c again to stop at once)", err=True)
            stop()

        on_interrupt(interrupted)


def tell_failures(failures: Mapping[str, Failure]) -> None:
    """Print what failed, by side."""
    for side, failure in failures.items():
        click.echo(in_one_line(f"diptych: {side}: {failure.message}; {failure.advice(TERMINAL)}"), err=True)


def print_measures(found: "StoredMeasures", document: Mapping[str, Any] | None) -> None:
    """Print measures as a table, or a `document` that has them as JSON."""
    from diptych.cli.output.result_table import measures_table

    if document is not None:
        print_json(document)
        return
    for line in measures_table(found):
        click.echo(in_one_line(line))


def exit_code(interrupted: bool, failures: Mapping[str, Failure]) -> int:
    """The exit code of such a command."""
    return INTERRUPTED if interrupted else SOME_FAILED if failures else DONE
