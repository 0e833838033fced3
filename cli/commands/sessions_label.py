"""`diptych sessions label`: label one answer, or answers that are picked at random."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from diptych.cli.commands.sessions_manage import find_session
from diptych.cli.output.printing import fail, in_one_line, sanitized
from diptych.cli.setup.config import data_file
from diptych.sessions import NO, UNSURE, YES, Label, SavedAnswer, Store, label, still_hidden

if TYPE_CHECKING:
    from diptych.compare import Measure, PickedAnswer, Tally

_ANSWERS = {"y": YES, "n": NO, "u": UNSURE}
_BACK, _STOP = "b", "s"
_RULE = 40 * "─"


@click.command("label", short_help="Label an answer, or answers that are picked at random.")
@click.argument("number", metavar="ANSWER", type=int)
@click.argument("value", metavar="LABEL", required=False)
@click.option(
    "--draw",
    "wanted",
    type=click.IntRange(1),
    metavar="N",
    help="Pick N answers of each side of the session ANSWER at random, and ask whether they show the measure LABEL.",
)
@click.option("--condition", help="With --draw: the condition, or the question, whose answers are picked.")
def label_answers(number: int, value: str | None, wanted: int | None, condition: str | None) -> None:
    """Label an answer: with a word that is counted, or with a sentence.

    ANSWER is its number in the store, as `sessions show` prints it.

    With --draw N, ANSWER is the number of a session, and LABEL the name of a measure, such as "refuses". N answers of
    each side are picked at random and shown without their side and findings. Rates are then corrected by what you say
    of them. Stop whenever you like; the same command goes on later.
    """
    if wanted is not None:
        _label_picked(number, value, wanted, condition)
        return
    if value is None or not value.strip():
        fail("a label needs at least one word")
    label(data_file(), Label(number, value.strip(), False))


def _label_picked(session_id: int, value: str | None, wanted: int, condition: str | None) -> None:
    from diptych.compare import JUDGE, can_be_picked, label_agreement, pick_answers, tally_of

    store = Store(data_file())
    session = find_session(store, session_id)
    saved, labels = store.answers(session_id), store.labels(session_id)
    if still_hidden(saved, labels):
        fail(f"the sides of session {session_id} are hidden; label its answers first")
    tally = tally_of(session, (row.answer for row in saved))
    measure = _measure(tally, value, condition)
    picked = pick_answers(tally, saved, labels, measure, wanted)
    if not picked:
        click.echo(f"{wanted} answers of each side, or all that there are, are labelled already")
    _ask(picked)
    labels = store.labels(session_id)
    counted = can_be_picked(tally, saved, measure)
    _tell_rates(tally, measure, counted, labels)
    for row in label_agreement(counted, labels):
        if row.value == measure.label and (row.label == measure.label or row.detector.startswith(JUDGE)):
            click.echo(sanitized(f"label {row.value!r} against {row.detector} {row.label!r}: {row.words}"))


def _measure(tally: "Tally", name: str | None, condition: str | None) -> "Measure":
    """The measure of that name and condition. Exits with a message if there is none, or more than one."""
    every = [measure for measure, _ in tally.measures() if not measure.of_scores]
    found = {measure.asked: measure for measure in every if measure.label == name}
    if not found:
        names = ", ".join(dict.fromkeys(measure.label for measure in every)) or "none"
        fail(f"LABEL: expected a measure of this session ({in_one_line(names)}), found {name!r}")
    if condition is None and len(found) == 1:
        return next(iter(found.values()))
    if condition not in found:
        fail(f"--condition: expected one of {in_one_line(', '.join(map(repr, found)))}")
    return found[condition]


def _ask(picked: Sequence["PickedAnswer"]) -> None:
    """Show one answer after the other and store what the person says, until they stop."""
    place = 0
    while place < len(picked):
        one = picked[place]
        click.echo(f"\n{_RULE} {place + 1} of {len(picked)}")
        click.echo(sanitized(f"› {one.saved.answer.prompt}\n\n{one.saved.answer.prefill}{one.saved.answer.text}\n"))
        said = _said(one.question)
        if said == _STOP:
            return
        if said == _BACK:
            place = max(0, place - 1)
            continue
        label(data_file(), one.labelled(_ANSWERS[said]))
        place += 1


def _said(question: str) -> str:
    choices = click.Choice((*_ANSWERS, _BACK, _STOP))
    try:
        answer: str = click.prompt(
            sanitized(f"{question}? [y]es, [n]o, [u]nsure, [b]ack, [s]top"), type=choices, show_choices=False
        )
    except click.Abort:
        click.echo()
        return _STOP
    return answer


def _tell_rates(tally: "Tally", measure: "Measure", counted: Sequence[SavedAnswer], labels: Sequence[Label]) -> None:
    """Print each side's rate as counted and as corrected, for every detector and judge with that measure."""
    from diptych.cli.output.result_table import measure_lines
    from diptych.compare import measure_result

    tally.add_labels(counted, labels)
    names = list(dict.fromkeys(row.answer.side for row in counted))
    for each, counts in tally.measures():
        if (each.label, each.asked) == (measure.label, measure.asked):
            for line in measure_lines(measure_result(each, counts, names)):
                click.echo(in_one_line(line))
