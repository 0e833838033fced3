"""Every budget of the design in one table: python -m benchmarks [--json] [--peers PYTHON].

A line a figure: what was measured, its budget, the figure, who else did the same in the same run, how many times better
diptych is, and whether the budget is kept. Each part has a process of its own: what one leaves in memory would cost the
next one time. It takes some minutes; machines differ, so read the ratios.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, figures_of, tell

PARTS: dict[str, dict[str, Any]] = {
    "client": {},
    "console": {"tokens": 2_000},
    "painting": {"lengths": (1_000, 10_000, 100_000), "peers_up_to": 1_000},
    "soak": {},
    "startup": {},
    "detectors": {"each": False},
    "sampling": {"rounds": 3},
    "scoring": {"rounds": 1},
    "store": {},
    "exports": {},
}
"""The modules, and in what sizes they take minutes together."""


def figures(peers: str | None) -> Iterator[Figure]:
    """All of them."""
    for name, sizes in PARTS.items():
        arguments = {"peers": peers, **sizes} if name == "sampling" else sizes
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            yield from alone.submit(figures_of, name, arguments).result()


def circumstances() -> dict[str, str]:
    """When, where and of what."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "load": f"{os.getloadavg()[0]:.1f} before the run",
        "python": platform.python_version(),
        "commit": _commit(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _commit() -> str:
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not known"


def main() -> None:
    """Measure and print; 1 is the exit code where a budget is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one document on standard output")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has inspect-ai and llmcomp")
    wanted = parser.parse_args()
    found: list[Figure] = []
    if not wanted.json:
        print("\n".join(f"{key:8} {value}" for key, value in circumstances().items()), end="\n\n")
        tell(_kept(figures(wanted.peers), found))
    else:
        document = circumstances() | {"figures": [f.plain() for f in _kept(figures(wanted.peers), found)]}
        print(json.dumps(document, indent=2, ensure_ascii=False))
    sys.exit(any(figure.met is False for figure in found))


def _kept(figures: Iterator[Figure], found: list[Figure]) -> Iterator[Figure]:
    for figure in figures:
        found.append(figure)
        yield figure


if __name__ == "__main__":
    main()
