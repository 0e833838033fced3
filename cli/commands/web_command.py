"""`diptych web`: the console in a browser, on loopback."""

import sys
from typing import Any

import click

from diptych.cli.output.printing import fail
from diptych.cli.setup.console_options import ConsoleOptions, console_options

PORT = 8484
STAGE_FONT = 24
"""Pixels, for a presentation."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Listen on this port.")
@console_options
@click.pass_context
def web(context: click.Context, /, port: int, **options: Any) -> None:
    """Open the console in a browser, on this machine only."""
    assert context.parent is not None
    before = {name: value for name, value in context.parent.params.items() if name in ConsoleOptions.__struct_fields__}
    chosen = ConsoleOptions(**options).with_defaults(ConsoleOptions(**before))
    try:
        from diptych.cli.setup.browser_server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("diptych",):
            raise
        fail("diptych web needs textual-serve: pip install textual-serve")
    from diptych.cli.commands.open_console import resolve_options
    from diptych.cli.setup.config import data_file
    from diptych.sessions import Store

    # Report errors here rather than in every browser page.
    store = Store(data_file())
    resolve_options(context.obj, store, chosen)
    store.close()
    config_file = context.parent.params["config_file"]
    config = [f"--config={config_file.resolve()}"] if config_file is not None else []
    serve(
        (sys.executable, "-P", "-m", "diptych.cli", *config, *chosen.arguments),
        port,
        STAGE_FONT if chosen.present else None,
    )
