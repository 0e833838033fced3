"""The measures of a session as it is kept, without the probe or the models."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from compare.measures import Tally, group_of
from compare.report import correct, measure_summary
from sessions import Answer, SavedAnswer, Session


def stored_measures(session: Session, saved: Sequence[SavedAnswer], hidden: Collection[int] = ()) -> dict[str, Any]:
    """ "measures" and "tests" as the document of a run has them.

    Answers of a run count as planned where all that were planned are there; of any other session nobody knows why
    asking ended, and the intervals are those that hold wherever it does. Of a question with a hidden answer nothing is
    said: a count would tell the sides apart.
    """
    closed = {_group(row.answer) for row in saved if row.id in hidden}
    answers = [row.answer for row in saved if _group(row.answer) not in closed]
    tally = Tally()
    for answer in answers:
        tally.add(answer)
    planned = session.run.samples if session.run is not None else None
    came = Counter((answer.side, _group(answer)) for answer in answers if answer.finished)

    def short(group: str, *sides: str) -> bool:
        return any(came[side, group] != planned for side in sides)

    names = list(dict.fromkeys([*(side.name for side in session.sides), *(answer.side for answer in answers)]))
    document: dict[str, Any] = {
        "measures": [measure_summary(measure, counts, names, short) for measure, counts in tally.measures()],
        "contrasts": [],
    }
    return {"measures": document["measures"], "tests": correct(document)}


def _group(answer: Answer) -> str:
    return group_of(answer.condition, answer.prompt, answer.form, answer.prefill)
