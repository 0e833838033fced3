"""Text from the command line."""

import click


class TextParam(click.ParamType[str]):
    """A text. Bytes that are not UTF-8, which no store and no server takes, come as U+FFFD."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same as text alone."""
        return value.encode(errors="surrogateescape").decode(errors="replace")
