"""The measures of a session as it is kept, without the probe or the models."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from compare.measures import Tally, group_of
from compare.report import correct, measure_summary
from sessions import Answer, FindingCount, SavedAnswer, Session


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


class BestMeasure(NamedTuple):
    """Where a side differs most from the first."""

    label: str
    condition: str
    sides: tuple[FindingCount, ...]
    """In the order of the session, the first side's before the others'."""

    @property
    def words(self) -> str:
        """All of it on one line."""
        rates = "  ".join(f"{count.side} {count.k}/{count.n}" for count in self.sides)
        return f"{self.label}  {rates}  in {self.condition}"


def best_measure(counts: Sequence[FindingCount], sides: Sequence[str]) -> BestMeasure | None:
    """The measure and condition with the largest difference to the first side, in the finished answers; None where
    there is none that both have. It was chosen for its size: no evidence, but a way to know the session again."""
    groups: dict[tuple[str, str, str], dict[str, FindingCount]] = defaultdict(dict)
    for count in counts:
        groups[count.detector, count.label, count.condition][count.side] = count

    def difference(of: dict[str, FindingCount]) -> float:
        first = of[sides[0]]
        return max(abs(count.k / count.n - first.k / first.n) for count in of.values())

    held = [(key, of) for key, of in groups.items() if len(of) > 1 and sides and sides[0] in of]
    if not held:
        return None
    (_, label, condition), of = max(held, key=lambda one: difference(one[1]))
    return BestMeasure(label, condition, tuple(of[name] for name in sides if name in of))


def _group(answer: Answer) -> str:
    return group_of(answer.condition, answer.prompt, answer.form, answer.prefill)
