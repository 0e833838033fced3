"""Checks of arguments that the command checks by itself."""


def at_least_one(**values: int) -> None:
    """Raise ValueError for the first argument that is below 1."""
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name}: expected 1 or more, found {value}")
