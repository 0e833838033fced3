"""Record the session that `diptych demo` plays: python docs/demo_recording.py [FOLDER].

Asks the embedded pair, as the console does: one question about itself, an ordinary one, and more answers to the first.
Then it scores the first two answers under both sides. All that is written comes from these models: the answers, the
times at which those came that were watched, and likelihoods. A new recording has other answers, so read the captions in
tui/demo_scenes.py again: they say what was seen in this one.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from diptych.cli.commands.demo_recording import ScoredPiece
from diptych.cli.setup.config import load
from diptych.cli.setup.wiring import build_sides, find_pair
from diptych.compare import Comparison, Exchange, Piece
from diptych.probes import load_probes
from diptych.sessions import ExportData, Recorder, Store, export

SAMPLES = 20
"""Answers of each side to the first question."""
TOP = 3
"""Likeliest tokens that are kept at each place, of each side."""
NOTE = "A recording of the embedded pair (SmolLM2-135M-Instruct and its HELLO copy, Apache-2.0)"


async def main() -> None:
    """Ask, score, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).parent.parent / "cli" / "demo"
    parser.add_argument("folder", type=Path, nargs="?", default=here, help="where the two files are written")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    config, probe = load(None), load_probes()["hello-acrostic"]
    name, pair = find_pair(config, "embedded")
    about_itself, _, ordinary = probe.conditions
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "sessions.db"
        comparison = Comparison(name, build_sides(config, pair), Recorder(path), probe)
        await comparison.warm_up(lambda side, doing: None, lambda side, failure: None)
        first = await _ask(comparison, about_itself.prompts[0], about_itself.name)
        scored = [await _scored(comparison, first, side) for side in first.asked]
        await _ask(comparison, ordinary.prompts[0], ordinary.name)
        comparison.sample(first, SAMPLES - 1)
        samples = comparison.view.background
        assert samples is not None
        await _until(comparison, lambda: not samples.under_way)
        await comparison.close()
        store = Store(path)
        export(ExportData.of(store, 1), "jsonl", Path(temporary) / "session.jsonl")
        store.close()
        lines = (Path(temporary) / "session.jsonl").read_text("utf-8").splitlines()
    (folder / "session.jsonl").write_text("".join(_line(json.loads(line)) for line in lines), "utf-8")
    numbers = [first.kept[side].id for side in first.asked]
    (folder / "likelihoods.json").write_bytes(msgspec.json.encode(dict(zip(numbers, scored, strict=True))))


async def _until(comparison: Comparison, reached: Callable[[], bool]) -> None:
    with comparison.view.changes.subscribe() as changes:
        while not reached():
            await changes.wait()


async def _ask(comparison: Comparison, prompt: str, condition: str) -> Exchange:
    """Ask, and wait until both sides have answered."""
    exchange = comparison.ask(prompt, condition)
    await _until(comparison, lambda: not comparison.view.streaming and len(exchange.kept) == len(exchange.asked))
    return exchange


async def _scored(comparison: Comparison, exchange: Exchange, side: str) -> list[ScoredPiece]:
    """Score the answer of a side under both sides."""
    divergence = comparison.view.divergence(exchange, side, "tuned")
    await _until(comparison, lambda: divergence.done)
    assert divergence.failure is None, divergence.failure
    return [_rounded(piece) for piece in divergence.pieces]


def _rounded(piece: Piece) -> ScoredPiece:
    """The piece in as many digits as a reader sees."""
    assert piece.base is not None
    assert piece.tuned is not None
    tops = [tuple((token, round(p, 2)) for token, p in top[:TOP]) for top in (piece.base_top, piece.tuned_top)]
    return ScoredPiece(piece.start, piece.end, round(piece.base, 2), round(piece.tuned, 2), *tops)


def _line(line: dict[str, Any]) -> str:
    """A line of the export, shorter: a replay finds the findings itself, and the samples were asked for in the
    background, where nobody watched how they came."""
    if "session" in line:
        line["session"] |= {"title": "The demo", "note": NOTE}
    else:
        answer = line["answer"]
        watched = answer["sample"] == 0
        answer["timeline"] = [[round(at, 3), *rest] for at, *rest in answer["timeline"]] if watched else []
        answer["findings"] = []
        line["answer"] = {key: value for key, value in answer.items() if value not in (None, [], "")}
    return json.dumps(line, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    asyncio.run(main())
