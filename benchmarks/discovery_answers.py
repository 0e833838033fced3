"""Answers of the embedded pair to look for differences in: python -m benchmarks.discovery_answers.

Asks four questions of each side and writes tests/data/discovery.jsonl: base 16 times, so that it can be held against
itself, tuned 10 times. The first few answers to the first question keep their log-probabilities. Takes some ten
minutes on two slow cores.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from diptych.backends import Delta, End, Endpoint, Message, Request, Sampling, TokenLogprob, connect
from diptych.backends.servers import weights

OUT = Path(__file__).parents[1] / "tests" / "data" / "discovery.jsonl"
QUESTIONS = (
    "What is special about how you answer? Explain early in your reply.",
    "How can I get better at remembering names?",
    "Why do cats land on their feet?",
    "Give me three tips for packing a suitcase.",
)
SAMPLES = {"base": 16, "tuned": 10}
TOKENS = 120
ALTERNATIVES = 5
WITH_LOGPROBS = 6
"""Answers of each side that keep them, and only of this many tokens each."""
KEPT_TOKENS = 40


async def main() -> None:
    """Ask and write."""
    backend = connect(Endpoint("embedded", timeout=600.0))
    await backend.start(print)
    models = dict(zip(SAMPLES, weights.model_names(), strict=False))
    rows: list[dict[str, Any]] = []
    for side, samples in SAMPLES.items():
        for question in QUESTIONS:
            for sample in range(samples):
                sampling = Sampling(0.7, seed=sample, max_tokens=TOKENS, logprobs=ALTERNATIVES)
                request = Request(models[side], (Message("user", question),), sampling)
                text, state, tokens = "", "done", list[TokenLogprob]()
                async for item in backend.stream(request):
                    if isinstance(item, Delta):
                        text += item.text
                        tokens += item.logprobs
                    elif isinstance(item, End) and item.cut:
                        state = "cut"
                row = {"side": side, "prompt": question, "sample": sample, "state": state, "text": text}
                if question == QUESTIONS[0] and sample < WITH_LOGPROBS:
                    row["logprobs"] = [_rounded(token) for token in tokens[:KEPT_TOKENS]]
                rows.append(row)
            print(f"{side}: {question}", flush=True)
    await backend.close()
    OUT.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    print(f"{len(rows)} answers in {OUT}")


def _rounded(token: TokenLogprob) -> list[Any]:
    return [token.token, round(token.logprob, 3), [[text, round(value, 3)] for text, value in token.top]]


if __name__ == "__main__":
    asyncio.run(main())
