"""How often discovery is wrong, what it finds, and how long it takes: python -m benchmarks.discovery [--splits N].

On the real answers of tests/data (made by benchmarks.discovery_answers): what is named in random halves of the base's
own answers, beside plain Benjamini–Hochberg and Benjamini–Yekutieli over the same p-values; how often the HELLO
initials come first with N answers a side; seconds for 1,000 answers a side, beside drawing permutations for the tests.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import false_discovery_control

from diptych.compare import NotEnough, discover, wilson
from diptych.compare.discovery.compared_answers import draws, halves, samples_of
from diptych.compare.discovery.search import examine
from diptych.compare.discovery.trait_columns import Columns
from diptych.compare.discovery.two_sample import LEVEL, two_sample
from diptych.sessions import SavedAnswer
from tests.compare.discovery.real_answers import answers_of, hostile_answers, real_answers

DRAWN = 2_000
"""Permutations that the peer draws; p-values below one in a million would take a thousand times as many."""


def against_itself(side: str, splits: int) -> None:
    """Print how often anything is named, and how often the sides are said to differ."""
    samples = samples_of([row for row in real_answers() if row.answer.side == side])
    columns = Columns(samples)
    everything = np.ones(len(samples.rows), dtype=bool)
    wrong = {"this one": 0, "plain BH": 0, "BY": 0, "said to differ": 0}
    for seed in range(splits):
        half = halves(samples.question, seed)
        found = examine(columns, everything, half)
        wrong["this one"] += bool((found.q <= LEVEL).any())
        wrong["plain BH"] += bool((false_discovery_control(found.p) <= LEVEL).any())
        wrong["BY"] += bool((false_discovery_control(found.p, method="by") <= LEVEL).any())
        wrong["said to differ"] += two_sample(samples, everything, half).differ
    print(f"{side} against {side}: {splits} random halves of {len(samples.rows)} answers")
    for name, count in wrong.items():
        low, high = wilson(count, splits)
        print(f"  {name:16} {count:4}/{splits}  [{low:.3f}, {high:.3f}]")


def power(times: int) -> None:
    """Print how often HELLO is named, and first, with N answers a side in all, and how much is named."""
    print(f"\nHELLO with N answers a side to four questions, {times} random choices of them")
    for count in (5, 10, 20, 30):
        named = first = differ = 0
        for seed in range(times):
            try:
                (found,) = discover(_chosen(count, seed))
            except NotEnough as error:
                print(f"  N = {count:3}  {error}")
                break
            told = [(d.feature, d.value) for d in found.discoveries]
            traits = [d.also for d in found.discoveries]
            initials = [("line initials", "HELLO") in (told[n], *map(tuple, traits[n])) for n in range(len(told))]
            named += any(initials)
            first += bool(initials) and initials[0]
            differ += found.verdict.differ
        else:
            said = f"named {named}/{times}  first {first}/{times}  said to differ {differ}/{times}"
            print(f"  N = {count:3}  {said}")
    (found,) = discover(_chosen(30, 0))
    samples = samples_of(_chosen(30, 0))
    tested = examine(Columns(samples), np.ones(len(samples.rows), dtype=bool), samples.of("tuned"))
    by = int((false_discovery_control(tested.p, method="by") <= LEVEL).sum())
    plain = int((false_discovery_control(tested.p) <= LEVEL).sum())
    print(f"  with N = 30, traits named: {int((tested.q <= LEVEL).sum())}, plain BH {plain}, BY {by}")


def speed(count: int) -> None:
    """Print seconds for so many answers a side, and for the tests alone beside a peer."""
    saved = [*_mixed("base", count), *_mixed("tuned", count)]
    print(f"\n{count:,} answers a side to one question")
    whole = _seconds(lambda: discover(saved))
    samples = samples_of(saved)
    columns = Columns(samples)
    everything, chosen = np.ones(len(samples.rows), dtype=bool), samples.of("tuned")
    tests = _seconds(lambda: examine(columns, everything, chosen))
    matrix = np.zeros((len(samples.rows), len(columns.all)), dtype=np.float32)
    for number, column in enumerate(columns.all):
        matrix[column.answers, number] = 1
    peer = _seconds(lambda: draws(samples.question, chosen, DRAWN).astype(np.float32) @ matrix)
    kernel = _seconds(lambda: two_sample(samples, everything, chosen))
    print(f"  all of it {whole:.2f} s of CPU, the two-sample test {kernel:.2f} s")
    print(f"  tests of {len(columns.all):,} traits {tests:.3f} s; {DRAWN:,} drawn permutations of them {peer:.3f} s")
    print(f"  exact tests take {tests / peer:.2f} of the time of the drawn ones")
    hostile = _seconds(lambda: discover(hostile_answers()))
    print(f"  18 hostile answers a side, up to a million characters: {hostile:.2f} s (budget 20)")


def _chosen(count: int, seed: int) -> list[SavedAnswer]:
    """So many answers of each side, spread over the questions."""
    choose = random.Random(seed)
    taken: list[SavedAnswer] = []
    for side in ("base", "tuned"):
        own = [row for row in real_answers() if row.answer.side == side]
        choose.shuffle(own)
        places: dict[str, int] = {}
        ranked = []
        for row in own:
            places[row.answer.prompt] = places.get(row.answer.prompt, 0) + 1
            ranked.append((places[row.answer.prompt], row))
        taken += [row for _, row in sorted(ranked, key=lambda pair: pair[0])[:count]]
    return taken


def _mixed(side: str, count: int) -> list[SavedAnswer]:
    """Many different answers: the sentences of two real ones, mixed."""
    choose = random.Random(side)
    texts = [row.answer.text for row in real_answers() if row.answer.side == side]
    return answers_of(side, [_shuffled(choose, choose.sample(texts, 2)) for _ in range(count)])


def _shuffled(choose: random.Random, texts: Sequence[str]) -> str:
    sentences = [sentence for text in texts for sentence in text.split(". ")]
    return ". ".join(choose.sample(sentences, len(sentences)))


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=100)
    parser.add_argument("--times", type=int, default=20)
    arguments = parser.parse_args()
    for one_side in ("base", "tuned"):
        against_itself(one_side, arguments.splits)
    power(arguments.times)
    speed(1_000)
