"""Checks an endpoint of config.toml beyond its types."""

import re
from contextlib import suppress
from urllib.parse import SplitResult, parse_qsl, urlsplit

from diptych.backends import ENDPOINT_KINDS, Endpoint, EndpointKind, FromEnvironment, is_adapter_name
from diptych.probes import FileError

_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN_HEADERS = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "transfer-encoding"}
)
"""Headers that the HTTP client sets itself."""
_SECRET = re.compile(
    r"(?:^|[-_])(api-?key|key|token|secret|password|passwd|auth|authorization|cookie|sig|signature)(?:$|[-_])", re.I
)
"""Names of values that are secret and must not be written in a file."""
_OF_MODEL = ("name", "adapters", "context", "chat_template", "threads", "gpu_layers")
"""Settings that go with `model`."""
_ROUTES = ("/chat/completions", "/completions", "/models")


def check_endpoint(endpoint: Endpoint, where: str) -> None:
    """Check an endpoint. `where`: its file and key path. Raises FileError."""
    kind = ENDPOINT_KINDS.get(endpoint.kind)
    if kind is None:
        raise FileError(f"{where}.kind: expected one of {', '.join(ENDPOINT_KINDS)}, found {endpoint.kind!r}")
    if endpoint.serve is not None and not kind.takes_serve:
        kinds = " or ".join(name for name, other in ENDPOINT_KINDS.items() if other.takes_serve)
        raise FileError(f"{where}.serve: expected only for kind {kinds!r}, found kind {endpoint.kind!r}")
    _check_model(endpoint, kind, where)
    if kind.needs_address and not endpoint.base_urls and endpoint.serve is None and endpoint.model is None:
        missing = "the key base_url or model is missing" if kind.takes_model else "the key base_url is missing"
        raise FileError(f"{where}: {missing}")
    if endpoint.api_key_env is not None and not _VARIABLE.fullmatch(endpoint.api_key_env):
        # The value is not shown, because it may be the key itself.
        raise FileError(f"{where}.api_key_env: expected the name of the environment variable that holds the key")
    for url in endpoint.base_urls:
        _check_url(url, endpoint, f"{where}.base_url")
    if endpoint.serve is not None and len(endpoint.base_urls) > 1:
        raise FileError(f"{where}.base_url: expected one address for a server that diptych starts, found several")
    if endpoint.headers and (not kind.takes_headers or endpoint.serve is not None or endpoint.model is not None):
        raise FileError(f"{where}.headers: expected none for a server that diptych starts")
    for name, value in endpoint.headers.items():
        _check_header(name, value, f"{where}.headers")
    tags = endpoint.thinking_tags
    if len(tags) % 2 or not all(tag.strip() for tag in tags[1::2]) or len(set(tags)) < len(tags):
        raise FileError(
            f"{where}.thinking_tags: expected an opening and a closing tag in turn, all different, found {list(tags)}"
        )
    if endpoint.samples_per_request < 1:
        raise FileError(f"{where}.samples_per_request: expected 1 or more, found {endpoint.samples_per_request}")
    for key in ("timeout", "loading_timeout"):
        seconds = getattr(endpoint, key)
        if seconds is not None and not 0 < seconds < float("inf"):
            raise FileError(f"{where}.{key}: expected seconds, more than 0, found {seconds}")


def _check_model(endpoint: Endpoint, kind: EndpointKind, where: str) -> None:
    """Check the settings of a model from disk."""
    if endpoint.model is not None and not kind.takes_model:
        raise FileError(f"{where}.model: expected only for kind 'llama', found kind {endpoint.kind!r}")
    if endpoint.model is not None and endpoint.base_url is not None:
        raise FileError(f"{where}: expected model or base_url, found both")
    for key in _OF_MODEL:
        if endpoint.model is None and getattr(endpoint, key) not in (None, {}):
            raise FileError(f"{where}.{key}: expected only with the key model of kind 'llama'")
    for name in endpoint.adapters:
        if not is_adapter_name(name):
            raise FileError(f"{where}.adapters: expected names without + and @, found {name!r}")
    for key, least in (("context", 1), ("threads", 1), ("gpu_layers", 0)):
        number = getattr(endpoint, key)
        if number is not None and number < least:
            raise FileError(f"{where}.{key}: expected {least} or more, found {number}")


def _check_url(url: str, endpoint: Endpoint, where: str) -> None:
    if "@" in url:
        raise FileError(f"{where}: expected no name or password in the address; use api_key_env for the key")
    parts = _parts(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise FileError(f"{where}: expected http:// or https:// and a host, found {url!r}")
    if secret := next(
        (name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if _SECRET.search(name)), None
    ):
        # The value is not shown, because it may be a key.
        raise FileError(f"{where}: expected no {secret} in the query; use api_key_env or headers for a key")
    path = parts.path.rstrip("/")
    if route := next((route for route in _ROUTES if path.endswith(route)), None):
        raise FileError(f"{where}: expected the address before {route}, found {url!r}")
    if endpoint.serve is not None and parts.hostname not in ("127.0.0.1", "localhost"):
        raise FileError(f"{where}: expected 127.0.0.1 for a server that diptych starts, found {url!r}")


def _check_header(name: str, value: str | FromEnvironment, where: str) -> None:
    if not _HEADER.fullmatch(name):
        raise FileError(f"{where}: expected names of letters, digits and -, found {name!r}")
    if name.lower() in _OWN_HEADERS:
        raise FileError(f"{where}.{name}: diptych sets this header itself")
    if isinstance(value, FromEnvironment):
        if not _VARIABLE.fullmatch(value.env):
            raise FileError(f"{where}.{name}.env: expected the name of the environment variable that holds the value")
    elif _SECRET.search(name):
        raise FileError(f'{where}.{name}: expected {{ env = "VARIABLE" }}, because a key must not be in the file')
    elif not (value.isascii() and value.isprintable() and value == value.strip()):
        raise FileError(f"{where}.{name}: expected one line of ASCII characters")


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an address; None if it or its port is invalid."""
    if not url.isprintable() or " " in url:
        return None
    with suppress(ValueError):
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port > 0 else None
    return None
