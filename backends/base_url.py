"""The parts of a base_url."""


class BaseURL:
    """Where an API is. Its query belongs to every request; a fragment (after #) means nothing to a server."""

    def __init__(self, url: str) -> None:
        bare, _, self.query = url.partition("#")[0].partition("?")
        self.base = bare.rstrip("/")

    def of(self, path: str) -> str:
        """The address of a path of the API; of the server itself for a path that begins with "//". The query is left
        out: the HTTP client adds it to every request."""
        return self.base.removesuffix("/v1") + path[1:] if path.startswith("//") else self.base + path
