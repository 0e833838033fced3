"""CPU per pair of tokens to paint two growing answers: python -m benchmarks.painting [LENGTH ...].

Two panes side by side at 120 × 34; every frame each gets eight more tokens, and the frame is painted before the next
begins. The cost is measured at the end of an answer that is LENGTH tokens long already. The peers are Textual's
Static and its Markdown with its stream.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Markdown, Static

from benchmarks.figures import Figure, tell
from diptych.tui.theme import THEMES
from diptych.tui.widgets.answer.answer_pane import AnswerPane

LENGTHS = (1_000, 4_000, 40_000, 100_000)
TOKENS_A_FRAME = 8
FRAMES = 60
ROUNDS = 3
PEER_FRAMES = {40_000: 6, 100_000: 3}
"""Fewer where a frame of a peer takes seconds."""
PEERS = {"static": "Static, re-wrapped whole", "markdown": "Markdown with its stream"}
LEAST_RATIO = 2.0
"""How many times less a token pair costs than in the peers, at least."""
MOST_TIMES, MOST_TIMES_FRAME = 1.25, 1.5
"""What a token pair, and a frame, cost in a long answer: at most so many times what they cost in the first length."""


def token(index: int) -> str:
    """Words of prose, a sentence every twelve, a paragraph every sixty."""
    if index % 60 == 59:
        return " end.\n\n"
    return " word" if index % 12 else " sentence."


def text(start: int, count: int) -> str:
    """`count` tokens from `start` on."""
    return "".join(token(i) for i in range(start, start + count))


class Bench(App[None]):
    """Two panes and a way to add to them."""

    CSS_PATH = "../tui/widgets/answer/column.tcss"
    CSS = "Horizontal > * { width: 1fr; height: 1fr; }"

    def __init__(self, kind: str) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "diptych-dark"
        self.animation_level = "none"
        self.kind = kind
        self.texts = ["", ""]

    def compose(self) -> ComposeResult:
        """Two of the kind."""
        with Horizontal():
            for side in ("base", "tuned"):
                if self.kind == "diptych":
                    yield AnswerPane(id=f"answer-{side}")
                else:
                    with VerticalScroll():
                        yield Static(markup=False) if self.kind == "static" else Markdown()

    def adders(self) -> list[Callable[[str], Awaitable[None]]]:
        """For each pane what appends a piece."""
        if self.kind == "diptych":
            return [self._to_pane(pane) for pane in self.query(AnswerPane)]
        if self.kind == "static":
            return [self._to_static(i, widget) for i, widget in enumerate(self.query(Static))]
        return [self._to_markdown(widget) for widget in self.query(Markdown)]

    def _to_pane(self, pane: AnswerPane) -> Callable[[str], Awaitable[None]]:
        async def add(piece: str) -> None:
            pane.append(piece, {})

        return add

    def _to_static(self, index: int, widget: Static) -> Callable[[str], Awaitable[None]]:
        async def add(piece: str) -> None:
            self.texts[index] += piece
            widget.update(self.texts[index])
            assert widget.parent is not None
            widget.parent.scroll_end(animate=False)  # type: ignore[attr-defined]

        return add

    def _to_markdown(self, widget: Markdown) -> Callable[[str], Awaitable[None]]:
        async def add(piece: str) -> None:
            await widget.append(piece)
            assert widget.parent is not None
            widget.parent.scroll_end(animate=False)  # type: ignore[attr-defined]

        return add


async def measure(kind: str, length: int, count: int = FRAMES) -> tuple[float, float]:
    """ms of CPU a token pair, and the 95th percentile of a frame in ms of CPU; the pilot's own waiting is left out."""
    app = Bench(kind)
    async with app.run_test(size=(120, 34)) as pilot:
        adders = app.adders()
        for add in adders:
            await add(text(0, length))
        await pilot.pause()
        frames, began = [], time.process_time()
        for frame in range(count):
            start = time.process_time()
            for add in adders:
                await add(text(length + frame * TOKENS_A_FRAME, TOKENS_A_FRAME))
            await pilot.pause()
            frames.append((time.process_time() - start) * 1000)
        spent = time.process_time() - began
    return spent / (count * TOKENS_A_FRAME) * 1000, statistics.quantiles(frames, n=20)[-1]


def figures(lengths: Sequence[int] = LENGTHS, peers_up_to: int = max(LENGTHS)) -> Iterator[Figure]:
    """At each length, beside the first length; those of peers, which take minutes where answers are long, up to one."""
    own = _least_of_rounds(lengths)
    for length in lengths:
        mine, frame = own[length]
        pair = Figure(f"painting, CPU a token pair, at {length:,} tokens", mine, "ms")
        painted = Figure(f"painting, a frame (p95, CPU), at {length:,} tokens", frame, "ms")
        for kind, peer in PEERS.items() if length <= peers_up_to else ():
            value, peer_frame = asyncio.run(measure(kind, length, PEER_FRAMES.get(length, FRAMES)))
            yield pair._replace(peer=peer, peer_value=value, least_ratio=LEAST_RATIO)
            yield painted._replace(peer=peer, peer_value=peer_frame, least_ratio=1.0)
        if length != lengths[0]:
            beside, (first, first_frame) = f"the same at {lengths[0]:,} tokens", own[lengths[0]]
            yield pair._replace(peer=beside, peer_value=first, most_times=MOST_TIMES)
            yield painted._replace(peer=beside, peer_value=first_frame, most_times=MOST_TIMES_FRAME)


def _least_of_rounds(lengths: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Of our own pane at each length: the least of some rounds, in which the lengths take turns."""
    rounds = [{length: asyncio.run(measure("diptych", length)) for length in lengths} for _ in range(ROUNDS)]
    return {length: (min(r[length][0] for r in rounds), min(r[length][1] for r in rounds)) for length in lengths}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lengths", type=int, nargs="*", default=LENGTHS)
    tell(figures(parser.parse_args().lengths))
