"""The measures of a stored session; no model is asked."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from msgspec import structs

from diptych.compare.answers import Question, is_guess
from diptych.compare.counts.document import counted_measures
from diptych.compare.counts.measure_results import StoredMeasures
from diptych.compare.counts.measures import OWN_TEXT, RECOGNITION, Count, is_of_scores
from diptych.compare.counts.own_or_other import stored_predictions
from diptych.compare.counts.reader_warnings import empty_warnings, repetition_warnings
from diptych.compare.counts.registered_results import RegisteredResult
from diptych.compare.counts.summaries import rate_interval
from diptych.compare.counts.tally import tally_of
from diptych.compare.stats import Interval
from diptych.probes import Probe
from diptych.sessions import Answer, Counted, Label, Primary, SavedAnswer, Session


def stored_measures(
    session: Session,
    saved: Sequence[SavedAnswer],
    hidden: Collection[int] = (),
    probe: Probe | None = None,
    labels: Iterable[Label] = (),
    registered: RegisteredResult | None = None,
) -> StoredMeasures:
    """What the document of a run says of its measures, and the warnings that they need.

    `registered`: what `registered_result` says of the session. Contrasts are those of the `probe`, where it is known.
    Labels of answers that were picked at random correct rates. A question with a hidden answer is left out: a count
    would tell the sides apart.
    """
    shown = answers_in_the_open(saved, hidden)
    answers = [row.answer for row in shown]
    tally = tally_of(session, answers)
    tally.add_labels(shown, labels)
    names = list(dict.fromkeys([*(side.name for side in session.sides), *(answer.side for answer in answers)]))
    warnings = [*repetition_warnings(tally), *empty_warnings(tally.answered())]
    counted = counted_measures(tally, names, probe, primary_of(session))
    return StoredMeasures(
        **structs.asdict(counted),
        warnings=tuple(warnings),
        predictions=stored_predictions(session, answers, probe),
        registered=registered,
    )


def primary_of(session: Session) -> Primary | None:
    """The primary test that was registered before a session was asked."""
    under = session.run.registered if session.run is not None else None
    return under.primary if under is not None else None


def score_measures(found: StoredMeasures) -> StoredMeasures:
    """Those of surprise, entropy and the own-text test alone."""
    of_scores = tuple(measure for measure in found.measures if is_of_scores(measure.detector))
    return structs.replace(
        found, measures=of_scores, contrasts=(), draws=(), tests=0, warnings=(), mirrors=(), predictions=None
    )


def recognition_measures(found: StoredMeasures) -> StoredMeasures:
    """Those of own-text recognition, and the own-text test beside them."""
    chosen = tuple(measure for measure in found.measures if measure.detector in (RECOGNITION, OWN_TEXT))
    return structs.replace(found, measures=chosen, contrasts=(), draws=(), tests=0, score_tests=0, warnings=())


def counted_as(session: Session, saved: Sequence[SavedAnswer], hidden: Collection[int] = ()) -> dict[int, Counted]:
    """The names under which the measures count each answer, by its number in the store. Counting by them gives the same
    counts. Questions with a hidden answer are left out."""
    shown = answers_in_the_open(saved, hidden)
    tally = tally_of(session, (row.answer for row in shown))
    return {number: Counted(" / ".join(tally.counted_as(answer)), tally.is_draw(answer)) for number, answer in shown}


class SideCount(NamedTuple):
    """k of n answers of a side."""

    side: str
    k: int
    n: int
    excluded: int
    interval: Interval
    kind: str
    """The kind of the interval."""


class Headline(NamedTuple):
    """The measure by which a session is known in a list."""

    label: str
    condition: str
    """With the settings that set it apart."""
    sides: tuple[SideCount, ...]
    """In the order of the session, the first side first."""


def headline(session: Session, answers: Iterable[Answer]) -> Headline | None:
    """The measure with the most counted answers; of several, the one in which a side differs most from the first.
    None if no two sides share a measure.

    It helps to recognise the session; it is no evidence, because it may have been chosen for its size. Guesses are left
    out, because they are compared with answers that all describe their pattern, and so are scores and recognition.
    """
    names = [side.name for side in session.sides]
    best, greatest = None, (0, 0.0)
    for measure, counts in tally_of(session, answers).measures():
        sides = {name: counts[name] for name in names if name in counts and counts[name].n}
        if (
            len(sides) < 2
            or names[0] not in sides
            or is_guess(measure.group)
            or measure.of_scores
            or measure.of_recognition
        ):
            continue
        size = sum(count.n for count in sides.values()), _largest_difference(list(sides.values()))
        if best is None or size > greatest:
            best, greatest = (measure, sides), size
    if best is None:
        return None
    measure, sides = best
    return Headline(measure.label, measure.asked, tuple(_side_count(name, count) for name, count in sides.items()))


def _side_count(side: str, count: Count) -> SideCount:
    kind, interval = rate_interval(count)
    return SideCount(side, count.k, count.n, count.excluded.total(), interval, kind)


def _largest_difference(counts: Sequence[Count]) -> float:
    first, *others = (count.k / count.n for count in counts)
    return max(abs(other - first) for other in others)


def answers_in_the_open(saved: Sequence[SavedAnswer], hidden: Collection[int]) -> list[SavedAnswer]:
    """The answers to questions that have no hidden answer."""
    closed = {Question.of(row.answer).group for row in saved if row.id in hidden}
    return [row for row in saved if Question.of(row.answer).group not in closed]
