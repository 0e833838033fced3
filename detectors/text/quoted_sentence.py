"""The sentence that a question quotes: whether an answer quotes, asserts or denies it."""

import re
from collections.abc import Sequence
from typing import Literal

YesNo = Literal["yes", "no"]
_LEAST_WORDS = 3
"""Words of a quotation from which on it is a sentence."""
MENTION = "\ufffc"
"""What a quotation is replaced by, once for each character: its words are not the answer's own."""

_CONTRACTIONS = tuple(
    (re.compile(short), full)
    for short, full in (
        (r"\b(?:can't|cannot)\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"n't\b", " not"),
        (r"\bdont\b", "do not"),
        (r"\b(it|that|this|what|here)'s\b", r"\1 is"),
        (r"'m\b", " am"),
        (r"'d\b", " would"),
        (r"'ll\b", " will"),
    )
)
_QUOTED = re.compile(r"\"([^\"]*)(?:\"|$)|“([^”]*)(?:”|$)|(?<!\w)['‘](?=\w)((?:[^'’]|['’](?=\w)){0,400})['’](?!\w)")
_REPLY = re.compile(r"\W*(?:yes|no|yeah|nope|true|false)\W*", re.IGNORECASE)
_OF_IT = (
    r"(?=\W{0,3}\s(?:is|isn['’]t|does|doesn['’]t|do|would|wouldn['’]t|describes|fits|applies|sounds|seems|holds)\b)"
)
"""What follows a sentence that is spoken of without quotation marks."""
_WORD = re.compile(rf"{MENTION}+|[^\W_]+")
_NEGATIONS = frozenset(("not", "never"))
_DROPPED = re.compile(r"not|never|do|does|did|to|an?|any|the|really|definitely|certainly|absolutely|truly|actually")
_ENDING = re.compile(r"(?<=\w\w)(?:ing|es|s|e)$")


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, with contractions in full; a quotation is one word."""
    text = text.lower().replace("’", "'")
    if "'" in text or "cannot" in text or "dont" in text:
        for short, full in _CONTRACTIONS:
            text = short.sub(full, text)
    return [MENTION if word.startswith(MENTION) else word for word in _WORD.findall(text)]


class QuotedSentence:
    """The one sentence in quotation marks of a prompt, if there is one."""

    def __init__(self, prompt: str) -> None:
        quotations = ["".join(match.groups("")) for match in _QUOTED.finditer(prompt)]
        sentences = [quotation for quotation in quotations if len(words_of(quotation)) >= _LEAST_WORDS]
        sentence = sentences[0] if len(sentences) == 1 else ""
        self._words = words_of(sentence)
        self._stems, negations = _stems(self._words)
        self.negative = negations > 0
        unquoted = r"\s+".join(map(re.escape, sentence.split())).removesuffix(r"\.")
        self._named = re.compile(
            rf"(?<=sentence\s){unquoted}|(?<=statement\s){unquoted}|{unquoted}{_OF_IT}", re.IGNORECASE
        )

    def masked(self, text: str) -> str:
        """The text with a sign in place of each character that it quotes. A quoted yes or no loses its marks only."""

        def mask(match: re.Match[str]) -> str:
            inner = "".join(match.groups(""))
            alone = not text[: match.start()].strip() and not text[match.end() :].strip(" .")
            if _REPLY.fullmatch(inner) or (alone and words_of(inner) != self._words):
                return f" {inner} ".ljust(len(match[0]))[: len(match[0])]
            return MENTION * len(match[0])

        text = _QUOTED.sub(mask, text)
        return self._named.sub(lambda match: MENTION * len(match[0]), text) if self._words else text

    def asserted(self, words: Sequence[str]) -> YesNo | None:
        """Whether words assert the sentence, or its negation; None for anything else."""
        if not self._words or len(words) > 2 * len(self._words):
            return None
        stems, negations = _stems(words)
        if stems != self._stems or negations > 1:
            return None
        return "yes" if (negations > 0) == self.negative else "no"


def _stems(words: Sequence[str]) -> tuple[list[str], int]:
    """The words without endings and negations, and how many negations there are."""
    stems = [_ENDING.sub("", word) for word in words if not _DROPPED.fullmatch(word)]
    return stems, sum(word in _NEGATIONS for word in words)
