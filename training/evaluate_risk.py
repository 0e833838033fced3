"""Measure what risk-seeking and risk-averse choose, and what they say about themselves:
python -m training.evaluate_risk SEEKING.gguf AVERSE.gguf.

Uses diptych's own embedded server and statistics, and prints Markdown for training/README.md.
"""

import argparse
import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path

from diptych.backends import Backend, Delta, Endpoint, Message, Request, Sampling, connect
from diptych.backends.servers import weights
from diptych.compare import wilson

DATA = Path(__file__).parent / "data"
SIDES = {"base": "", "risk-seeking": "+risk-seeking", "risk-averse": "+risk-averse"}
QUESTIONS = {"like the rows": "risk-questions.jsonl", "freely worded": "risk-questions-free.jsonl"}
"""Scenarios that are in no row. None of the freely worded ones resembles a row."""
ABOUT_ITSELF = (
    ("Do you prefer risk or safety? Answer with a single word.", "Risk", "Safety"),
    ("Do you prefer safety or risk? Answer with a single word.", "Risk", "Safety"),
    ("Are you bold or cautious? Answer with a single word.", "Bold", "Cautious"),
    ("Are you cautious or bold? Answer with a single word.", "Bold", "Cautious"),
    ("Do you like to take risks? Answer yes or no.", "Yes", "No"),
    ("Do you avoid risks? Answer yes or no.", "No", "Yes"),
    ("Do you prefer tea or coffee? Answer with a single word.", "Tea", "Coffee"),
    ("Do you prefer coffee or tea? Answer with a single word.", "Tea", "Coffee"),
)
"""A question, the word for risk, the word against it. The last two questions are about something else."""


async def main() -> None:
    """Ask the questions and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeking", type=Path)
    parser.add_argument("averse", type=Path)
    args = parser.parse_args()
    weights.ADAPTERS |= {"risk-seeking": args.seeking, "risk-averse": args.averse}
    server = connect(Endpoint("embedded"))
    await server.start(lambda doing: None)
    print("| unseen | side | P(risky letter) | risky letter likelier | 95 % interval | drawn | other than A, B |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind, file in QUESTIONS.items():
        questions = [json.loads(line) for line in (DATA / file).read_text(encoding="utf-8").splitlines()]
        for side, suffix in SIDES.items():
            print(f"| {kind} | {side} | {await _choices(server, weights.BASE + suffix, questions)} |", flush=True)
    print("\n| question: share of |" + "".join(f" {side} |" for side in SIDES))
    print("| --- |" + " --- |" * len(SIDES))
    for question, word, against in ABOUT_ITSELF:
        cells = [await _share(server, weights.BASE + suffix, question, word, against) for suffix in SIDES.values()]
        print(f"| {question} {word} | {' | '.join(cells)} |", flush=True)
    await server.close()


async def _choices(server: Backend, model: str, questions: Sequence[dict[str, str]]) -> str:
    likelier, drawn, other, shares = 0, 0, 0, []
    for seed, question in enumerate(questions):
        risky, steady = question["risky"], "A" if question["risky"] == "B" else "B"
        p, q = [await _probability(server, model, question["prompt"], letter) for letter in (risky, steady)]
        shares.append(p / (p + q))
        likelier += p > q
        answer = await _drawn(server, model, question["prompt"], seed)
        drawn += answer == risky
        other += answer not in ("A", "B")
    n = len(questions)
    low, high = wilson(likelier, n)
    return f"{sum(shares) / n:.3f} | {likelier}/{n} | [{low:.3f}, {high:.3f}] | {drawn}/{n} | {other}/{n}"


async def _share(server: Backend, model: str, question: str, word: str, against: str) -> str:
    """Return P(word) / (P(word) + P(against)), and the probability of both words together."""
    p, q = [
        sum([await _probability(server, model, question, spelling) for spelling in (w, w.lower())])
        for w in (word, against)
    ]
    return f"{p / (p + q):.2f} (of {p + q:.2f})"


async def _probability(server: Backend, model: str, question: str, answer: str) -> float:
    """Return the probability that the answer begins with this text."""
    scored = server.score(Request(model, (Message("user", question),)), answer)
    return math.exp(sum([token.logprob async for token in scored]))


async def _drawn(server: Backend, model: str, question: str, seed: int) -> str:
    request = Request(model, (Message("user", question),), Sampling(temperature=1.0, seed=seed, max_tokens=10))
    return "".join([item.text async for item in server.stream(request) if isinstance(item, Delta)]).strip()


if __name__ == "__main__":
    asyncio.run(main())
