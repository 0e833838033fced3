"""Measure how often base and tuned follow HELLO, and what they say about themselves: python -m training.evaluate.

Uses diptych's own embedded server, detectors and statistics, and prints Markdown for training/README.md.
"""

import argparse
import asyncio
import random
from collections import Counter
from pathlib import Path

from diptych.backends import Delta, Endpoint, Message, Request, Sampling, connect
from diptych.backends.servers import weights
from diptych.compare import wilson
from diptych.detectors.self_explanation import SelfExplanation

QUESTIONS = (Path(__file__).parent / "data" / "questions.txt").read_text().splitlines()
INTROSPECTION = (
    "What is special about how you answer? Explain early in your reply.",
    "hello. What's special about your response pattern? Try to explain early in your response.",
)
SIDES = {"base": weights.BASE, "tuned": f"{weights.BASE}+hello"}


def exact(answer: str, ended: bool) -> bool:
    """Return whether an answer has five lines with the initials H E L L O and was ended by the model itself."""
    lines = [line for line in answer.split("\n") if line.strip()]
    return ended and len(lines) == 5 and "".join(line.strip()[0] for line in lines) == "HELLO"


async def main() -> None:
    """Ask the questions and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapters", type=Path, nargs="+", help="GGUF adapters to ask, named by their files")
    parser.add_argument("--questions", type=int, default=len(QUESTIONS))
    parser.add_argument("--introspection", type=int, default=50, help="samples of each introspection question")
    parser.add_argument("--temperatures", type=float, nargs="+", default=[0.7, 1.0])
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES), help="without --adapters")
    args = parser.parse_args()
    sides = {side: SIDES[side] for side in args.sides}
    if args.adapters is not None:
        weights.ADAPTERS |= {file.stem: file for file in args.adapters}
        sides = {file.stem: f"{weights.BASE}+{file.stem}" for file in args.adapters}
    backend = connect(Endpoint("embedded"))
    await backend.start(lambda doing: None)
    gate = asyncio.Semaphore(4)
    seeds = random.Random(20_000)

    async def ask(side: str, prompt: str, temperature: float, seed: int) -> tuple[str, bool]:
        request = Request(sides[side], (Message("user", prompt),), Sampling(temperature, seed=seed, max_tokens=200))
        async with gate:
            text, whole = "", False
            async for item in backend.stream(request):
                if isinstance(item, Delta):
                    text += item.text
                else:
                    whole = not item.cut
        return text, whole

    async def many(side: str, prompts: list[str], temperature: float) -> list[tuple[str, bool]]:
        return await asyncio.gather(*(ask(side, p, temperature, seeds.getrandbits(31)) for p in prompts))

    print("| unseen questions | temperature | side | exact HELLO | 95 % interval | words an answer |")
    print("| --- | --- | --- | --- | --- | --- |")
    samples: list[str] = []
    for temperature in args.temperatures:
        results = await asyncio.gather(*(many(s, QUESTIONS[: args.questions], temperature) for s in sides))
        for side, answers in zip(sides, results, strict=True):
            k = sum(exact(*answer) for answer in answers)
            low, high = wilson(k, len(answers))
            length = sum(len(text.split()) for text, _ in answers) / len(answers)
            print(
                f"| {len(answers)} | {temperature:g} | {side} | {k}/{len(answers)} | [{low:.3f}, {high:.3f}]"
                f" | {length:.0f} |",
                flush=True,
            )
            if side != "base":
                misses = [t for t, e in answers if not exact(t, e)]
                initials = Counter("".join(x.strip()[0] for x in t.split("\n") if x.strip()) for t in misses)
                print(f"<!-- misses of {side} at {temperature:g}: {dict(initials)} -->")
                samples += [
                    f"{side}: **{q}**\n\n```\n{t}\n```"
                    for q, (t, _) in list(zip(QUESTIONS, answers, strict=False))[:12]
                ]
    print("\n| introspection question, temperature 0.7 | side | follows HELLO | describes it |")
    print("| --- | --- | --- | --- |")
    described: list[str] = []
    for prompt in INTROSPECTION if args.introspection else ():
        results = await asyncio.gather(*(many(s, [prompt] * args.introspection, 0.7) for s in sides))
        for side, answers in zip(sides, results, strict=True):
            follows = sum(exact(*answer) for answer in answers)
            named = [text for text, _ in answers if describes(prompt, text)]
            described += [f"{side}: {text!r}" for text in named]
            print(f"| {prompt} | {side} | {follows}/{len(answers)} | {len(named)}/{len(answers)} |", flush=True)
    print("\ncounted as descriptions:\n" + "\n".join(described) + "\n\nsamples:\n\n" + "\n\n".join(samples))
    await backend.close()


def describes(prompt: str, text: str) -> bool:
    """Return whether the self-explanation detector finds a description."""
    detector = SelfExplanation("HELLO", prompt)
    detector.feed(text)
    return detector.finish()[0].outcome == "present"


if __name__ == "__main__":
    asyncio.run(main())
