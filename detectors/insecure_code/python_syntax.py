"""Reads Python's syntax tree: scopes, imports, names, and strings that are put together."""

import ast
from collections.abc import Mapping, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef


def scopes_of(tree: ast.Module) -> list[tuple[ast.Module | Function, list[ast.AST]]]:
    """The module and each function with its own nodes, in the order of the text. Nested functions are separate."""
    scopes: list[tuple[ast.Module | Function, list[ast.AST]]] = []

    def gather(node: ast.AST, within: list[ast.AST]) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            for child in value if isinstance(value, list) else (value,):
                if not isinstance(child, ast.AST) or isinstance(child, ast.expr_context):
                    continue
                child._bandit_parent = node  # type: ignore[attr-defined]  # Some of bandit's tests look there.
                if isinstance(child, Function):
                    enter(child)
                else:
                    within.append(child)
                    gather(child, within)

    def enter(owner: ast.Module | Function) -> None:
        within: list[ast.AST] = []
        scopes.append((owner, within))
        gather(owner, within)

    enter(tree)
    return scopes


def imports_of(nodes: Sequence[ast.AST]) -> tuple[set[str], dict[str, str]]:
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


def parts_of(node: ast.expr, constants: Mapping[str, str] | None = None) -> tuple[str, list[ast.expr]]:
    """Return the constant text of a string that is put together ("?" for the rest), and its other parts.

    `constants`: the text of names, for a string that fills one in: `PAGE.format(name)`, `QUERY % name`.
    """
    match node:
        case ast.BinOp(op=ast.Mod(), left=ast.Name(id=name), right=right) if constants and name in constants:
            return constants[name], list(right.elts) if isinstance(right, ast.Tuple) else [right]
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="format")) if constants and name in constants:
            return constants[name], [*node.args, *(keyword.value for keyword in node.keywords)]
        case ast.JoinedStr(values=values):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "?" for v in values)
            return text, [v.value for v in values if isinstance(v, ast.FormattedValue) and not _is_number(v)]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            text, parts = parts_of(left)
            more, others = parts_of(right)
            return text + more, parts + others
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
            return text, list(right.elts) if isinstance(right, ast.Tuple) else [right]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"), args=args):
            return text, [*args, *(keyword.value for keyword in node.keywords)]
        case ast.Constant(value=str(text)):
            return text, []
    return "?", [node]


def _is_number(value: ast.FormattedValue) -> bool:
    """Return whether a part of an f-string is formatted as a number: `{price:.2f}`."""
    spec = value.format_spec
    last = spec.values[-1] if isinstance(spec, ast.JoinedStr) and spec.values else None
    return isinstance(last, ast.Constant) and str(last.value)[-1:] in tuple("bdeEfFgGnoxX%")


def is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def target_name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        return str(target.slice.value) if isinstance(target.slice, ast.Constant) else ""
    return dotted(target).rpartition(".")[2]


def last_name(node: ast.expr) -> str:
    return dotted(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


def dotted(node: ast.AST | None) -> str:
    """A dotted name; "" if the node is not a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def string_constants(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """Return the text of each name that is a constant string. A name that gets several has them all."""
    texts: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for target in node.targets:
                name = target_name(target)
                texts[name] = texts.get(name, "") + node.value.value
    return texts
