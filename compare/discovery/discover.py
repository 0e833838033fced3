"""The search for differences, asked for in one call.

`discover` reads whole answers, generates statements about each (traits), and tells those that one side's answers have
more often than the other's. NumPy and all that needs it is imported when it is first asked for.
"""

from collections.abc import Sequence

from diptych.compare.answers import Side
from diptych.compare.discovery.discovery_document import run_discoveries
from diptych.compare.discovery.discovery_results import RunDiscoveries
from diptych.compare.discovery.results import Found, Judgement, NotEnough
from diptych.sessions import Answer, SavedAnswer


def discover(answers: Sequence[SavedAnswer]) -> tuple[Found, ...]:
    """What tells each other side from the base, the side of that name or else the first by name.

    Failed and stopped answers are no samples, and only answers to the same question are compared. Raises NotEnough.
    """
    from diptych.compare.discovery.search import search

    return search(answers)


def discoveries_of_run(answers: Sequence[Answer]) -> RunDiscoveries:
    """The same for the document of a run; nothing where there are too few answers."""
    try:
        found = discover([SavedAnswer(place, answer) for place, answer in enumerate(answers)])
    except NotEnough:
        found = ()
    return run_discoveries(found, answers)


def calls_of_judge(answers: Sequence[SavedAnswer], base: str, tuned: str) -> int:
    """Requests that `judge_differences` sends, at most."""
    from diptych.compare.discovery.proposals import calls_at_most

    return calls_at_most(answers, base, tuned)


async def judge_differences(answers: Sequence[SavedAnswer], base: str, tuned: str, judge: Side) -> Judgement:
    """Differences between two sides that a model proposes from half of the answers and, not knowing whose they are,
    tests on the other half."""
    from diptych.compare.discovery.proposals import judged

    return await judged(answers, base, tuned, judge)
