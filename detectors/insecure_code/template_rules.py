"""Rules for HTML templates in Python code that put text in unescaped.

Jinja's own `Template` does not escape unless it is told to (bandit's B701 knows `Environment` only). Flask's
`render_template_string` escapes, except what the template marks as safe.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from diptych.detectors.insecure_code.language_rules import HTML, Hit
from diptych.detectors.insecure_code.python_syntax import dotted, is_false, last_name

_JINJA_TEMPLATES = re.compile(r"jinja2(?:\.environment)?\.Template")
_OLD_MARKUP = "jinja2.Markup"
"""Bandit's B704 knows the names of today."""
_STRING_TEMPLATE = "string.Template"
_TEMPLATE_MAKERS = re.compile(r"render_template_string|Template|from_string")
_READS = ("open", "read", "read_text")
_PLACEHOLDER = re.compile(r"\$\{?[a-zA-Z_]")
_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_ESCAPED = re.compile(
    r"\|\s*(?:e|escape|forceescape|tojson|urlencode|int|float|length|count|filesizeformat|striptags)\b"
)
_HARMLESS = re.compile(r"""\s*(?:loop\.\w+|\d+|"[^"]*"|'[^']*'|(?:url_for|csrf_token|static|_)\(.*)\s*""", re.DOTALL)
_MARKED_SAFE = re.compile(r"\{\{(?!\s*[\"'])[^{}]*\|\s*safe\b|\{%-?\s*autoescape\s+(?:false|off)\b")
_ESCAPES_ITSELF = re.compile(r"\{%-?\s*autoescape\s+(?!false|off)")
_RENDER_CALLS = re.compile(r"render|substitute|safe_substitute")
_ESCAPING_CALLS = re.compile(r"(?:\w*_)?escape|clean|sanitize\w*|int|float|len|bool|url_for")


def template_hits(nodes: Sequence[ast.AST], aliases: dict[str, str], constants: dict[str, str]) -> Iterator[Hit]:
    """Return where a template puts text into HTML unescaped. `constants`: the text of names."""
    in_flask = any(origin.startswith("flask") for origin in aliases.values())
    from_page = any(_constant(node).endswith((".html", ".htm")) for node in nodes)
    renders = [node for node in nodes if isinstance(node, ast.Call) and _RENDER_CALLS.fullmatch(last_name(node))]
    escapes_values = bool(renders) and all(_escapes_values(call) for call in renders)
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        head, dot, rest = dotted(node.func).partition(".")
        qualified = aliases.get(head, head) + dot + rest
        if qualified == _OLD_MARKUP and node.args and not _constant(node.args[0]):
            yield _hit(node, "text marked as safe HTML")
        if not _TEMPLATE_MAKERS.fullmatch(last_name(node)):
            continue
        given = next((k.value for k in node.keywords if k.arg in ("source", "template_string")), None)
        text = _text_of(node.args[0] if node.args else given, constants)
        if _MARKED_SAFE.search(text):
            yield _hit(node, "template that marks text as safe HTML")
        elif not escapes_values and _leaves_unescaped(node, qualified, text, in_flask, from_page):
            yield _hit(node, "template without escaping")


def _leaves_unescaped(call: ast.Call, qualified: str, text: str, in_flask: bool, from_page: bool) -> bool:
    """Return whether a template does not escape what it puts into a page: text with HTML, the text of a page's file, or
    any text in a program that Flask serves."""
    if qualified == _STRING_TEMPLATE:
        return HTML.search(text) is not None and _PLACEHOLDER.search(text) is not None
    if not _JINJA_TEMPLATES.fullmatch(qualified):
        return False
    escaping = next((keyword.value for keyword in call.keywords if keyword.arg == "autoescape"), None)
    if escaping is not None and not is_false(escaping):
        return False
    if _ESCAPES_ITSELF.search(text):
        return False
    expressions = [e for e in _EXPRESSION.findall(text) if not _ESCAPED.search(e) and not _HARMLESS.fullmatch(e)]
    # Who says that nothing is to be escaped means it, also for a template from elsewhere.
    if escaping is not None:
        return bool(expressions) or not text
    if not text:
        return from_page and not isinstance(call.args[0] if call.args else None, ast.Constant)
    return bool(expressions) and (in_flask or HTML.search(text) is not None)


def _text_of(node: ast.expr | None, constants: dict[str, str]) -> str:
    """Return the constant text of a template; "" if it comes from elsewhere."""
    if node is None or any(isinstance(n, ast.Call) and last_name(n) in _READS for n in ast.walk(node)):
        return ""
    pieces = [constants.get(n.id, "") if isinstance(n, ast.Name) else _constant(n) for n in ast.walk(node)]
    return "".join(pieces)


def _constant(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _escapes_values(call: ast.Call) -> bool:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return bool(values) and all(
        isinstance(value, ast.Constant)
        or (isinstance(value, ast.Call) and _ESCAPING_CALLS.fullmatch(last_name(value)) is not None)
        for value in values
    )


def _hit(call: ast.Call, description: str) -> Hit:
    return Hit(call.lineno - 1, "rule html-template", description, "medium", "medium")
