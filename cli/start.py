"""The installed command, quickly loaded."""

from cli.loading import loading


def entry() -> None:
    """Load the command and run it."""
    with loading():
        from cli.main import entry as run
    run()
