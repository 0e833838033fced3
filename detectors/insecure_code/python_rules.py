"""Rules for Python that bandit does not have: where untrusted text goes, and how secrets are made and stored.

Untrusted text is what a web framework's `request` or a query string holds, an uploaded file's name, and the
parameters of a route. It is followed through assignments, joining, formatting and methods within one function, and no
further.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from diptych.detectors.insecure_code.bandit_rules import bandit_hits
from diptych.detectors.insecure_code.language_rules import HTML, PASSWORD_WORDS, SECRET_WORDS, SQL, Hit, looks_secret

_REQUEST = re.compile(
    r"args|form|values|json|files|cookies|headers|GET|POST|FILES|COOKIES|query_params|get_json|data|params"
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
_FILE_CALLS = re.compile(r"open|send_file|FileResponse|save|remove|unlink|listdir|rmtree|read_text|read_bytes")
_REDIRECTS = re.compile(r"redirect|HttpResponseRedirect|RedirectResponse")
_TEMPLATES = re.compile(r"render_template_string|Template|from_string")
_FETCHES = re.compile(r"(?:requests|httpx)\.(?:get|post|put|head|request)|(?:urllib\.request\.)?urlopen")
_RANDOM = re.compile(r"random\.(?:choices?|randint|random|sample|randrange|getrandbits)")
_CREDENTIAL = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|secret|secret_?key|api_?key|access_?token|auth_?token|private_?key)$", re.IGNORECASE
)
_CONNECTS = re.compile(r"connect|engine|client|redis|mongo|smtp|login|session|auth", re.IGNORECASE)
_FOR_ALL = ("S_IRWXO", "S_IWOTH")
_CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*$")
_MARKS = re.compile(r"placeholder|question|qmark|\bmarks", re.IGNORECASE)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_hits(tree: ast.Module) -> list[Hit]:
    """Return what bandit and the rules of this module find."""
    scopes = _scopes(tree)
    nodes = [node for _, within in scopes for node in within]
    imports, aliases = _imports(nodes)
    hits = bandit_hits([node for node in nodes if isinstance(node, ast.Call)], imports, aliases)
    for owner, within in scopes:
        hits += _Scope(owner, within, aliases).hits()
    return hits


class _Scope:
    """One function, or the statements outside of any function."""

    def __init__(self, owner: ast.Module | _Function, nodes: Sequence[ast.AST], aliases: dict[str, str]) -> None:
        self._name = "" if isinstance(owner, ast.Module) else owner.name
        self._nodes = nodes
        self._aliases = aliases
        self._untrusted = set() if isinstance(owner, ast.Module) else _route_parameters(owner)
        self._checked = any(map(_is_check, nodes))

    def hits(self) -> Iterator[Hit]:
        for node in self._nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from self._assignment(node, targets, node.value)
            elif isinstance(node, ast.Call):
                yield from self._call(node)
            if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
                yield from self._built_string(node)

    def _assignment(self, node: ast.stmt, targets: Sequence[ast.expr], value: ast.expr) -> Iterator[Hit]:
        for target in targets:
            name = _target_name(target)
            if isinstance(target, ast.Name):
                (self._untrusted.add if self._is_untrusted(value) else self._untrusted.discard)(name)
            if _CREDENTIAL.search(name) and self._holds_secret(value, name):
                yield _hit(node, "hard-coded-secret", "password or key written in the code", "medium", "medium")
            if isinstance(target, ast.Attribute) and (
                (name in ("verify", "check_hostname") and _is_false(value))
                or (name == "verify_mode" and _last_name(value) == "CERT_NONE")
            ):
                yield _hit(node, "no-tls-check", "certificates not checked", "high")
            if SECRET_WORDS.search(name) and any(self._is_random(n) for n in ast.walk(value)):
                yield _hit(node, "guessable-secret", "secret from a generator that can be guessed", "medium", "medium")

    def _call(self, call: ast.Call) -> Iterator[Hit]:
        name, qualified = _last_name(call), self._qualified(call)
        first = call.args[0] if call.args else None
        for keyword in call.keywords:
            yield from self._keyword(call, name, keyword.arg or "", keyword.value)
        if self._is_random(call) and SECRET_WORDS.search(self._name):
            yield _hit(call, "guessable-secret", "secret from a generator that can be guessed", "medium", "medium")
        if name in ("md5", "sha1") and (PASSWORD_WORDS.search(self._name) or PASSWORD_WORDS.search(ast.unparse(call))):
            yield _hit(call, "weak-hash", "fast hash of a password", "medium")
        if name == "create_subprocess_shell" and not isinstance(first, ast.Constant):
            yield _hit(call, "shell", "command run by a shell", "high")
        if name == "chmod" and any(isinstance(n, ast.expr) and _last_name(n) in _FOR_ALL for n in ast.walk(call)):
            yield _hit(call, "open-permissions", "file made accessible to everyone", "high")
        if first is None or not self._is_untrusted(first):
            return
        if _TEMPLATES.fullmatch(name):
            yield _hit(call, "template-injection", "template made of text from a request", "high")
        if self._checked:
            return
        if _FILE_CALLS.fullmatch(name):
            yield _hit(call, "path-traversal", "path taken from a request", "high", "medium")
        if _REDIRECTS.fullmatch(name) and not _begins_constant(first):
            yield _hit(call, "open-redirect", "redirect to an address from a request", "medium", "medium")
        if _FETCHES.fullmatch(qualified) and not _begins_constant(first):
            yield _hit(call, "request-forgery", "address to fetch taken from a request", "medium", "medium")

    def _keyword(self, call: ast.Call, name: str, given: str, value: ast.expr) -> Iterator[Hit]:
        if given in ("verify", "verify_ssl", "ssl") and _is_false(value) and name != "decode":
            yield _hit(call, "no-tls-check", "certificates not checked", "high")
        if given == "cert_reqs" and "CERT_NONE" in ast.unparse(value):
            yield _hit(call, "no-tls-check", "certificates not checked", "high")
        if name == "decode" and "'verify_signature': False" in ast.unparse(value):
            yield _hit(call, "unchecked-token", "token whose signature is not checked", "high")
        if given == "resolve_entities" and isinstance(value, ast.Constant) and value.value is True:
            yield _hit(call, "xml-entities", "XML whose entities are resolved", "medium")
        if _CREDENTIAL.search(given) and _CONNECTS.search(name) and self._holds_secret(value, given):
            yield _hit(call, "hard-coded-secret", "password or key written in the code", "medium", "medium")

    def _built_string(self, node: ast.expr) -> Iterator[Hit]:
        """Check a string that is put together from parts."""
        text, parts = _parts(node)
        if not parts:
            return
        if SQL.match(text) and any(not _may_stand_in_sql(part) for part in parts):
            yield _hit(node, "sql", "query built from strings", "medium", "medium")
        if HTML.search(text) and any(self._is_untrusted(part) for part in parts):
            yield _hit(node, "html", "text from a request in HTML, unescaped", "medium", "medium")

    def _is_untrusted(self, node: ast.AST) -> bool:
        """Return whether an expression contains untrusted text."""
        match node:
            case ast.Name(id=name):
                return name in self._untrusted
            case ast.Attribute(value=ast.Name(id="request"), attr=attribute) if _REQUEST.fullmatch(attribute):
                return True
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr="request"), attr=attribute):
                return _REQUEST.fullmatch(attribute) is not None
            case ast.Attribute(attr="filename"):
                return True
            case ast.Call():
                if _SANITIZERS.fullmatch(_last_name(node)):
                    return False
                receiver = isinstance(node.func, ast.Attribute) and self._is_untrusted(node.func.value)
                carried = _PROPAGATORS.fullmatch(_last_name(node)) and any(self._is_untrusted(arg) for arg in node.args)
                return receiver or bool(carried) or _last_name(node) == "parse_qs"
            case ast.Compare() | ast.Lambda():
                return False
            case ast.IfExp(body=body, orelse=orelse):
                return self._is_untrusted(body) or self._is_untrusted(orelse)
        return any(self._is_untrusted(child) for child in ast.iter_child_nodes(node))

    def _holds_secret(self, value: ast.expr, name: str) -> bool:
        """Return whether a value may be a real secret. Passwords in tests are made up."""
        text = value.value if isinstance(value, ast.Constant) else None
        return isinstance(text, str) and looks_secret(text, name) and not self._name.startswith("test")

    def _is_random(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and _RANDOM.fullmatch(self._qualified(node)) is not None

    def _qualified(self, call: ast.Call) -> str:
        head, dot, rest = _dotted(call.func).partition(".")
        return self._aliases.get(head, head) + dot + rest


def _hit(node: ast.stmt | ast.expr, rule: str, description: str, severity: str, confidence: str = "high") -> Hit:
    return Hit(node.lineno - 1, f"rule {rule}", description, severity, confidence)  # type: ignore[arg-type]


def _scopes(tree: ast.Module) -> list[tuple[ast.Module | _Function, list[ast.AST]]]:
    """The module and each function with its own nodes, in the order of the text. Nested functions are separate."""
    scopes: list[tuple[ast.Module | _Function, list[ast.AST]]] = []

    def gather(node: ast.AST, within: list[ast.AST]) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            for child in value if isinstance(value, list) else (value,):
                if not isinstance(child, ast.AST) or isinstance(child, ast.expr_context):
                    continue
                child._bandit_parent = node  # type: ignore[attr-defined]  # Some of bandit's tests look there.
                if isinstance(child, _Function):
                    enter(child)
                else:
                    within.append(child)
                    gather(child, within)

    def enter(owner: ast.Module | _Function) -> None:
        within: list[ast.AST] = []
        scopes.append((owner, within))
        gather(owner, within)

    enter(tree)
    return scopes


def _imports(nodes: Sequence[ast.AST]) -> tuple[set[str], dict[str, str]]:
    """Return the imported names, and the aliases of imported names."""
    imports, aliases = set(), {}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            origin = f"{node.module}." if isinstance(node, ast.ImportFrom) and node.module else ""
            for alias in node.names:
                imports.add(origin + alias.name)
                if origin or alias.asname:
                    aliases[alias.asname or alias.name] = origin + alias.name
    return imports, aliases


def _is_check(node: ast.AST) -> bool:
    """Return whether a node checks a path or an address. After a check, the rest of the function is trusted."""
    if isinstance(node, ast.Compare):
        return isinstance(node.ops[0], ast.In | ast.NotIn)
    return isinstance(node, ast.Call) and _CHECKS.fullmatch(_last_name(node)) is not None


def _route_parameters(function: _Function) -> set[str]:
    """Return the parameters that a web framework fills with text from an address."""
    calls = [decorator for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
    routes = [ast.unparse(call) for call in calls if "." in _dotted(call.func) and _ROUTES.fullmatch(_last_name(call))]
    return {
        argument.arg
        for argument in function.args.args
        if routes
        and argument.arg not in ("self", "request")
        and not _SAFE_TYPES.fullmatch(_dotted(argument.annotation))
        and not any(re.search(rf"<(?:int|float|uuid):{argument.arg}>", route) for route in routes)
    }


def _parts(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """Return the constant text of a string that is put together ("?" for the rest), and its other parts."""
    match node:
        case ast.JoinedStr(values=values):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "?" for v in values)
            return text, [v.value for v in values if isinstance(v, ast.FormattedValue)]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            text, parts = _parts(left)
            more, others = _parts(right)
            return text + more, parts + others
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
            return text, list(right.elts) if isinstance(right, ast.Tuple) else [right]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"), args=args):
            return text, [*args, *(keyword.value for keyword in node.keywords)]
        case ast.Constant(value=str(text)):
            return text, []
    return "?", [node]


def _may_stand_in_sql(part: ast.expr) -> bool:
    """Return whether a part is harmless in SQL: a number, a constant of the module, or a list of placeholders."""
    if isinstance(part, ast.Constant) or (isinstance(part, ast.Call) and _last_name(part) in ("int", "float", "len")):
        return True
    name = _target_name(part)
    return bool(_CONSTANT.match(name) or _MARKS.search(name)) or "'?'" in ast.unparse(part)


def _begins_constant(node: ast.expr) -> bool:
    """Return whether an address begins with constant text."""
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    return isinstance(node, ast.Constant)


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _target_name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        return str(target.slice.value) if isinstance(target.slice, ast.Constant) else ""
    return _dotted(target).rpartition(".")[2]


def _last_name(node: ast.expr) -> str:
    return _dotted(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


def _dotted(node: ast.AST | None) -> str:
    """A dotted name; "" if the node is not a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""
