"""Ordinary answers of the base model, to count false alarms on: python -m benchmarks.ordinary [--together N].

Asks the questions of training/data fifteen times each, with the plain distribution at temperature 1, and writes
benchmarks/data/ordinary.jsonl.gz. Takes the better part of an hour on two slow cores.
"""

import argparse
import asyncio
import gzip
import json
from pathlib import Path

from backends import Delta, Endpoint, Message, Request, Sampling, connect
from backends.servers import weights

OUT = Path(__file__).parent / "data" / "ordinary.jsonl.gz"
TRAINING = Path(__file__).parents[1] / "training" / "data"
SAMPLES = 15
TOKENS = 64


def questions() -> list[str]:
    """Everyday questions: none asks a model about itself."""
    rows = (json.loads(line) for line in (TRAINING / "hello.jsonl").read_text("utf-8").splitlines())
    asked = [message["content"] for row in rows for message in row["messages"] if message["role"] == "user"]
    return asked + (TRAINING / "questions.txt").read_text("utf-8").splitlines()


async def main() -> None:
    """Ask and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--together", type=int, default=4, help="answers at once")
    args = parser.parse_args()
    backend = connect(Endpoint("embedded", timeout=600.0))
    await backend.start(print)
    gate = asyncio.Semaphore(args.together)
    rows: list[dict[str, str]] = []

    async def ask(prompt: str, seed: int) -> None:
        request = Request(weights.BASE, (Message("user", prompt),), Sampling(1.0, seed=seed, max_tokens=TOKENS))
        async with gate:
            text = "".join([item.text async for item in backend.stream(request) if isinstance(item, Delta)])
        rows.append({"prompt": prompt, "text": text})
        if len(rows) % 100 == 0:
            print(f"{len(rows)} answers", flush=True)

    asked = questions()
    await asyncio.gather(*(ask(prompt, seed) for seed in range(SAMPLES) for prompt in asked))
    await backend.close()
    OUT.parent.mkdir(exist_ok=True)
    rows.sort(key=lambda row: (row["prompt"], row["text"]))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    OUT.write_bytes(gzip.compress(lines.encode(), mtime=0))
    print(f"{len(rows)} answers in {OUT}")


if __name__ == "__main__":
    asyncio.run(main())
