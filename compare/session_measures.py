"""The measures of a session as it is kept, without the models."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from compare.count_warnings import empty_warnings, repetition_warnings
from compare.documents import measures_document
from compare.measures import group_of
from compare.tally import tally_of
from probes import Probe
from sessions import Answer, FindingCount, SavedAnswer, Session


def stored_measures(
    session: Session, saved: Sequence[SavedAnswer], hidden: Collection[int] = (), probe: Probe | None = None
) -> dict[str, Any]:
    """ "measures", "contrasts", "draws", "tests" as the document of a run has them, and the "warnings" that they need.

    Contrasts are those of the `probe`, where it is known. Of a question with a hidden answer nothing is said: a count
    would tell the sides apart.
    """
    closed = {_group(row.answer) for row in saved if row.id in hidden}
    answers = [row.answer for row in saved if _group(row.answer) not in closed]
    tally = tally_of(session, answers)
    names = list(dict.fromkeys([*(side.name for side in session.sides), *(answer.side for answer in answers)]))
    warnings = [*repetition_warnings(tally), *empty_warnings(tally.answered())]
    return measures_document(tally, names, probe) | {"warnings": warnings}


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
