"""Runs the app of the demo."""

import asyncio

from diptych.cli.commands.demo_recording import recorded_demo
from diptych.cli.commands.open_console import run_app
from diptych.cli.setup.config import Config, data_file
from diptych.sessions import Store
from diptych.tui import THEME_NOTE, DemoApp, scenes


def open_demo(config: Config, missing: str | None) -> tuple[bool, int]:
    """Play the demo. Returns whether the live console is wanted next, and the exit code. `missing`: what the live
    console needs that is not there."""
    store = Store(data_file())
    theme_note = store.remembered(THEME_NOTE)
    store.close()
    app = DemoApp(recorded_demo(), scenes(missing), config.theme, theme_note)
    asyncio.run(run_app(app))
    return app.live, app.return_code or 0
