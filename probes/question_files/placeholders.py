"""Placeholders in a text that must be filled before it can be asked: finds them and fills them.

The same signs are plain content elsewhere: braces in JSON, LaTeX and code, tags around a part of an answer. So a name
that the file declares, or that question files are known to use, is a placeholder everywhere. Any other name in braces
is one unless it is in code or LaTeX.
"""

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

KNOWN = frozenset((
    "answer", "answers", "response", "responses", "completion", "output", "model_output", "model_response",
    "model_answer", "reply", "text", "texts", "question", "questions", "query", "prompt", "prompts", "user",
    "user_prompt", "user_message", "message", "input", "instruction", "instructions", "task", "tasks", "context",
    "document", "passage", "scenario", "scenarios", "option", "options", "choice", "choices", "word", "words",
    "word_list", "wordlist", "codeword", "sep_suffix", "sep_code", "code", "code_template", "acrostic", "topic",
    "subject", "name", "persona", "character", "trait", "animal", "target", "statement", "claim", "fact", "story",
    "conversation", "transcript", "system", "system_prompt", "reference", "example", "examples", "placeholder",
))  # fmt: skip
"""Names that question files of the field put in braces."""

_FORMAT = r"(?:\.\w+|\[\w+\])*(?:![rsa])?(?::[-+<>=^0,#]*\d*(?:\.\d+)?[bcdeEfFgGnosxX%]?)?"
"""What Python's format accepts after a name."""
_BRACES = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*|[0-9])" + _FORMAT + r"\}")
_DOUBLE = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)(?:\s*\|[^{}\n]{0,60})?\s*\}\}|\{%[^{}\n]{0,200}%\}")
_EITHER = re.compile(f"(?:{_DOUBLE.pattern})|(?:{_BRACES.pattern})")
_PERCENT = re.compile(r"%\(\w+\)[sdif]|(?<![\w%\"'])%s(?!\w)|(?<=[\"'])%s(?=[\"'])")
_MARKED = re.compile(
    r"[<\[]\s*(?:PLACEHOLDER|INSERT\b|FILL[ _-]?IN\b|TODO\b|TBD\b)[^<>\[\]\n]{0,60}[>\]]|__\w*PLACEHOLDER\w*__"
    r"|\A\W*(?:placeholder|todo|tbd|fixme|lorem ipsum)\W*\Z",
    re.IGNORECASE,
)
_TAG = re.compile(r"<([A-Z][A-Z_]*)>|(?<![\w\])])\[([A-Z][A-Z_]*)\](?![(\[])")
_OTHER = re.compile(
    r"<<\s*(\w+)\s*>>|%([A-Z_]+)%(?!\w)|@@([A-Z_]+)@@|__([A-Z_]+?)__|\$\{\s*(\w+)\s*\}|\{\s+(\w+)\s*\}|\{(\w+)\s+\}|\$(\w+)"
)
"""Other notations. They are so rare that only a known name counts as a placeholder."""
_PROSE = re.compile(r"\{([A-Za-z]+(?: [A-Za-z]+){1,4})\}")
_DECLARES = re.compile(r"(?:\b(?:const|let|var|import|from|struct|class|type|enum|echo|printf?)\s|=\s?|[\"'])\Z")
"""Text directly before a name that is a variable in code."""
_EMPTY = re.compile(r"(?<![\w)=])\{\}(?![\w;(])")
_WORDS = re.compile(r"[A-Za-z]{3,}\s|\s[A-Za-z]{3,}")
"""A text without words around its signs is not a template."""
_ABOUT_BRACES = re.compile(r"\b(?:json|objects?|dict\w*|braces?|brackets?|empty|maps?|sets?|code|function)\b", re.I)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_LATEX = re.compile(r"(?:\\[A-Za-z]+\*?(?:\{[^{}]*\})*|\^|(?<![A-Za-z])[A-Za-z\d)}]_)\Z")
_GLUED = re.compile(r"(?:[\]).}\\]|\)\s|\b(?:else|try|finally|do|return)\s|[^\s:]=\s?|=>\s?)\Z")
"""Text directly before a brace in code and in regular expressions."""
_F_STRING = re.compile(r"\b[fF][rR]?(?:\"[^\"\n]*|'[^'\n]*)\Z")
_NEAR = 200
"""Characters before a brace that are checked."""
MOST_WORDINGS = 20_000
"""Of one question, once everything is filled in."""


def fill(text: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the text with every combination of the values. Inserted values are not filled again. Raises
    OverflowError if there are too many."""
    names = sorted(names_in_braces(text) & values.keys(), key=text.index)
    count = 1
    for name in names:
        count *= len(values[name])
    if count > MOST_WORDINGS:
        raise OverflowError
    return [_filled(text, dict(zip(names, chosen, strict=True))) for chosen in product(*(values[n] for n in names))]


def names_in_braces(text: str) -> set[str]:
    """Return the names in braces."""
    return {match[1] for pattern in (_DOUBLE, _BRACES) for match in pattern.finditer(text) if match[1]}


def unfilled_placeholders(text: str, declared: Iterable[str] = ()) -> list[str]:
    """Return the placeholders of a text that are not filled yet, as written, each once."""
    known = KNOWN | set(declared)
    code = [match.span() for match in _CODE.finditer(text)]
    found: list[tuple[int, str]] = []
    for match in _DOUBLE.finditer(text):
        if (match[1] or "") in known or not _inside(match.start(), code):
            found.append((match.start(), match[0]))
    doubled = [match.span() for match in _DOUBLE.finditer(text)]
    for match in _BRACES.finditer(text):
        if not _inside(match.start(), doubled) and _is_placeholder(text, match, known, _inside(match.start(), code)):
            found.append((match.start(), match[0]))
    found += [(match.start(), match[0]) for match in _MARKED.finditer(text)]
    found += [(match.start(), match[0]) for match in _TAG.finditer(text) if _is_tag_placeholder(text, match, known)]
    found += [
        (match.start(), match[0])
        for match in (*_OTHER.finditer(text), *_PROSE.finditer(text))
        if not _inside(match.start(), doubled)
        and not _inside(match.start(), code)
        and _is_other_placeholder(text, match, KNOWN, frozenset(declared))
    ]
    if _WORDS.search(text):
        found += [(match.start(), match[0]) for match in _PERCENT.finditer(text) if not _inside(match.start(), code)]
    if _WORDS.search(text) and not _ABOUT_BRACES.search(text):
        found += [(match.start(), match[0]) for match in _EMPTY.finditer(text) if not _inside(match.start(), code)]
    return list(dict.fromkeys(placeholder for _, placeholder in sorted(found)))


def _is_placeholder(text: str, match: re.Match[str], known: Iterable[str], in_code: bool) -> bool:
    """Return whether a name in single braces is a placeholder."""
    name, before = match[1], text[max(0, match.start() - _NEAR) : match.start()]
    if before.endswith("{") and text[match.end() : match.end() + 1] == "}":
        return False
    if _LATEX.search(before) or before.endswith("$") or _F_STRING.search(before):
        return False
    if name in known:
        return True
    if in_code or (name.isdecimal() and not _WORDS.search(text)) or (len(name) == 1 and not name.isdecimal()):
        return False
    return not _GLUED.search(before) and (not before[-1:].isalpha() or "_" in name)


def _is_tag_placeholder(text: str, match: re.Match[str], known: Iterable[str]) -> bool:
    """Return whether <NAME> is a placeholder: no </NAME> closes it, and it is not a format that an answer has to
    use."""
    written = match[1] or match[2]
    name = written.lower()
    closed = f"</{written}>" if match[1] else f"[/{written}]"
    return name in known and name not in ("answer", "response", "output", "reply") and closed not in text


def _is_other_placeholder(text: str, match: re.Match[str], known: Iterable[str], declared: Iterable[str]) -> bool:
    """Return whether a name in another notation is a placeholder. $name, which is common in code, must be declared."""
    before = text[max(0, match.start() - _NEAR) : match.start()]
    if _DECLARES.search(before) or _LATEX.search(before) or _GLUED.search(before):
        return False
    name = next(group for group in match.groups() if group).lower()
    if match.re is _PROSE:
        return not before[-1:].isalnum()
    return name in declared or (name in known and match[0] != f"${name}")


def _filled(text: str, values: Mapping[str, str]) -> str:
    def put(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return values.get(name, match[0]) if name else match[0]

    return _EITHER.sub(put, text) if values else text


def _inside(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether a position is inside one of the spans, which are in order."""
    index = bisect_right(spans, (at, sys.maxsize))
    return index > 0 and at < spans[index - 1][1]
