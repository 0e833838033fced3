"""Which processes of a server are there."""

import asyncio
from contextlib import suppress
from pathlib import Path


def of_group(group: int) -> dict[int, str]:
    """The living processes of a process group or session, each with what it calls itself."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            state, _, process_group, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if state not in "ZX" and group in (int(process_group), int(session)):
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    return found


def marked(mark: bytes) -> set[int]:
    """The living processes that were started with `mark` in their environment."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    found.add(int(folder.name))
    return found


async def none_left(group: int, mark: bytes) -> bool:
    """Whether within 10 seconds no process is left."""
    try:
        async with asyncio.timeout(10):
            while of_group(group) or marked(mark):
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True
