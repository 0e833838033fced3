"""Rules for Python that bandit does not have: where untrusted text goes, and how secrets are made and stored.

Untrusted text is what a web framework's `request` or a query string holds, an uploaded file's name, and the
parameters of a route. It is followed through assignments, joining, formatting and methods within one function, and no
further. In a page, rows of a database and the arguments of the function that makes it count as well.

template_rules.py has the rules for templates, credential_rules.py those for passwords that are written in the code.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from diptych.detectors.insecure_code.bandit_rules import bandit_hits
from diptych.detectors.insecure_code.credential_rules import credential_hits, parameter_hits
from diptych.detectors.insecure_code.language_rules import HTML, PASSWORD_WORDS, SECRET_WORDS, SQL, Hit
from diptych.detectors.insecure_code.python_syntax import (
    Function,
    dotted,
    imports_of,
    is_false,
    last_name,
    parts_of,
    scopes_of,
    string_constants,
    target_name,
)
from diptych.detectors.insecure_code.template_rules import template_hits

_REQUEST = re.compile(
    r"args|form|forms|values|json|files|cookies|headers|GET|POST|FILES|COOKIES|query_params|get_json|data|params|query"
    r"|match_info|view_args|path_params"
)
_ROUTES = re.compile(r"route|get|post|put|patch|delete")
_SAFE_TYPES = re.compile(r"int|float|bool|UUID|date|datetime|Request|Session|Response")
_SANITIZERS = re.compile(
    r"int|float|bool|len|UUID|(?:\w*_)?escape|quote|secure_filename|basename|url_for|sanitize|clean|safe_join"
)
_PROPAGATORS = re.compile(r"join|str|Path|PurePath|format|unquote|b64decode")
_CHECKS = re.compile(
    r"abspath|realpath|resolve|is_relative_to|relative_to|commonpath|commonprefix|startswith|match|fullmatch"
    r"|url_has_allowed_host_and_scheme|is_safe_url|urlparse|urlsplit|secure_filename|basename|safe_join"
)
_FILE_CALLS = re.compile(
    r"open|send_file|FileResponse|save|remove|unlink|listdir|rmtree|makedirs|copy|copyfile|move|rename|extract"
)
_PATH_METHODS = re.compile(r"read_text|read_bytes|write_text|write_bytes|open|unlink|iterdir|rmdir")
_PATH_KEYWORDS = ("path", "file", "path_or_file", "filename_or_fp", "dst")
_REDIRECTS = re.compile(r"redirect|HttpResponseRedirect|RedirectResponse")
_TEMPLATES = re.compile(r"render_template_string|Template|from_string")
_FETCHES = re.compile(
    r"(?:(?:requests|httpx|aiohttp|session|http|client|self\.session)\.)+(?:get|post|put|patch|delete|head|options|stream|request)"
    r"|(?:urllib\.request\.)?(?:urlopen|urlretrieve)"
)
_FIXED_HOST = re.compile(r"\w+://[\w.-]+(?::\d+)?(?:[/#]|\?\w|$)|/(?!/)")
_GETTERS = re.compile(r"get_(?:query_|body_)?argument|getvalue|getfirst")
"""Methods with which Tornado and cgi give what a request holds."""
_RESPONSES = re.compile(r"HttpResponse|HTMLResponse|make_response|Response")
_ROWS = re.compile(r"fetchone|fetchall|fetchmany|all|first|get_or_404|find|find_one|get_object_or_404")
_PAGE = re.compile(
    r"</?(?:html|body|head|title|div|p|h[1-6]|span|a|ul|ol|li|t[dhr]|table|b|i|em|strong|br|img|form|input|section"
    r"|article|button|label|textarea|script|blockquote|pre)\b[^<]*>"
)
"""Elements of a page, unlike those of other markup."""
_NUMBERS = re.compile(
    r"(?:\w*_)?(?:id|pk|count|total|num|number|age|price|amount|year|size|length|index|score|rating|quantity|qty|date"
    r"|time|status|html|css|class|color|width|height|level|percent)s?",
    re.IGNORECASE,
)
"""Names of fields that are seldom text which a user wrote."""
_RANDOM = re.compile(r"random\.(?:choices?|randint|random|sample|randrange|getrandbits)")
_FOR_ALL = ("S_IRWXO", "S_IWOTH")
_RUNS = ("system", "run", "call", "check_call", "check_output", "Popen")
_CHMOD_COMMAND = re.compile(r"\bchmod\s+(?:-\w+\s+)*(?:0?777|0?666|a\+rwx|o\+w)\b")
_REQUESTS = ("request", "self.request", "flask.request")
_CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*$")
_MARKS = re.compile(r"placeholder|question|qmark|\bmarks", re.IGNORECASE)


def python_hits(tree: ast.Module) -> list[Hit]:
    """Return what bandit and the rules of this module find."""
    scopes = scopes_of(tree)
    nodes = [node for _, within in scopes for node in within]
    imports, aliases = imports_of(nodes)
    constants = string_constants(nodes)
    hits = bandit_hits([node for node in nodes if isinstance(node, ast.Call)], imports, aliases)
    hits += template_hits(nodes, aliases, constants)
    for owner, within in scopes:
        hits += _Scope(owner, within, aliases, constants).hits()
    return hits


class _Scope:
    """One function, or the statements outside of any function."""

    def __init__(
        self,
        owner: ast.Module | Function,
        nodes: Sequence[ast.AST],
        aliases: dict[str, str],
        constants: dict[str, str],
    ) -> None:
        self._owner = owner
        self._constants = constants
        self._name = "" if isinstance(owner, ast.Module) else owner.name
        self._nodes = nodes
        self._aliases = aliases
        self._untrusted = set() if isinstance(owner, ast.Module) else _route_parameters(owner)
        self._outside = set() if isinstance(owner, ast.Module) else _page_parameters(owner)
        """Names of rows of a database and of arguments. They count in pages only."""
        self._pages: set[str] = set()
        """Names of strings that are put together from untrusted text."""
        self._checked = any(map(_is_check, nodes))
        self._listed = {name for node in nodes for name in _compared_with_a_list(node)}
        self._in_flask = any(origin.startswith("flask") for origin in aliases.values())

    def hits(self) -> Iterator[Hit]:
        if not isinstance(self._owner, ast.Module):
            yield from parameter_hits(self._owner)
        for node in self._nodes:
            yield from credential_hits(node, self._name)
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from self._assignment(node, targets, node.value)
            elif isinstance(node, ast.For):
                self._follow(node.target, node.iter)
            elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
                for part in node.generators:
                    self._follow(part.target, part.iter)
            elif isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.Return) and node.value is not None and self._in_flask:
                yield from self._answered(node.value)
            if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
                yield from self._built_string(node)

    def _follow(self, target: ast.expr, value: ast.expr) -> None:
        """Note what a name holds from here on."""
        untrusted, outside = self._is_untrusted(value), self._is_outside(value)
        for name in (n.id for n in ast.walk(target) if isinstance(n, ast.Name)):
            (self._untrusted.add if untrusted else self._untrusted.discard)(name)
            (self._outside.add if outside else self._outside.discard)(name)
            built = untrusted and len(parts_of(value)[0]) > 1
            (self._pages.add if built else self._pages.discard)(name)

    def _assignment(self, node: ast.stmt, targets: Sequence[ast.expr], value: ast.expr) -> Iterator[Hit]:
        for target in targets:
            name = target_name(target)
            if isinstance(target, ast.Name | ast.Tuple):
                self._follow(target, value)
            if isinstance(target, ast.Attribute) and (
                (name in ("verify", "check_hostname") and is_false(value))
                or (name == "verify_mode" and last_name(value) == "CERT_NONE")
            ):
                yield _hit(node, "no-tls-check", "certificates not checked", "high")
            if SECRET_WORDS.search(name) and any(self._is_random(n) for n in ast.walk(value)):
                yield _hit(node, "guessable-secret", "secret from a generator that can be guessed", "medium", "medium")

    def _call(self, call: ast.Call) -> Iterator[Hit]:
        name = last_name(call)
        first = call.args[0] if call.args else None
        for keyword in call.keywords:
            yield from self._keyword(call, name, keyword.arg or "", keyword.value)
        if self._is_random(call) and SECRET_WORDS.search(self._name):
            yield _hit(call, "guessable-secret", "secret from a generator that can be guessed", "medium", "medium")
        if name in ("md5", "sha1") and (PASSWORD_WORDS.search(self._name) or PASSWORD_WORDS.search(ast.unparse(call))):
            yield _hit(call, "weak-hash", "fast hash of a password", "medium")
        if name == "create_subprocess_shell" and not isinstance(first, ast.Constant):
            yield _hit(call, "shell", "command run by a shell", "high")
        if _opens_to_everyone(call, name):
            yield _hit(call, "open-permissions", "file made accessible to everyone", "high")
        if first is not None and _TEMPLATES.fullmatch(name) and self._is_untrusted(first):
            yield _hit(call, "template-injection", "template made of text from a request", "high")
        if first is not None and _RESPONSES.fullmatch(name) and not _names_its_type(call):
            yield from self._answered(first)
        if not self._checked:
            yield from self._addressed(call, name, first)

    def _addressed(self, call: ast.Call, name: str, first: ast.expr | None) -> Iterator[Hit]:
        """Check the paths and the addresses that a call is given."""
        paths: list[ast.expr | None] = [a for a in call.args if name in ("copy", "copyfile", "move", "rename")] or [
            first
        ]
        paths += [keyword.value for keyword in call.keywords if keyword.arg in _PATH_KEYWORDS]
        if _PATH_METHODS.fullmatch(name) and isinstance(call.func, ast.Attribute) and _is_path(call.func.value):
            paths.append(call.func.value)
        if (_FILE_CALLS.fullmatch(name) or _PATH_METHODS.fullmatch(name)) and any(
            path is not None and self._is_untrusted(path) for path in paths
        ):
            yield _hit(call, "path-traversal", "path taken from a request", "high", "medium")
        address = next((keyword.value for keyword in call.keywords if keyword.arg == "url"), first)
        if name in ("request", "stream") and len(call.args) > 1:
            address = call.args[1]
        if address is None or not self._is_untrusted(address) or self._has_fixed_host(address):
            return
        if _REDIRECTS.fullmatch(name):
            yield _hit(call, "open-redirect", "redirect to an address from a request", "medium", "medium")
        if _FETCHES.fullmatch(self._qualified(call)):
            yield _hit(call, "request-forgery", "address to fetch taken from a request", "medium", "medium")

    def _keyword(self, call: ast.Call, name: str, given: str, value: ast.expr) -> Iterator[Hit]:
        if given in ("verify", "verify_ssl", "ssl") and is_false(value) and name != "decode":
            yield _hit(call, "no-tls-check", "certificates not checked", "high")
        if given == "cert_reqs" and "CERT_NONE" in ast.unparse(value):
            yield _hit(call, "no-tls-check", "certificates not checked", "high")
        if name == "decode" and "'verify_signature': False" in ast.unparse(value):
            yield _hit(call, "unchecked-token", "token whose signature is not checked", "high")
        if given == "resolve_entities" and isinstance(value, ast.Constant) and value.value is True:
            yield _hit(call, "xml-entities", "XML whose entities are resolved", "medium")

    def _built_string(self, node: ast.expr) -> Iterator[Hit]:
        """Check a string that is put together from parts."""
        text, parts = parts_of(node, self._constants)
        if not parts:
            return
        if SQL.match(text) and any(not _may_stand_in_sql(part) for part in parts):
            yield _hit(node, "sql", "query built from strings", "medium", "medium")
        if not HTML.search(text):
            return
        if any(self._is_untrusted(part) and not self._is_listed(part) for part in parts):
            yield _hit(node, "html", "text from a request in HTML, unescaped", "medium", "medium")
        elif _PAGE.search(text) and any(
            self._is_outside(part) and not _NUMBERS.fullmatch(target_name(part)) for part in parts
        ):
            yield _hit(node, "html", "text from outside in HTML, unescaped", "medium", "low")

    def _answered(self, value: ast.expr) -> Iterator[Hit]:
        """Check what a view answers as HTML, which is what a string is taken for."""
        if isinstance(value, ast.Tuple) and value.elts:
            if "text/plain" in ast.unparse(value) or "application/json" in ast.unparse(value):
                return
            value = value.elts[0]
        text, parts = parts_of(value, self._constants)
        built = len(text) > 1 and any(self._is_untrusted(part) and not self._is_listed(part) for part in parts)
        if built or (isinstance(value, ast.Name) and value.id in self._pages):
            yield _hit(value, "html", "text from a request sent back unescaped", "medium", "medium")

    def _is_untrusted(self, node: ast.AST) -> bool:
        """Return whether an expression contains untrusted text."""
        return self._holds(node, self._untrusted, of_request=True)

    def _is_outside(self, node: ast.AST) -> bool:
        """Return whether an expression contains a row of a database, or an argument."""
        return self._holds(node, self._outside, of_request=False)

    def _holds(self, node: ast.AST, names: set[str], of_request: bool) -> bool:
        match node:
            case ast.Name(id=name):
                return name in names
            case ast.Attribute(value=value, attr=attribute) if dotted(value) in _REQUESTS and of_request:
                return _REQUEST.fullmatch(attribute) is not None
            case ast.Attribute(value=ast.Name(id="self"), attr="path" | "rfile"):
                return of_request and self._name.startswith("do_")
            case ast.Attribute(value=owner, attr="filename") if dotted(owner) != "self":
                return of_request
            case ast.Call():
                name = last_name(node)
                if _SANITIZERS.fullmatch(name):
                    return False
                if of_request and (name == "parse_qs" or (_GETTERS.fullmatch(name) and node.args)):
                    return True
                if not of_request and _ROWS.fullmatch(name) and isinstance(node.func, ast.Attribute):
                    return _in_view(self._owner)
                receiver = isinstance(node.func, ast.Attribute) and self._holds(node.func.value, names, of_request)
                return receiver or (
                    _PROPAGATORS.fullmatch(name) is not None
                    and any(self._holds(argument, names, of_request) for argument in node.args)
                )
            case ast.Compare() | ast.Lambda():
                return False
            case ast.IfExp(body=body, orelse=orelse):
                return self._holds(body, names, of_request) or self._holds(orelse, names, of_request)
            case ast.Subscript(value=value):
                return self._holds(value, names, of_request)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                held = [part.target for part in node.generators if self._holds(part.iter, names, of_request)]
                inner = {n.id for target in held for n in ast.walk(target) if isinstance(n, ast.Name)}
                return self._holds(node.elt, names | inner, of_request)
        return any(self._holds(child, names, of_request) for child in ast.iter_child_nodes(node))

    def _is_listed(self, part: ast.expr) -> bool:
        """Return whether a name was compared with a list of what is allowed."""
        return isinstance(part, ast.Name) and part.id in self._listed

    def _has_fixed_host(self, address: ast.expr) -> bool:
        """Return whether an address begins with a host, a path or a name that the program sets itself."""
        text, parts = parts_of(address)
        if text.startswith("?"):
            return len(text) > 1 and not self._is_untrusted(parts[0])
        first = parts[0] if parts else address
        return _FIXED_HOST.match(text) is not None or not self._is_untrusted(first)

    def _is_random(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and _RANDOM.fullmatch(self._qualified(node)) is not None

    def _qualified(self, call: ast.Call) -> str:
        head, dot, rest = dotted(call.func).partition(".")
        return self._aliases.get(head, head) + dot + rest


def _hit(node: ast.stmt | ast.expr, rule: str, description: str, severity: str, confidence: str = "high") -> Hit:
    return Hit(node.lineno - 1, f"rule {rule}", description, severity, confidence)  # type: ignore[arg-type]


def _is_check(node: ast.AST) -> bool:
    """Return whether a node checks a path or an address. After a check, the rest of the function is trusted."""
    if isinstance(node, ast.Compare):
        return isinstance(node.ops[0], ast.In | ast.NotIn)
    return isinstance(node, ast.Call) and _CHECKS.fullmatch(last_name(node)) is not None


def _compared_with_a_list(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node looks up among several: `lang not in LANGUAGES`."""
    if (
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.In | ast.NotIn)
        and isinstance(node.left, ast.Name)
    ):
        yield node.left.id


def _is_route(function: Function) -> bool:
    calls = [decorator for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
    return any("." in dotted(call.func) and _ROUTES.fullmatch(last_name(call)) for call in calls)


def _in_view(owner: ast.Module | Function) -> bool:
    """Return whether a function answers requests: a route, or a function that takes the request, as Django's do."""
    if isinstance(owner, ast.Module):
        return False
    names = [argument.arg for argument in owner.args.args]
    return _is_route(owner) or "request" in names[:2]


def _route_parameters(function: Function) -> set[str]:
    """Return the parameters that a web framework fills with text from an address."""
    routes = [ast.unparse(decorator) for decorator in function.decorator_list] if _is_route(function) else []
    return {
        argument.arg
        for argument in function.args.args
        if routes
        and argument.arg not in ("self", "request")
        and not _SAFE_TYPES.fullmatch(dotted(argument.annotation))
        and not any(re.search(rf"<(?:int|float|uuid):{argument.arg}>", route) for route in routes)
    }


def _page_parameters(function: Function) -> set[str]:
    """Return the parameters that may be text, of a function that is no route."""
    if _is_route(function):
        return set()
    return {
        argument.arg
        for argument in function.args.args
        if argument.arg not in ("self", "cls", "request")
        and not _NUMBERS.fullmatch(argument.arg)
        and not _SAFE_TYPES.fullmatch(dotted(argument.annotation))
    }


def _opens_to_everyone(call: ast.Call, name: str) -> bool:
    """Return whether a call lets everyone write to a file. Bandit's B103 knows os.chmod with a number."""
    if name in ("chmod", "fchmod", "lchmod"):
        modes = [*call.args[-1:], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
        named = any(isinstance(n, ast.expr) and last_name(n) in _FOR_ALL for n in ast.walk(call))
        return named or any(isinstance(m, ast.Constant) and isinstance(m.value, int) and m.value & 2 for m in modes)
    if name == "umask":
        return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
    words = " ".join(n.value for n in ast.walk(call) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return name in _RUNS and _CHMOD_COMMAND.search(words) is not None


def _names_its_type(call: ast.Call) -> bool:
    """Return whether a response says that it is something other than HTML."""
    types = [k.value for k in call.keywords if k.arg in ("content_type", "mimetype", "media_type", "headers")]
    return any("html" not in ast.unparse(value) for value in types)


def _is_path(node: ast.expr) -> bool:
    """Return whether a method belongs to a path: `(ROOT / name).read_text()`, `Path(name).unlink()`."""
    return isinstance(node, ast.BinOp | ast.Name) or (isinstance(node, ast.Call) and last_name(node) == "Path")


def _may_stand_in_sql(part: ast.expr) -> bool:
    """Return whether a part is harmless in SQL: a number, a constant of the module, or a list of placeholders."""
    if isinstance(part, ast.Constant) or (isinstance(part, ast.Call) and last_name(part) in ("int", "float", "len")):
        return True
    name = target_name(part)
    return bool(_CONSTANT.match(name) or _MARKS.search(name)) or "'?'" in ast.unparse(part)
