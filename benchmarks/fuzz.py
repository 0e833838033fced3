"""Damaged files without end: python -m benchmarks.fuzz [--minutes 10] [TARGET ...].

Each target (tests/fuzz/targets.py) is tried with random seeds for that long; a file that breaks its law is made
as small as can be, kept in the folder of --keep and told with what was raised. Memory is held to 2 GB. Ends
with 1 if any did.
"""

import argparse
import hashlib
import random
import resource
import sys
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.targets import TARGETS, Target, tried

BATCH = 100
"""Examples of one seed."""
MEMORY = 2 << 30


def found(target: Target, examples: int) -> tuple[int, bytes | None, str]:
    """How many examples of one seed were tried, the smallest that breaks the law, and what it raises."""
    count, broken, said = 0, None, ""

    @seed(random.getrandbits(63))
    @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(target.inputs())
    def law(data: bytes) -> None:
        nonlocal count, broken, said
        count += 1
        try:
            tried(target, data)
        except BaseException:
            broken, said = data, traceback.format_exc()
            raise

    try:
        law()
    except BaseExceptionGroup as several:
        said += f"\nand {len(several.exceptions) - 1} more"
    except KeyboardInterrupt:
        raise
    except BaseException:
        assert broken is not None
    return count, broken, said


def _deepest(said: str) -> str:
    """The last place of a traceback, by which a fault is known again."""
    return [line for line in said.splitlines() if line.lstrip().startswith("File ")][-1]


def look(name: str, minutes: float, keep: Path) -> int:
    """Try one target; returns how many different faults were found."""
    faults: set[str] = set()
    tries, until = 0, time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        count, broken, said = found(TARGETS[name], BATCH)
        tries += count
        if broken is None or (fault := _deepest(said)) in faults:
            continue
        faults.add(fault)
        keep.mkdir(parents=True, exist_ok=True)
        file = keep / f"{name}-{hashlib.sha256(broken).hexdigest()[:8]}"
        file.write_bytes(broken)
        print(f"{name}: {file} breaks the law\n{said}", flush=True)
    print(f"{name}: {tries:,} files in {minutes:g} min, {len(faults)} that break the law", flush=True)
    return len(faults)


def main() -> None:
    """Try what was named, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=10, help="for each target")
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), help="where files are kept that break a law")
    wanted = parser.parse_args()
    if unknown := set(wanted.targets) - TARGETS.keys():
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are: {', '.join(TARGETS)}")
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    sys.exit(sum(look(name, wanted.minutes, wanted.keep) for name in wanted.targets or TARGETS))


if __name__ == "__main__":
    main()
