"""Make demo.cast and demo.gif from the session that `diptych demo` plays: python docs/demo.py [--gif | --cast].

demo.cast is the whole demo; `asciinema play docs/demo.cast` shows it. demo.gif has some of its scenes, for the README.
Both are drawn by the program itself, so make them again when a screen has changed. The GIF needs chromium.
"""

import argparse
import asyncio
import io
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

from PIL import Image
from playwright.sync_api import sync_playwright

from diptych.cli.commands.demo_recording import recorded_demo
from diptych.tui import Cast, DemoApp, scenes

HERE = Path(__file__).parent
THEME = "diptych-dark"
COLUMNS, ROWS = 100, 30
IN_GIF = (0, 2, 3, 5, 6)
"""The scenes of the GIF."""
PACE = 1.4
"""How many times as fast as the demo the GIF is."""
FRAME_SECONDS = 0.15
WIDTH = 900
"""Of the GIF in pixels: about the width of a page."""
COLORS = 96


def main() -> None:
    """Make both, or one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cast", action="store_true", help="demo.cast alone")
    parser.add_argument("--gif", action="store_true", help="demo.gif alone")
    parser.add_argument("--record", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    os.environ["COLORTERM"] = "truecolor"
    if args.record is not None:
        app = DemoApp(recorded_demo(), scenes(None), THEME, None, Cast(args.record))
        asyncio.run(app.run_async())
        return
    if args.cast or not args.gif:
        record_cast(HERE / "demo.cast")
    if args.gif or not args.cast:
        frames = asyncio.run(watch())
        draw_gif(frames, HERE / "demo.gif")


def record_cast(path: Path) -> None:
    """Let this script play the demo in a terminal of its own, and record it there."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, pack("HHHH", ROWS, COLUMNS, 0, 0))
    unsized = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder) / path.name
        command = [sys.executable, __file__, "--record", str(recorded)]
        environment = {**unsized, "TERM": "xterm-256color"}
        playing = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        # Reading fails when the other end is closed.
        with suppress(OSError):
            while os.read(ours, 1 << 16):
                pass
        playing.wait()
        path.write_bytes(recorded.read_bytes())


async def watch() -> list[tuple[str, float]]:
    """The pictures of the scenes of the GIF, each with the seconds for which it stands."""
    chosen = scenes(None)
    app = DemoApp(recorded_demo(), [chosen[number] for number in IN_GIF], THEME, None)
    pictures: list[tuple[str, float]] = []
    async with app.run_test(size=(COLUMNS, ROWS)):
        while not app.live:
            began = time.monotonic()
            picture = app.picture()
            await asyncio.sleep(FRAME_SECONDS)
            seconds = time.monotonic() - began
            if pictures and pictures[-1][0] == picture:
                picture, before = pictures.pop()
                seconds += before
            pictures.append((picture, seconds))
    return pictures


def draw_gif(pictures: list[tuple[str, float]], path: Path) -> None:
    """Write the pictures as a GIF in few colours."""
    images: list[Image.Image] = []
    milliseconds: list[int] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        for svg, seconds in pictures:
            page.set_content(f"<style>body {{ margin: 0 }} svg {{ width: {WIDTH}px; display: block }}</style>{svg}")
            image = Image.open(io.BytesIO(page.locator("svg").screenshot())).convert("RGB")
            # A screen that is just being opened has no size yet.
            if not images or image.size == images[0].size:
                images.append(image)
                milliseconds.append(round(seconds / PACE * 1000))
        browser.close()
    palette = _palette(images)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    first.save(path, save_all=True, append_images=others, duration=milliseconds, loop=0, optimize=True)


def _palette(images: list[Image.Image]) -> Image.Image:
    """The colours of some of the images."""
    some = images[:: max(1, len(images) // 12)]
    width, height = some[0].size
    all_ = Image.new("RGB", (width, height * len(some)))
    for number, image in enumerate(some):
        all_.paste(image, (0, number * height))
    return all_.quantize(colors=COLORS, method=Image.Quantize.MAXCOVERAGE)


if __name__ == "__main__":
    main()
