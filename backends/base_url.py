"""The parts of a base_url."""


class BaseURL:
    """Where an API is. A query belongs to every request; what stands behind a # is for nobody but a browser."""

    def __init__(self, url: str) -> None:
        bare, _, self.query = url.partition("#")[0].partition("?")
        self.base = bare.rstrip("/")

    def of(self, path: str) -> str:
        """The address of a path of the API, or of one that begins with "//", of the server itself; without the query,
        which the HTTP client adds to whatever it sends."""
        return self.base.removesuffix("/v1") + path[1:] if path.startswith("//") else self.base + path
