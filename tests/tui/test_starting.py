"""What a side shows while its model is loaded."""

import asyncio
from pathlib import Path

import pytest

from diptych.backends import Progress
from diptych.backends.hosted import HostedAPI
from tests.tui.app import console, resize, until

LOADING = "loading m, about .5 GB of 9 GB free"
DETAILS = "less than a second to read, .1 GB more to score answers"


async def test_details_go_first_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never_ready(_: HostedAPI, progress: Progress) -> None:
        progress(f"{LOADING}, {DETAILS}")
        await asyncio.Event().wait()

    monkeypatch.setattr(HostedAPI, "start", never_ready)
    async with console(tmp_path, size=(240, 34)) as (pilot, _):
        await until(pilot, f"{LOADING}, {DETAILS} · ")
        await resize(pilot, 170, 34)
        await until(pilot, f"{LOADING} · ")
        await resize(pilot, 110, 34)
        await until(pilot, "loading m · ")
