"""Finds differences between sides.

`discover` reads whole answers, derives statements about each of them (traits), and reports those that are true more
often of one side's answers than of the other's. NumPy is imported late, as it costs start-up time.
"""

from collections.abc import Mapping, Sequence

from diptych.compare.answers import Side
from diptych.compare.discovery.discovery_document import run_discoveries
from diptych.compare.discovery.discovery_results import RunDiscoveries
from diptych.compare.discovery.search_results import Found, Judgement, NotEnough
from diptych.sessions import Answer, SavedAnswer


def discover(answers: Sequence[SavedAnswer], arms: Mapping[str, str] | None = None) -> tuple[Found, ...]:
    """The differences between the base and each other side. The base is the side of that name, or else the first by
    name. With `arms`, the arm of each member of a family, the other arms are compared with the first one.

    Failed and stopped answers are left out, and only answers to the same question are compared. Raises NotEnough.
    """
    from diptych.compare.discovery.search import search

    return search(answers, arms)


def discoveries_of_run(answers: Sequence[Answer]) -> RunDiscoveries:
    """The same for the document of a run; nothing where there are too few answers."""
    try:
        found = discover([SavedAnswer(index, answer) for index, answer in enumerate(answers)])
    except NotEnough:
        found = ()
    return run_discoveries(found, answers)


def calls_of_judge(answers: Sequence[SavedAnswer], base: str, tuned: str) -> int:
    """The most requests that `judge_differences` sends."""
    from diptych.compare.discovery.proposals import calls_at_most

    return calls_at_most(answers, base, tuned)


async def judge_differences(answers: Sequence[SavedAnswer], base: str, tuned: str, judge: Side) -> Judgement:
    """Differences between two sides that a model proposes from half of the answers. It tests them on the other half
    without knowing which side gave an answer."""
    from diptych.compare.discovery.proposals import judged

    return await judged(answers, base, tuned, judge)
