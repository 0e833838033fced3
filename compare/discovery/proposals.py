"""Differences that a model proposes from some of the answers. A blinded judge tests them on the others."""

import asyncio
import re
from collections.abc import Sequence

import numpy as np

from diptych.compare.answers import Side
from diptych.compare.discovery.compared_answers import Flags, Samples, halves, samples_of, some_of
from diptych.compare.discovery.permutations import Dealing
from diptych.compare.discovery.search_results import Judgement, Proposal, Rate
from diptych.compare.discovery.two_sample import LEVEL
from diptych.compare.judges import FAILED, Judge, Spent
from diptych.compare.stats import holm
from diptych.detectors import Finding
from diptych.probes import JudgeSpec
from diptych.sessions import SavedAnswer

MOST = 5
"""How many differences the model may propose."""
_READ = 12
"""How many answers of each side the proposing model reads."""
_CHARACTERS = 1_200
"""How much of each answer the proposing model reads."""
_TESTED = 40
"""Each difference is tested on at most so many answers of each side."""
_LONGEST = 200
_PROPOSE = f"""Below are answers of two models to the same questions.

Answers of model A:
{{question}}
Answers of model B:
{{answer}}
Name up to {MOST} ways in which the answers of B differ from those of A, in style, structure, content or attitude. \
Each must be a statement that is true or false of a single answer, read without the others, such as "The answer ends \
with a question". Write each on a line of its own that begins with "- ", and nothing else."""
_TEST = """Someone asked: {question}
The answer was: {answer}
Is this statement true of the answer? STATEMENT: «%s»
Reply with YES or NO only."""
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(.+?)\s*$", re.MULTILINE)


def calls_at_most(answers: Sequence[tuple[int, object]], base: str, tuned: str) -> int:
    """The most requests that `judged` sends for these two sides."""
    samples = samples_of(answers)
    _, testing = _parts(samples, base, tuned)
    return 1 + MOST * int(testing.sum())


async def judged(
    answers: Sequence[tuple[int, object]], base: str, tuned: str, judge: Side, concurrency: int = 4
) -> Judgement:
    """Differences between `tuned` and `base` that the model `judge` proposes, each tested on answers that it had not
    seen.

    It proposes from half of the questions, or from half of the answers if there is only one question. For each answer
    of the other half it is then asked whether a statement is true, without knowing the side. P-values are exact, within
    questions, and corrected for all statements (Holm). No BackendError is raised: errors are in the result.
    """
    samples = samples_of(answers)
    proposing, testing = _parts(samples, base, tuned)
    proposer = Judge(JudgeSpec("differences", "votes", _PROPOSE, temperature=0.0, max_tokens=1024), judge)
    texts = [_gathered(samples, proposing & samples.of(side)) for side in (base, tuned)]
    reply = await proposer.judge(*texts)
    if reply.bucket == FAILED:
        return Judgement(judge.model, (), proposer.spent.calls, reply.evidence)
    statements = _statements(reply)
    gate = asyncio.Semaphore(concurrency)
    judges = [Judge(JudgeSpec(f"difference {n}", "yes-no", _TEST % s), judge) for n, s in enumerate(statements, 1)]
    found = await asyncio.gather(*(_verdicts(one, samples, testing, gate) for one in judges))
    spent = sum((one.spent for one in judges), proposer.spent + Spent())
    proposals = [
        _proposal(statement, verdicts, samples, testing, tuned)
        for statement, verdicts in zip(statements, found, strict=True)
    ]
    corrected = holm([proposal.p_value for proposal in proposals])
    tested = [
        Proposal(p.statement, p.base, p.tuned, p.p_value, p_holm, p_holm <= LEVEL, p.not_judged)
        for p, p_holm in zip(proposals, corrected, strict=True)
    ]
    nothing = "" if statements else "no difference could be read from its reply"
    return Judgement(judge.model, tuple(sorted(tested, key=lambda p: p.p_value)), spent.calls, nothing)


def _parts(samples: Samples, base: str, tuned: str) -> tuple[Flags, Flags]:
    """The answers to propose from, and the answers to test on."""
    pair = samples.pair(base, tuned)
    questions = np.unique(samples.question[pair])
    if len(questions) > 1:
        proposing = np.asarray(pair & np.isin(samples.question, questions[::2]), dtype=bool)
    else:
        proposing = np.zeros_like(pair)
        for side in (base, tuned):
            own = pair & samples.of(side)
            proposing[own] = halves(samples.question[own], seed=0)
    rest = pair & ~proposing
    testing = some_of(rest & samples.of(base), _TESTED) | some_of(rest & samples.of(tuned), _TESTED)
    return proposing, testing


def _gathered(samples: Samples, own: Flags) -> str:
    chosen = np.flatnonzero(some_of(own, _READ))
    return "\n\n".join(f"[{n}] {samples.rows[at].answer.text[:_CHARACTERS]}" for n, at in enumerate(chosen, 1))


def _statements(reply: Finding) -> list[str]:
    """The differences that a reply lists. Braces are replaced, because a rubric would read them as placeholders."""
    items = [item.translate({ord("{"): "(", ord("}"): ")"}) for item in _ITEM.findall("\n".join(reply.replies))]
    return [item[:_LONGEST] for item in dict.fromkeys(items)][:MOST]


async def _verdicts(judge: Judge, samples: Samples, testing: Flags, gate: asyncio.Semaphore) -> list[Finding]:
    async def one(saved: SavedAnswer) -> Finding:
        async with gate:
            return await judge.judge(saved.answer.prompt, saved.answer.text)

    return await asyncio.gather(*(one(samples.rows[n]) for n in np.flatnonzero(testing)))


def _proposal(statement: str, verdicts: Sequence[Finding], samples: Samples, testing: Flags, tuned: str) -> Proposal:
    counted = np.array([verdict.outcome != "excluded" for verdict in verdicts], dtype=bool)
    holds = np.array([verdict.outcome == "present" for verdict in verdicts], dtype=bool)
    rows = np.flatnonzero(testing)[counted]
    holds, question, own = holds[counted], samples.question[rows], samples.of(tuned)[rows]
    groups = [question == number for number in np.unique(question)]
    dealing = Dealing([int(g.sum()) for g in groups], [int((g & own).sum()) for g in groups])
    outcomes = dealing.outcomes(tuple(int((g & holds).sum()) for g in groups))
    k = int((holds & own).sum())
    rates = Rate(int((holds & ~own).sum()), int((~own).sum())), Rate(k, int(own.sum()))
    return Proposal(statement, *rates, outcomes.p_value(k), 1.0, False, int((~counted).sum()))
