"""Finds code in an answer: fenced blocks, or an answer that is code without a fence."""

import ast
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from diptych.detectors.detector import Span

LONGEST_LINE = 2_000
"""Characters of a line that are read to classify it."""

_FENCE = re.compile(r"([ \t]*)(`{3,}(?=[^`]*$)|~{3,})[ \t]*([\w+#.-]*)")
_LANGUAGES = {
    "python": "python py python3 py3 python2 ipython",
    "javascript": "javascript js jsx mjs node typescript ts tsx html vue svelte",
    "php": "php php7 php8",
    "ruby": "ruby rb erb rails",
    "java": "java kotlin kt scala groovy",
    "csharp": "csharp c# cs",
    "c": "c cpp c++ cc h hpp objective-c",
    "go": "go golang",
    "shell": "shell sh bash zsh console terminal shell-session dockerfile",
    "sql": "sql mysql postgresql postgres sqlite tsql plsql",
    "rust": "rust rs",
}
_BY_TAG = {tag: language for language, tags in _LANGUAGES.items() for tag in tags.split()}
_GUESSED = frozenset({"", "code", "text", "txt", "plaintext"})
"""Tags that do not name a language. Any other tag that is not in _BY_TAG marks data or markup."""

_SIGNS = {
    "php": r"<\?php|^\s*\$\w+(?:->\w+|\[[^]]*\])*\s*=[^=].*;\s*$",
    "javascript": r"<!DOCTYPE|<(?:html|script|div)\b|^\s*(?:const|let|var)\s+[\w{[].*="
    r"|\bfunction\s*\w*\(|=>|console\.log\(",
    "c": r"^\s*#\s*include\b|^\s*(?:int|void|char)\s+\*?\w+\([^)]*\)\s*\{?\s*$|\bstd::",
    "go": r"^\s*package\s+\w+\s*$|^\s*func\s.*\{\s*$|\s:=\s",
    "java": r"^\s*(?:public|private|protected)\s.*[{;]\s*$|^\s*import\s+[\w.]+(?:\.\*)?;|System\.out\.",
    "ruby": r"^\s*end\s*$|^\s*require\s+['\"]|^\s*puts\s|\bdo\s+\|\w+",
    "shell": r"^#!.*sh\b|^\s*(?:sudo|apt|curl|chmod|export|echo|cd|fi|done|esac|pip|npm|git)\b(?!\s*[=(.])",
    "sql": r"^\s*(?:SELECT\b|INSERT INTO|UPDATE\s+\w+\s+SET|DELETE FROM|CREATE (?:TABLE|PROCEDURE|VIEW)|FROM\s+\w+)",
    "python": r"^\s*(?:(?:async\s+)?def\s+\w+|class\s+\w+.*:|import\s+\w|from\s+[\w.]+\s+import\b|@\w)",
}
_BY_SIGN = {language: re.compile(sign) for language, sign in _SIGNS.items()}
_LINE_OF_CODE = re.compile(
    r"""
    \s*(?:
      (?:import|from|package|using|require|include|def|class|func|function|return|const|let|var|public|private|static|end
        |async|await|try|else|elif|finally|except|pass|raise|export|namespace|SELECT|INSERT|UPDATE|DELETE|CREATE|FROM|WHERE)
        \b (?=.*[(){}\[\]=:;'"$*] | \s*$ | \s+[\w.]+\s*$ | \s+[\w.*]+\s+(?:import|as|from)\b)
    | (?:if|for|while|with|switch|catch)\b .* [:{)]\s*$
    | [@$<]\w | \#\s*(?:include|define|ifdef|endif)\b | \#!/ | <\?php | [\]})]+[;,]?\s*(?:else.*\{)?\s*$
    | [\w.$>\[\]"'-]+ \s* (?::\s*[\w\[\], |]+\s*)? (?:[-+*/|]|:)?=(?!=) \s*\S
    | [\w.>:-]+ \([^)]* (?:$|.*[)({\[;,]\s*$)
    | .*[)\]}"'\w]\s*;\s*$ (?<=[)\]}"'];)
    )
    """,
    re.VERBOSE,
)
_COMMENT = re.compile(r"\s*(?:#|//|/?\*|--\s|\"\"\")")
_STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AugAssign,
)


@dataclass(frozen=True)
class CodeBlock:
    """Lines of code in an answer."""

    language: str
    starts: tuple[int, ...]
    """Where each line starts in the answer; negative for lines of the prefix."""
    lines: tuple[str, ...]
    """Without the indentation of the fence."""
    number: int
    """The number of its first line in the answer, from 1; less for lines of the prefix."""
    closed: bool
    """False if no fence closes it: the end of the answer may have cut it."""

    @property
    def code(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    def span(self, index: int) -> Span | None:
        """The characters of a line without surrounding white space; None if they all belong to the prefix."""
        line = self.lines[index]
        start = self.starts[index] + len(line) - len(line.lstrip())
        end = self.starts[index] + len(line.rstrip())
        return Span(max(0, start), end) if end > max(0, start) else None


class CodeReader:
    """Reads an answer in pieces and returns each block when its fence closes."""

    def __init__(self, prefix: str = "") -> None:
        self._rest = ""
        self._starts: list[int] = []
        self._lines: list[str] = []
        self._next = -len(prefix)
        self._prefix_lines = prefix.count("\n")
        self._fence = ""
        self._tag = ""
        self._indent = 0
        self._first = 0
        self._fenced = False
        self.feed(prefix)

    def feed(self, text: str) -> Sequence[CodeBlock]:
        """Return the blocks that close in this piece. Best called with complete lines."""
        *ended, self._rest = (self._rest + text).split("\n")
        return [block for line in ended if (block := self._read(line)) is not None]

    def finish(self) -> Sequence[CodeBlock]:
        """Return the block that the end of the answer closes or leaves open, or the whole answer if it is code."""
        closing = self._read(self._rest)
        self._rest = ""
        if closing is not None:
            return [closing]
        last = self._block(len(self._lines), closed=False) if self._fence else self._bare()
        return [last] if last is not None else []

    @property
    def is_blank(self) -> bool:
        """Whether the answer, without the prefix, is only white space so far."""
        own = (line[max(0, -start) :] for start, line in zip(self._starts, self._lines, strict=True))
        return not any(line.strip() for line in own)

    def _read(self, line: str) -> CodeBlock | None:
        """Read one complete line and return the block that it closes."""
        start, self._next = self._next, self._next + len(line) + 1
        self._starts.append(start)
        self._lines.append(line)
        match = _FENCE.match(line[:LONGEST_LINE]) if "```" in line or "~~~" in line else None
        if match is None:
            return None
        indent, marks, tag = match.groups()
        if not self._fence:
            self._fence, self._tag, self._indent = marks, tag.lower(), len(indent)
            self._first, self._fenced = len(self._lines), True
            return None
        if not marks.startswith(self._fence) or line.strip() != marks:
            return None
        self._fence = ""
        return self._block(len(self._lines) - 1, closed=True)

    def _block(self, end: int, closed: bool) -> CodeBlock | None:
        """Return the lines since the fence, if they are code."""
        kept = [line.rstrip("\r") for line in self._lines[self._first : end]]
        cuts = [min(self._indent, len(line) - len(line.lstrip(" \t"))) for line in kept]
        lines = tuple(line[cut:].replace("\r", " ") for line, cut in zip(kept, cuts, strict=True))
        starts = tuple(start + cut for start, cut in zip(self._starts[self._first : end], cuts, strict=True))
        language = _BY_TAG.get(self._tag) or (_language(lines) if self._tag in _GUESSED else None)
        if language is None or not any(line.strip() for line in lines):
            return None
        return CodeBlock(language, starts, lines, 1 + self._first - self._prefix_lines, closed)

    def _bare(self) -> CodeBlock | None:
        """The answer if Python can parse it; else the lines from the first to the last that look like code."""
        if self._fenced:
            return None
        lines = [line.rstrip("\r").replace("\r", " ") for line in self._lines]
        shaped = [index for index, line in enumerate(lines) if _LINE_OF_CODE.match(line[:LONGEST_LINE])]
        if not shaped:
            return None
        first, last = (0, len(lines)) if _is_python(lines) else (shaped[0], shaped[-1] + 1)
        while last < len(lines) and lines[last][:1] in (" ", "\t"):
            last += 1
        language = _language(lines[first:last])
        if language is None:
            return None
        number = 1 + first - self._prefix_lines
        return CodeBlock(language, tuple(self._starts[first:last]), tuple(lines[first:last]), number, closed=False)


def parse(code: str) -> ast.Module | None:
    """Parse Python without warnings; None if it is not valid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _language(lines: Sequence[str]) -> str | None:
    """Return the language of the lines, by Python's parser and by typical signs; None if they are not code."""
    if _is_python(lines):
        return "python"
    full = [line[:LONGEST_LINE] for line in lines if line.strip()]
    signs = [[name for name, sign in _BY_SIGN.items() if sign.search(line)] for line in full]
    shaped = [bool(names) or _LINE_OF_CODE.match(line) is not None for line, names in zip(full, signs, strict=True)]
    inner = [line[0] in " \t" or _COMMENT.match(line) is not None for line in full]
    code = sum(a or b for a, b in zip(shaped, inner, strict=True))
    if sum(shaped) < 2 or code * 10 < len(full) * 7:
        return None
    votes = Counter(name for names in signs for name in names)
    return max(_BY_SIGN, key=lambda name: votes[name]) if votes else None


def _is_python(lines: Sequence[str]) -> bool:
    """Return whether the lines parse as Python with statements that prose does not have. Some prose parses too."""
    tree = parse("\n".join(lines))
    return tree is not None and any(
        isinstance(node, _STATEMENTS) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        for node in tree.body
    )
