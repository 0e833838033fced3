"""Splits a text into words, and into runs of five words."""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import sub

GRAM = 5
"""Words of a run."""

_NO_BLANKS = "[぀-ヿ㐀-鿿]"
"""Kana and Han are written without blanks: each character is a word."""
_WORD = rf"{_NO_BLANKS}(?<=[^\W_])|(?:(?!{_NO_BLANKS})[^\W_])+"
"""Not compiled at import, because that takes a hundredth of the time to the first screen."""


class _Letters(dict[int, str]):
    """Maps each character to what it becomes when words are read. Each character is computed once."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if not letter.isalnum():
            plain = " "
        elif "\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff":
            plain = f" {letter} "
        else:
            plain = letter.lower()
        self[code] = plain
        return plain


_LETTERS = _Letters()


_ASCII = bytes(ord(_LETTERS[code]) for code in range(128)).ljust(256)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case. An apostrophe separates words."""
    if text.isascii():
        return text.encode().translate(_ASCII).decode().split()
    return text.translate(_LETTERS).split()


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the characters start to end (exclusive) of each word. Slower than words_of, so it is used only where
    needed."""
    return (match.span() for match in re.finditer(_WORD, text))


def grams(words: Iterable[int]) -> Iterator[int]:
    """Yield each GRAM words in a row as one number: the sum of their numbers, which must be random and from a wide
    range.

    The order of the words is lost. A sum is several times as fast as anything that keeps the order.
    """
    sums = list(accumulate(words, initial=0))
    return map(sub, sums[GRAM:], sums)


STOP_WORDS = frozenset(
    words_of("""
    a about after again all also am an and any are as at be because been before being but by can cannot could d did
    didn do does doesn doing don down each else even ever every few for from further get gets go got had has have having
    he her here hers him his how however i if in into is isn it its itself just let like ll m made make makes many may
    me might more most much must my myself no nor not now of off on once one only or other our out over own re s same
    shall she should so some such t than that the their them then there these they thing things this those through to
    too two under until up upon us use ve very was wasn way we were what when where which while who whom whose why will
    with within without would yes yet you your yours

    aber als also am an auch auf aus bei bis da das dass dem den der des die dies diese dieser doch du durch ein eine
    einem einen einer er es für hat haben ich ihr im in ist ja kann man mehr mein mich mir mit nach nicht noch nur oder
    sehr sein sich sie sind so um und uns vom von vor war was wenn wer wie wir wird zu zum zur über

    au aux avec c ce ces cette comme d dans de des du elle en est et il ils j je l la le les leur lui mais me mes mon
    même n ne nous on ou où par pas plus pour qu que qui s sa sans se ses si son sont sur ta te tu un une vous

    的 了 是 在 我 你 他 她 它 们 和 有 不 这 那 个 一 也 就 都 要 会
    """)
)
"""English, German, French and Chinese words that say nothing about the subject of a text."""
