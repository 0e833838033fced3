"""Parameter types for click."""

import click


class TextParam(click.ParamType[str]):
    """Text. Bytes that are not UTF-8, which no store and no server accepts, become U+FFFD."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text without invalid bytes."""
        return value.encode(errors="surrogateescape").decode(errors="replace")
