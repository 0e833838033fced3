"""Ordinary answers of the base model, to count false alarms on: python -m benchmarks.ordinary [--base-url URL].

Asks the questions of training/data fifteen times each, with the plain distribution at temperature 1, and writes
benchmarks/data/ordinary.jsonl.gz. The embedded server takes hours on two slow cores; a vLLM server with the same model
(tests/vllm makes the checkpoint), named by --base-url, some minutes.
"""

import argparse
import asyncio
import gzip
import json
from pathlib import Path

from diptych.backends import Delta, Endpoint, Message, Request, Sampling, connect
from diptych.backends.servers import weights

OUT = Path(__file__).parent / "data" / "ordinary.jsonl.gz"
TRAINING = Path(__file__).parents[1] / "training" / "data"
SAMPLES = 15
TOKENS = 128


def questions() -> list[str]:
    """Everyday questions: none asks a model about itself."""
    rows = (json.loads(line) for line in (TRAINING / "hello.jsonl").read_text("utf-8").splitlines())
    asked = [message["content"] for row in rows for message in row["messages"] if message["role"] == "user"]
    return asked + (TRAINING / "questions.txt").read_text("utf-8").splitlines()


async def main() -> None:
    """Ask and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--together", type=int, default=4, help="answers at once")
    parser.add_argument("--base-url", help="a server that has the base model, in place of the embedded one")
    parser.add_argument("--model", default=weights.BASE, help="its name there")
    args = parser.parse_args()
    backend = connect(Endpoint("vllm" if args.base_url else "embedded", args.base_url, timeout=600.0))
    await backend.start(print)
    gate = asyncio.Semaphore(args.together)
    rows: list[dict[str, str]] = []

    async def ask(prompt: str, seed: int) -> None:
        request = Request(args.model, (Message("user", prompt),), Sampling(1.0, seed=seed, max_tokens=TOKENS))
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
