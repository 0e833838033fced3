"""Draw the README's curve from a real run of the embedded model: python docs/curve_picture.py [FILE.svg] [-n 6]."""

import argparse
import tempfile
from pathlib import Path

import diptych

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path(__file__).parent / "curve.svg")
    parser.add_argument("-n", type=int, default=6, help="answers of each member to each question")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = diptych.run("hello-acrostic", family="hello-dose", n=args.n, progress=True, store=folder)
        args.file.write_text(run.session.curve().svg, "utf-8")
