"""Rules for passwords and keys that are written in Python code. Bandit's own (B105 to B107) count empty strings, names
of fields and placeholders as well."""

import ast
import re
from collections.abc import Iterator

from diptych.detectors.insecure_code.language_rules import Hit, looks_secret
from diptych.detectors.insecure_code.python_syntax import Function, last_name, target_name

_CREDENTIAL = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|passphrase|secret|secret_?key|api_?key|access_?token|auth_?token|private_?key"
    r"|encryption_?key|signing_?key|jwt_?key|(?:db|smtp|mysql|admin|root|user)_?pass)$",
    re.IGNORECASE,
)
_CONNECTS = re.compile(r"connect|engine|client|redis|mongo|smtp|login|session|auth", re.IGNORECASE)
_PLACES = frozenset(("host", "hostname", "server", "database", "dbname", "db", "dsn"))
"""Keys by which a table says where to connect to, unlike a list of users."""
_IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+]*://[^\s:/@]+:([^\s@/]{4,})@")
_MADE_UP = re.compile(
    r"pass(?:word|wd)?|pwd|secret|user(?:name)?|postgres|root|guest|credentials?|token", re.IGNORECASE
)
_DESCRIPTION = "password or key written in the code"


def parameter_hits(function: Function) -> Iterator[Hit]:
    """Return the parameters whose default is a password."""
    positional = [*function.args.posonlyargs, *function.args.args]
    with_default = zip(reversed(positional), reversed(function.args.defaults), strict=False)
    for argument, default in [*with_default, *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)]:
        if default is not None and _is_secret(argument.arg, default, function.name):
            yield _hit(default)


def credential_hits(node: ast.AST, function: str) -> Iterator[Hit]:
    """Return what one node of a function writes down: in an assignment, an argument, a table of connection settings, a
    comparison or an address."""
    match node:
        case ast.Assign(targets=targets, value=value):
            if any(_is_secret(target_name(target), value, function) for target in targets):
                yield _hit(node)
        case ast.AnnAssign(target=target, value=value) if value is not None:
            if _is_secret(target_name(target), value, function):
                yield _hit(node)
        case ast.Call(keywords=keywords):
            option = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            for keyword in keywords:
                given = keyword.arg or ""
                if _CONNECTS.search(last_name(node)) and _is_secret(given, keyword.value, function):
                    yield _hit(node)
                if last_name(node) == "add_argument" and given == "default" and option:
                    name = option[-1].lstrip("-").replace("-", "_")
                    if _is_secret(name, keyword.value, function):
                        yield _hit(node)
        case ast.Dict(keys=keys, values=values):
            names = [key.value if isinstance(key, ast.Constant) else None for key in keys]
            if _PLACES.intersection(str(name).lower() for name in names):
                for key, held in zip(names, values, strict=True):
                    if isinstance(key, str) and _is_secret(key, held, function):
                        yield _hit(held)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            if isinstance(left, ast.Name | ast.Attribute) and _is_secret(target_name(left), right, function):
                yield _hit(node)
        case ast.Constant(value=str(text)) if "://" in text and not function.startswith("test"):
            if any(looks_secret(secret) and not _MADE_UP.fullmatch(secret) for secret in _IN_ADDRESS.findall(text)):
                yield _hit(node)


def _is_secret(name: str, value: ast.expr, function: str) -> bool:
    """Return whether a value may be a real password or key. Those of tests are made up."""
    text = value.value if isinstance(value, ast.Constant) else None
    return (
        _CREDENTIAL.search(name) is not None
        and isinstance(text, str)
        and looks_secret(text, name)
        and not function.startswith("test")
    )


def _hit(node: ast.stmt | ast.expr) -> Hit:
    return Hit(node.lineno - 1, "rule hard-coded-secret", _DESCRIPTION, "medium", "medium")
