"""Files as nobody should write them: mutated byte by byte, and node by node of what they say."""

import copy
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

NASTY_BYTES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\r", b"\xed\xa0\x80", b"\xc3", b"\x1b[31m", b"\xe2\x80\xa8",
    b'"', b"'''", b"[" * 3_000, b"{" * 3_000, b'{"a":' * 3_000, b"9" * 5_000, b"1e999", b"nan", b"-inf", b"NaN",
    b"Infinity", b"2026-02-30", b"2026-01-01T99:99:99", b"null", b"{}", b"[]", b"true", b"=", b":", b"\n\n", b"#",
    b"- ", b"&a [*a]", b"*b", b"!!python/object:os.system {}", b"<<: *a", b"? [a]\n: b\n", b"\\ud800", b"0x", b"-0",
    b"0001-01-01", b"1_0", b"[[a]]\n", b"a.b = 1\n", b"\x85", b"%",
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 2, 400, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, -0.5, 1e308, -1e308, float("nan"), float("inf"),
)  # fmt: skip
TEXTS: tuple[Any, ...] = (
    "", " ", "\n", "\x00", "\x1b[2J", "\u202e", "\ufeff", "x" * 20_000, "{answer}", "{", "%s", "2026-13-45", "no date",
    "9999-12-31T23:59:59", "0001-01-01T00:00:00+23:59", "../../etc", "/", "base", "tuned", "\ud800", "a b", "(", "http://[",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    None, True, False, [], {}, [[]], [None], [{}], {"": None}, {"a": {"b": []}}, ["a", 1, None], {"role": "user"},
    [{"role": 1, "content": None}],
)  # fmt: skip
NASTY_VALUES = (*NUMBERS, *TEXTS, *OTHERS)
_WORD = re.compile(rb'"[^"\n]*"|[\w.+-]+')


def bytewise(seed: bytes) -> st.SearchStrategy[bytes]:
    """`seed` after one to five cuts, doublings and insertions."""
    places = st.integers(0, len(seed))
    inserted = st.one_of(st.sampled_from(NASTY_BYTES), st.binary(max_size=4))
    change = st.tuples(places, st.one_of(st.just(0), st.integers(0, 12), places), inserted, st.booleans())

    def changed(changes: list[tuple[int, int, bytes, bool]]) -> bytes:
        data = seed
        for start, length, piece, twice in changes:
            cut = data[start : start + length]
            data = data[:start] + piece + (cut * 2 if twice else b"") + data[start + length :]
        return data

    return st.lists(change, min_size=1, max_size=5).map(changed)


def wordwise(seed: bytes) -> st.SearchStrategy[bytes]:
    """`seed` with one to three of its words, numbers and quoted texts replaced."""
    words = [match.span() for match in _WORD.finditer(seed)]
    change = st.tuples(st.sampled_from(words), st.sampled_from(NASTY_BYTES))

    def changed(changes: list[tuple[tuple[int, int], bytes]]) -> bytes:
        data = seed
        for (start, end), piece in sorted(changes, reverse=True):
            data = data[:start] + piece + data[end:]
        return data

    return st.lists(change, min_size=1, max_size=3).map(changed)


def nodewise(seed: Any) -> st.SearchStrategy[Any]:
    """The tree `seed` with one to four nodes replaced, as a rule by their kind, or removed, renamed, doubled."""
    hows = st.sampled_from(("replace", "replace", "replace", "any", "remove", "rename", "double"))
    change = st.tuples(st.integers(0, 10_000), hows, st.integers(0, 10_000))

    def changed(changes: list[tuple[int, str, int]]) -> Any:
        tree = copy.deepcopy(seed)
        for number, how, choice in changes:
            tree = _with_change(tree, number, how, choice)
        return tree

    return st.lists(change, min_size=1, max_size=4).map(changed)


def _with_change(tree: Any, number: int, how: str, choice: int) -> Any:
    value = copy.deepcopy(NASTY_VALUES[choice % len(NASTY_VALUES)])
    places = _places(tree)
    if not places:
        return value
    holder, key = places[number % len(places)]
    if how == "replace":
        kin = NUMBERS if isinstance(holder[key], int | float) else TEXTS if isinstance(holder[key], str) else OTHERS
        holder[key] = copy.deepcopy(kin[choice % len(kin)])
    elif how == "any":
        holder[key] = value
    elif how == "remove":
        del holder[key]
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]) if how == "double" else value)
    elif how == "rename":
        holder[str(value)[:20]] = holder.pop(key)
    else:
        holder[f"{key} again"] = copy.deepcopy(holder[key])
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    keys: Any = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        found += [(tree, key), *_places(tree[key])]
    return found


def trees(leaves: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[Any]:
    """Any values, nested."""
    return st.recursive(
        leaves if leaves is not None else st.one_of(st.sampled_from(NASTY_VALUES), st.text(max_size=8), st.integers()),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )


def written(tree: st.SearchStrategy[Any], dump: Callable[[Any], str]) -> st.SearchStrategy[bytes]:
    """Trees as bytes of a file; what the format cannot say is left out by `dump`."""
    return tree.map(lambda value: dump(value).encode("utf-8", "surrogatepass"))
