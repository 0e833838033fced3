"""Draw the README's pictures from real runs: python docs/picture.py [FILE.svg] [--theme NAME] [--size 120x34].

Starts the console on the embedded pair, picks the first question, and keeps the screen as it is when the tuned side has
written `--lines` lines; with --divergence the divergence view once both answers are scored, with --samples-screen all
answers once there are `--samples` of each side.
"""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from diptych.cli.setup.config import load
from diptych.cli.setup.wiring import build_sides, find_pair
from diptych.compare import Comparison
from diptych.probes import load_probes
from diptych.sessions import Recorder
from diptych.tui import DiptychApp


async def main() -> None:
    """Run and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path(__file__).parent / "main.svg")
    parser.add_argument("--divergence", action="store_true", help="the divergence view of the first answers")
    parser.add_argument("--samples-screen", action="store_true", help="the samples screen")
    parser.add_argument("--theme", default="diptych-dark")
    parser.add_argument("--size", default="120x34")
    parser.add_argument("--lines", type=int, default=4)
    parser.add_argument("--samples", type=int, default=1, help="answers of each side before the one that is drawn")
    args = parser.parse_args()
    width, height = (int(n) for n in args.size.split("x"))
    os.environ["COLORTERM"] = "truecolor"
    config = load(None)
    name, pair = find_pair(config, "embedded")
    probes = load_probes()
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder) / "sessions.db")
        comparison = Comparison(name, build_sides(config, pair), recorder, probes["hello-acrostic"])
        app = DiptychApp(comparison, lambda: list(probes.values()), args.theme)
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.press("1")
            if args.divergence:
                await _score(pilot, comparison)
            for _ in range(args.samples - 1):
                while comparison.view.streaming:
                    await pilot.pause(0.05)
                await pilot.press("ctrl+r")
            await pilot.pause(0.2)
            while comparison.view.streaming:
                come = comparison.view.exchanges[-1].answers["tuned"].text.count("\n")
                if come >= args.lines - 1 and not args.samples_screen:
                    break
                await pilot.pause(0.02)
            if args.samples_screen:
                await pilot.press("f3")
                await pilot.pause(3.0)  # What tells the sides apart is looked for in a thread.
            await pilot.pause(0.1)
            args.file.write_text(app.picture())


async def _score(pilot: Pilot[None], comparison: Comparison) -> None:
    """Open the divergence view and wait until both answers are scored."""
    while comparison.view.streaming:
        await pilot.pause(0.05)
    await pilot.press("f5")
    exchange = comparison.view.exchanges[0]
    while not all(comparison.view.divergence(exchange, name, "tuned").done for name in exchange.answers):
        await pilot.pause(0.1)
    await pilot.pause(0.3)


asyncio.run(main())
