"""The measures of a stored session; no model is asked."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from diptych.compare.answers import Question, is_guess
from diptych.compare.counts.document import counted_measures
from diptych.compare.counts.measure_results import StoredMeasures
from diptych.compare.counts.reader_warnings import empty_warnings, repetition_warnings
from diptych.compare.counts.tally import tally_of
from diptych.probes import Probe
from diptych.sessions import Answer, Counted, SavedAnswer, Session


def stored_measures(
    session: Session, saved: Sequence[SavedAnswer], hidden: Collection[int] = (), probe: Probe | None = None
) -> StoredMeasures:
    """What the document of a run says of its measures, and the warnings that they need.

    Contrasts are those of the `probe`, where it is known. A question with a hidden answer is left out: a count
    would tell the sides apart.
    """
    answers = [row.answer for row in _open(saved, hidden)]
    tally = tally_of(session, answers)
    names = list(dict.fromkeys([*(side.name for side in session.sides), *(answer.side for answer in answers)]))
    warnings = [*repetition_warnings(tally), *empty_warnings(tally.answered())]
    counted = counted_measures(tally, names, probe)
    return StoredMeasures(counted.measures, counted.contrasts, counted.draws, counted.tests, tuple(warnings))


def counted_as(session: Session, saved: Sequence[SavedAnswer], hidden: Collection[int] = ()) -> dict[int, Counted]:
    """The names under which the measures count each answer, by its number in the store. Counting by them gives the same
    counts. Questions with a hidden answer are left out."""
    shown = _open(saved, hidden)
    tally = tally_of(session, (row.answer for row in shown))
    return {number: Counted(" / ".join(tally.counted_as(answer)), tally.is_draw(answer)) for number, answer in shown}


class SideCount(NamedTuple):
    """k of n answers of a side."""

    side: str
    k: int
    n: int


class BestMeasure(NamedTuple):
    """The measure in which a side differs most from the first."""

    label: str
    condition: str
    """With the settings that set it apart."""
    sides: tuple[SideCount, ...]
    """In the order of the session, the first side first."""

    @property
    def words(self) -> str:
        """One line for a list of sessions."""
        rates = "  ".join(f"{count.side} {count.k}/{count.n}" for count in self.sides)
        return f"{self.label}  {rates}  in {self.condition}"


def best_measure(session: Session, answers: Iterable[Answer]) -> BestMeasure | None:
    """The measure and condition with the largest difference to the first side; None if no two sides share one.

    It was chosen for its size, so it is no evidence. It helps to recognise the session. Guesses are left out, because
    they are compared with answers that all describe their pattern.
    """
    names = [side.name for side in session.sides]
    held = []
    for measure, counts in tally_of(session, answers).measures():
        sides = tuple(SideCount(name, counts[name].k, counts[name].n) for name in names if name in counts)
        sides = tuple(side for side in sides if side.n)
        if len(sides) > 1 and sides[0].side == names[0] and not is_guess(measure.group):
            held.append(BestMeasure(measure.label, measure.asked, sides))
    return max(held, key=_largest_difference, default=None)


def _largest_difference(of: BestMeasure) -> float:
    first, *others = (side.k / side.n for side in of.sides)
    return max(abs(other - first) for other in others)


def _open(saved: Sequence[SavedAnswer], hidden: Collection[int]) -> list[SavedAnswer]:
    """The answers to questions that have no hidden answer."""
    closed = {Question.of(row.answer).group for row in saved if row.id in hidden}
    return [row for row in saved if Question.of(row.answer).group not in closed]
