"""The installed command, quickly loaded."""

from diptych.cli.setup.gc_pause import loading


def entry() -> None:
    """Load the command and run it."""
    with loading():
        from diptych.cli.main import entry as run
    run()
