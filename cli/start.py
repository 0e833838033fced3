"""The entry point of the installed command, which loads fast."""

from diptych.cli.setup.gc_pause import gc_paused


def entry() -> None:
    """Load the command and run it."""
    with gc_paused():
        from diptych.cli.main import entry as run
    run()
