"""Puts finished answers before judges."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import msgspec

from diptych.compare.answers import CHARACTERS_PER_TOKEN
from diptych.compare.judges.judge import Judge, filled
from diptych.detectors import Finding
from diptych.probes import JudgeSpec
from diptych.sessions import Answer, Recorder, SavedAnswer, StoreError

_KEY = "0" * 16
"""A placeholder for the key whose two lines enclose a text: all keys have this length."""

JudgingProgress = Callable[[Answer, int, int], None]
"""Called with each judged answer, how many are done, and how many there will be."""


async def judged(
    answers: Sequence[SavedAnswer],
    judges: Sequence[Judge],
    recorder: Recorder,
    concurrency: int = 4,
    progress: JudgingProgress = lambda answer, done, total: None,
    base: str = "",
) -> list[Answer]:
    """Ask all judges about the finished answers. Returns all answers in their order, with the judges' findings.

    Each verdict is stored as soon as it is received. A stored verdict is used again if rubric, model and texts are the
    same; otherwise the new one replaces it. Judges of two texts compare the answers of the other sides with those of
    the side `base` to the same question. The judges are asked about an answer one after the other, and at most
    `concurrency` answers are judged at once. Raises StoreError.
    """
    others = _answers_of(base, [asked.answer for asked in answers])
    waiting = [index for index, asked in enumerate(answers) if asked.answer.finished]
    results = [asked.answer for asked in answers]
    gate, done = asyncio.Semaphore(concurrency), count(1)

    async def one(index: int) -> None:
        answer_id, answer = answers[index]
        async with gate:
            for judge in judges:
                if _is_read(judge.spec, answer, base):
                    answer = await _with_verdict(answer_id, answer, judge, others.get(_sample_key(answer)), recorder)
        results[index] = answer
        progress(answer, next(done), len(waiting))

    try:
        async with asyncio.TaskGroup() as tasks:
            for index in waiting:
                tasks.create_task(one(index))
    except* StoreError as errors:
        raise errors.exceptions[0] from None
    return results


def estimate(specs: Sequence[JudgeSpec], answers: Sequence[Answer], base: str = "") -> tuple[int, int]:
    """The most calls and tokens that judging these answers can cost. A token is taken as four characters, each vote as
    a call of its own, and each reply as long as it may be."""
    others = _answers_of(base, answers)
    calls = tokens = 0
    for spec, answer in ((spec, answer) for answer in answers for spec in specs):
        if not answer.finished or not answer.text.strip() or not _is_read(spec, answer, base):
            continue
        other = others.get(_sample_key(answer)) if spec.compares else None
        if spec.compares and other is None:
            continue
        texts = {"question": _question(answer), "answer": answer.text, "other": other or ""}
        prompt = filled(spec.rubric, texts, _KEY)
        calls += spec.votes
        tokens += spec.votes * (-(-len(prompt) // CHARACTERS_PER_TOKEN) + spec.reply_tokens)
    return calls, tokens


async def _with_verdict(
    answer_id: int, answer: Answer, judge: Judge, base_text: str | None, recorder: Recorder
) -> Answer:
    """The answer with the judge's verdict, which is asked for and stored if it is missing."""
    question, other = _question(answer), base_text if judge.spec.compares else None
    found = _unmet(judge, answer, question, other)
    if found is None:
        if any(judge.same(finding, question, answer.text, other) for finding in answer.findings):
            return answer
        found = await judge.judge(question, answer.text, other)
    if found in answer.findings:
        return answer
    await recorder.add_findings(answer_id, (found,))
    kept = tuple(finding for finding in answer.findings if finding.detector != found.detector)
    return msgspec.structs.replace(answer, findings=(*kept, found))


def _unmet(judge: Judge, answer: Answer, question: str, other: str | None) -> Finding | None:
    """A finding if the judge is not asked, because the judge that it requires gave no number or too low a one."""
    spec = judge.spec
    if not spec.requires:
        return None
    digest = judge.digest(question, answer.text, other)
    required = next((f for f in answer.findings if f.detector == f"judge {spec.requires}"), None)
    if required is None:
        return judge.excluded("not judged", f"no verdict of {spec.requires}", digest)
    if required.number is None:
        return judge.excluded(required.bucket, f"{spec.requires}: {required.evidence}", digest)
    if spec.at_least is not None and required.number < spec.at_least:
        return judge.excluded("incoherent", f"{spec.requires} {required.number:.4g}, not {spec.at_least:g}", digest)
    return None


def _is_read(spec: JudgeSpec, answer: Answer, base: str) -> bool:
    return spec.reads(answer.condition) and not (spec.compares and answer.side == base)


def _sample_key(answer: Answer) -> tuple[Any, ...]:
    """The same for the answers of all sides to one question in one sample."""
    return answer.exchange, answer.condition, answer.sample


def _answers_of(side: str, answers: Iterable[Answer]) -> dict[tuple[Any, ...], str]:
    return {_sample_key(a): a.text for a in answers if a.side == side and a.finished and a.text.strip()}


def _question(answer: Answer) -> str:
    """The question as a judge reads it: all turns before the answer, and its given beginning, without the system
    prompt."""
    turns = list(_turns(answer))
    if len(turns) == 1:
        return answer.prompt
    return "\n\n".join(f"{role}: {content}" for role, content in turns)


def _turns(answer: Answer) -> Iterator[tuple[str, str]]:
    asked = [("user", answer.prompt)]
    sent = answer.request.get("messages") or ()
    turns = [(turn["role"], turn["content"]) for turn in sent if turn["role"] != "system"] or asked
    yield from turns
    if answer.mode == "chat" and answer.prefill and turns[-1] != ("assistant", answer.prefill):
        yield "assistant", answer.prefill
