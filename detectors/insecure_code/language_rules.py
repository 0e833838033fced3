"""Rules for insecure code in languages other than Python. They ignore comments and the contents of strings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

Level = Literal["low", "medium", "high"]


@dataclass(frozen=True)
class Hit:
    """One problem in a block of code."""

    line: int
    """From 0, in the block."""
    rule: str
    """The source of the rule and its name."""
    description: str
    """What is wrong, in a few words."""
    severity: Level
    confidence: Level


SQL = re.compile(
    r"\s*(?:SELECT\s+[\w*(\"`]|select\s.+\sfrom\s|(?:INSERT|insert)\s+(?:INTO|into)\s"
    r"|(?:UPDATE|update)\s+\S+\s+(?:SET|set)\s|(?:DELETE|delete)\s+(?:FROM|from)\s|(?:WHERE|AND|OR)\s+[\w.]+\s*(?:=|<|>|LIKE\b|IN\b))",
    re.DOTALL,
)
"""How a query or a part of one begins: in one case throughout, unlike a sentence."""
HTML = re.compile(r"<(?:!|/?[a-zA-Z])")
SECRET_WORDS = re.compile(
    r"token|password|passwd|secret|otp\b|session|api_?key|csrf|nonce|verification_?code", re.IGNORECASE
)
PASSWORD_WORDS = re.compile(r"passw|pwd|passphrase", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"your|example|change_?me|placeholder|x{3}|[<>{}$*\s]|\.\.\.|insert|replace|todo|dummy"
    r"|^(?:test|none|null|true|false)",
    re.IGNORECASE,
)


def looks_secret(text: str, name: str = "") -> bool:
    """Return whether a string may be a real password or key, and not a placeholder or the name of its own field."""
    return len(text) >= 4 and not _PLACEHOLDER.search(text) and text.lower() not in name.lower()


LONGEST_LINE = 400
"""Characters of a line that the rules read. It limits their work on code without line breaks."""

# Lexical rules: comments and strings, which are blanked out before the rules are applied.

_SLASHES = r"//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)"
_HASH = r"(?<![\w$\{&])\#[^\n]*"
_LINE_STRINGS = r'"(?:[^"\\\n]|\\.)*"|' r"'(?:[^'\\\n]|\\.)*'"
_STRINGS = r'"(?:[^"\\]|\\[\s\S])*"|' r"'(?:[^'\\]|\\[\s\S])*'"
_BACKTICKS = r"`(?:[^`\\]|\\[\s\S])*`"
_LEXIS = {
    **dict.fromkeys(("java", "c", "csharp", "rust"), (_SLASHES, _LINE_STRINGS)),
    "javascript": (rf"{_SLASHES}|<!--[\s\S]*?(?:-->|\Z)", rf"{_LINE_STRINGS}|{_BACKTICKS}"),
    "php": (rf"{_SLASHES}|{_HASH}", rf"{_STRINGS}|{_BACKTICKS}"),
    "ruby": (_HASH, rf"{_STRINGS}|{_BACKTICKS}"),
    "shell": (_HASH, r'"(?:[^"\\]|\\[\s\S])*"|' r"'[^']*'"),
    "sql": (rf"--[^\n]*|{_SLASHES}", r"'(?:[^']|'')*'"),
    "go": (_SLASHES, rf"{_LINE_STRINGS}|`[^`]*`"),
}
_WITHIN = {
    "javascript": re.compile(r"\$\{[^}]*\}"),
    "php": re.compile(r"\{?\$[a-zA-Z_][^\s\"'}]*\}?"),
    "ruby": re.compile(r"#\{[^}]*\}"),
    "shell": re.compile(r"\$\{?[\w@*#?]+\}?|\$\("),
    "csharp": re.compile(r"\{[a-zA-Z_][^}]*\}"),
}
"""Code inside a string."""
_CONVERSION = re.compile(r"%[a-zA-Z]")
_SHORT = re.compile(r"[\w ./-]{1,8}")
"""Such strings are kept: they name an algorithm, a shell or an option."""
_NOT_NEWLINE = re.compile(r"[^\n]")


def bare_code(code: str, language: str) -> str:
    """The code without comments and with blanked strings, except for the code inside them. Every character keeps its
    position.

    A string that begins like a query becomes SQL, one that contains HTML becomes HTM, one that may be a password or a
    key becomes VAL.
    """
    within = _WITHIN.get(language, _CONVERSION)

    def blank(match: re.Match[str]) -> str:
        token = match.group()
        if match.lastgroup == "comment":
            return _NOT_NEWLINE.sub(" ", token)
        text = token[1:-1]
        return token[0] + (text if _SHORT.fullmatch(text) else _blank_string(text, token[0], within)) + token[-1]

    return _tokens(language).sub(blank, code)


@cache
def _tokens(language: str) -> re.Pattern[str]:
    comments, strings = _LEXIS[language]
    return re.compile(rf"(?P<comment>{comments})|(?P<string>{strings})")


def _blank_string(text: str, quote: str, within: re.Pattern[str]) -> str:
    mark = "SQL" if SQL.match(text) else "HTM" if HTML.search(text) else "VAL" if looks_secret(text) else ""
    kept = list(_NOT_NEWLINE.sub(" ", text))
    kept[: len(mark)] = mark
    for match in within.finditer(text) if quote != "'" or within is _CONVERSION else ():
        kept[match.start() : match.end()] = match.group()
    return "".join(kept)


# The rules: language, name, description, severity, and a pattern over the bare code.

_INPUT = r"\$_(?:GET|POST|REQUEST|COOKIE|FILES)\b"
_REQ = r"\breq(?:uest)?\.(?:query|params|body)\b"
_FIXED = r"""["'`][^"'`$\n]*["'`]\s*"""
_NAMED = r"(?i:token|password|passwd|secret|session|otp|api_?key|csrf|nonce)\w*[^;\n]{0,60}\n?[^;\n]{0,80}?"
_TABLE: tuple[tuple[str, str, str, Level, str], ...] = (
    ("*", "sql", "query built from strings", "medium",
     r"""["'`]SQL(?:[^"'`]*["'`]\s*\+\s*["'`])*[^"'`]*?(?:["'`]\s*\+\s*[@\w(]|\$\{(?!placeholders?\b|[A-Z_]+\})|\#\{)"""
     r"""|(?:[sS]printf|\bformat)\s*\(\s*["'`]SQL[^"'`]*%"""),
    ("php shell", "sql", "query built from strings", "medium", r"""["]SQL[^"]*?(?:\{?\$[a-zA-Z_]|"\s*\.\s*[$\w(])"""),
    ("php", "sql", "query built from strings", "medium", r"""[']SQL[^']*'\s*\.\s*[$\w(]"""),
    ("ruby", "sql", "query built from strings", "medium",
     r"""\b(?:where|find_by_sql|order|execute)\s*\(?\s*"[^"]*\#\{"""),
    ("sql", "dynamic-sql", "statement built from strings", "medium",
     r"(?i:\bEXEC(?:UTE)?)\s*\(?\s*'[^'\n]*'+\s*\+\s*@"),
    ("*", "hard-coded-secret", "password or key written in the code", "medium",
     r"""(?i:password|passwd|pwd|secret|secret_?key|api_?key|access_?token|auth_?token)["']?"""
     r"""\s*(?::=|=>|[:=])\s*["'`]VAL"""),
    ("javascript", "eval", "evaluation of a string as code", "high",
     rf"(?<![\w.])eval\s*\((?!\s*(?:{_FIXED})?\))|\bnew\s+Function\s*\(\s*[A-Za-z_]"),
    ("javascript", "shell", "command run by a shell", "high",
     r"""(?:(?<![\w.])|\bchild_process\.|\bcp\.)exec(?:Sync)?\s*(?!\([^()\n]*\)\s*\{)"""
     r"""\(\s*(?:`[^`]*\$\{|["'][^"'\n]*["']\s*\+|[a-zA-Z_]\w*\s*[,)])"""),
    ("javascript", "html", "HTML put together unescaped", "medium",
     rf"\.(?:innerHTML|outerHTML)\s*\+?=(?!=)\s*(?!{_FIXED}(?:;|$)|[^;\n]*(?i:purify|sanitize|escape))\S"
     rf"|\bdocument\.write(?:ln)?\s*\((?!\s*{_FIXED}\))|__html:\s*(?![^}}\n]*(?i:purify|sanitize|escape))\S"
     rf"|\bres(?:\.status\(\d+\))?\.(?:send|write|end)\s*\(\s*[\"'`](?![^;\n]*(?i:escape|sanitize|encode))[^;\n]*{_REQ}"
     r"|\.insertAdjacentHTML\s*\([^,;\n]*,\s*(?![^;\n]*(?i:purify|sanitize|escape))(?:[a-zA-Z_(]|HTM|[\"'`][^;\n]*(?:\$\{|\+))"
     r"|\$\([^)\n]*\)\.html\(\s*(?![^;\n]*(?i:purify|sanitize|escape))(?:[a-zA-Z_]|[\"'`][^;\n]*(?:\$\{|\+))"
     r"|\$\([^)\n]*\)\.(?:append|prepend|after|before)\(\s*[\"'`]HTM(?![^;\n]*(?i:purify|sanitize|escape))[^;\n]*(?:\$\{|\+)"
     r"|\bbypassSecurityTrustHtml\(|(?<![\w-])v-html\s*=|<%-\s*(?!include\b)\w|\{\{\{\s*[\w.]+\s*\}\}\}"
     r"|\{\{[^{}\n]*\|\s*safe\b|\{%-?\s*autoescape\s+(?:false|off)\b"),
    ("javascript", "no-tls-check", "certificates not checked", "high",
     r"rejectUnauthorized[\"']?\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED\W[^;\n]*=\s*[\"']?0"),
    ("javascript", "guessable-secret", "secret from a generator that can be guessed", "medium",
     _NAMED + r"Math\.random\("),
    ("javascript", "open-redirect", "redirect to an address from a request", "medium",
     rf"\bres\.redirect\(\s*(?:\d+\s*,\s*)?{_REQ}"),
    ("javascript", "request-forgery", "address to fetch taken from a request", "medium",
     r"(?:\baxios(?:\.\w+)?|\bfetch|\bgot(?:\.\w+)?|\bneedle(?:\.\w+)?|\bhttps?\.(?:get|request)|(?<![\w.])request)"
     rf"\(\s*(?:\{{[^}}\n]*\burl:\s*|`(?:https?://)?\$\{{\s*|[\"']https?://[\"']\s*\+\s*)?{_REQ}"),
    ("javascript php ruby go", "open-permissions", "file made accessible to everyone", "medium",
     r"(?i:chmod)\w*\b[^;\n]*\b0?o?(?:777|666)\b"),
    ("java", "open-permissions", "file made accessible to everyone", "medium",
     r"\.setWritable\(\s*true\s*,\s*false\s*\)|\bOTHERS_WRITE\b|rwxrwxrwx"),
    ("c", "open-permissions", "file made accessible to everyone", "medium",
     r"\bf?chmod\s*\([^;\n]*(?:\b0(?:777|666)\b|S_IRWXO|S_IWOTH)|\bumask\s*\(\s*0\s*\)"),
    ("javascript", "path-traversal", "path taken from a request", "high",
     rf"(?:readFile|createReadStream|sendFile|writeFile|download|unlink)\w*\((?![^;\n]*basename)[^;\n]*{_REQ}"),
    ("javascript", "weak-hash", "fast hash of a password", "medium",
     r"createHash\(\s*[\"'](?i:md5|sha1)[\"']\s*\)[^;]{0,80}(?i:passw|pwd)"),
    ("php", "eval", "evaluation of a string as code", "high", r"(?<![\w>])(?:eval|assert|create_function)\s*\(\s*\$"),
    ("php", "shell", "command run by a shell", "high",
     r"(?<![\w>:])(?:system|exec|shell_exec|passthru|popen|proc_open)\s*\((?![^;\n]*escapeshell)[^;\n]*\$|`[^`\n]*\$"),
    ("php", "path-traversal", "path taken from a request", "high",
     rf"\b(?:include|require)(?:_once)?\b(?![^;\n]*basename)[^;\n]*{_INPUT}"
     rf"|\b(?:fopen|readfile|file_get_contents|unlink)\s*\((?![^;\n]*basename)[^;\n]*{_INPUT}"
     r"""|(?:\.|\bmove_uploaded_file\s*\((?![^;\n]*basename)[^;\n]*)\s*\$_FILES\[[^]]*\]\[["']name["']\]"""),
    ("php", "html", "text from a request in HTML, unescaped", "medium",
     rf"(?:\b(?:echo|print)\b|<\?=)(?![^;\n]*(?:htmlspecialchars|htmlentities|intval|strip_tags|\(int\)))"
     rf"[^;\n]*{_INPUT}"),
    ("php", "html", "row of a database in HTML, unescaped", "medium",
     r"(?:\b(?:echo|print)\b(?=[^;\n]*HTM)|<\?=)(?![^;\n]*(?:htmlspecialchars|htmlentities|intval|strip_tags|\(int\)))"
     r"[^;\n]*\$\w*row\[(?![\"']?(?:id|\w*_id|count|total|price|age|date)\b)"),
    ("php", "request-forgery", "address to fetch taken from a request", "medium",
     rf"\bcurl_init\(\s*{_INPUT}|\bCURLOPT_URL\s*(?:,|=>)\s*{_INPUT}"),
    ("php", "deserialising", "object made from text", "high", r"(?<![\w>])unserialize\s*\(\s*\$"),
    ("php", "weak-hash", "fast hash of a password", "medium", r"(?<![\w>])(?:md5|sha1)\s*\([^;\n]*(?i:passw|pwd)"),
    ("php", "no-tls-check", "certificates not checked", "high",
     r"CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*(?:,|=>)\s*(?:false|0)"),
    ("php", "guessable-secret", "secret from a generator that can be guessed", "medium",
     _NAMED + r"\b(?:rand|mt_rand|uniqid)\("),
    ("php", "open-redirect", "redirect to an address from a request", "medium", rf"\bheader\s*\([^;\n]*{_INPUT}"),
    ("ruby", "shell", "command run by a shell", "high",
     r"""(?<![\w.])(?:system|exec|spawn|popen)\s*\(?\s*"[^"]*\#\{|`[^`\n]*\#\{"""),
    ("ruby", "eval", "evaluation of a string as code", "high",
     r"(?<![\w.])(?:eval|instance_eval|class_eval)\s*\(?\s*[a-z_]|\bparams\[[^]]*\]\.constantize"),
    ("ruby", "deserialising", "object made from text", "high", r"\bMarshal\.load\b|\bYAML\.(?:load|unsafe_load)\b"),
    ("ruby", "html", "HTML left unescaped", "medium", r"\.html_safe\b|(?<![\w.])raw[ (]\s*[@a-z]"),
    ("ruby", "no-tls-check", "certificates not checked", "high", r"\bVERIFY_NONE\b"),
    ("ruby", "open-redirect", "redirect to an address from a request", "medium", r"\bredirect_to\s*\(?\s*params\b"),
    ("ruby", "path-traversal", "path taken from a request", "high",
     r"\b(?:send_file|File\.(?:read|open|delete))\b(?![^\n]*basename)[^\n]*\bparams\b"),
    ("ruby", "weak-hash", "fast hash of a password", "medium", r"Digest::(?:MD5|SHA1)[^\n]*(?i:passw)"),
    ("ruby", "guessable-secret", "secret from a generator that can be guessed", "medium", _NAMED + r"(?<![\w.])rand\b"),
    ("java", "shell", "command run by a shell", "high", r"\.exec\(\s*\"[^;\n]*\"\s*\+"),
    ("java", "deserialising", "object made from a stream", "medium", r"\bnew\s+ObjectInputStream\s*\("),
    ("java", "no-tls-check", "certificates not checked", "high",
     r"ALLOW_ALL_HOSTNAME|NoopHostnameVerifier|checkServerTrusted\s*\([^)]*\)[^{;]*\{\s*\}"),
    ("java", "weak-hash", "fast hash of a password", "medium",
     r"MessageDigest\.getInstance\(\s*\"(?:MD5|SHA-?1)\"[\s\S]{0,200}?(?i:passw)"),
    ("java", "guessable-secret", "secret from a generator that can be guessed", "medium",
     _NAMED + r"(?:\bnew\s+Random\(|Math\.random\()"),
    ("java", "path-traversal", "path taken from a request", "high",
     r"\b(?:new\s+File\w*|Paths\.get|Path\.of)\([^;\n]*getParameter\("),
    ("java", "open-redirect", "redirect to an address from a request", "medium",
     r"\bsendRedirect\([^;\n\"]*getParameter\("),
    ("java", "html", "text from a request in HTML, unescaped", "medium",
     r"\bprint(?:ln)?\((?![^;\n]*(?i:escape|encode))[^;\n]*getParameter\("),
    ("c", "unbounded-copy", "copy without a length", "high",
     r"""(?<![\w.>:])(?:gets\s*\(|(?:strcpy|strcat)\s*\([^,;]+,(?!\s*")"""
     r"""|v?sprintf\s*\([^;"]*"[^"]*%s|f?scanf\s*\([^;"]*"[^"]*%s)"""),
    ("c", "format-string", "format that is no constant", "medium", r"(?<![\w.>:])printf\s*\(\s*[A-Za-z_]\w*\s*\)"),
    ("c", "shell", "command run by a shell", "high", r"(?<![\w.>:])(?:system|popen)\s*\(\s*[a-zA-Z_]"),
    ("c", "guessable-secret", "secret from a generator that can be guessed", "medium", _NAMED + r"(?<!\w)rand\(\)"),
    ("go", "no-tls-check", "certificates not checked", "high", r"\bInsecureSkipVerify:\s*true\b"),
    ("go", "shell", "command run by a shell", "high",
     r"""\bexec\.Command(?:Context)?\([^;\n]*"(?:ba)?sh"\s*,\s*"-c"\s*,\s*(?:["`][^"`\n]*["`]\s*\+|[a-zA-Z])"""),
    ("go", "html", "text from a request in HTML, unescaped", "medium",
     r"\btemplate\.HTML\(\s*[a-zA-Z]|\bFprintf\(\s*w\s*,(?![^\n]*Escape)\s*[\"`]HTM[^\"`]*%s"),
    ("go", "open-redirect", "redirect to an address from a request", "medium",
     r"\bhttp\.Redirect\([^\n]*(?:FormValue|Query\(\)\.Get)\("),
    ("go", "request-forgery", "address to fetch taken from a request", "medium",
     r"\bhttp\.(?:Get|Post|Head)\(\s*[^,\n\"]*(?:FormValue|Query\(\)\.Get)\("),
    ("go", "path-traversal", "path taken from a request", "high",
     r"\b(?:os\.(?:Open|ReadFile|Remove)|http\.ServeFile|ioutil\.ReadFile)\((?![^\n]*Base\()"
     r"[^\n]*(?:FormValue|Query\(\)\.Get)\("),
    ("go", "weak-hash", "fast hash of a password", "medium", r"\b(?:md5|sha1)\.Sum\([^\n]*(?i:passw)"),
    ("go", "guessable-secret", "secret from a generator that can be guessed", "medium",
     _NAMED + r"\brand\.(?:Intn?|Int63)\("),
    ("shell", "no-tls-check", "certificates not checked", "high",
     r"\bcurl\b[^\n|;]*\s(?:-[a-zA-Z]*k[a-zA-Z]*\b|--insecure\b)|--no-check-certificate\b|http\.sslVerify[ =]+false"),
    ("shell", "open-permissions", "file made accessible to everyone", "medium",
     r"\bchmod\s+(?:-\w+\s+)*(?:0?777|a\+rwx|o\+w)\b"),
    ("shell", "eval", "evaluation of a string as code", "high", r"\beval\s+[\"']?\$(?!\()"),
    ("shell", "unknown-host", "unknown SSH hosts accepted", "medium", r"StrictHostKeyChecking[ =]no\b"),
)  # fmt: skip


def rule_hits(code: str, language: str) -> Iterator[Hit]:
    """Return what the rules for the language find."""
    bare = "\n".join(line[:LONGEST_LINE] for line in bare_code(code, language).split("\n"))
    bare = _with_input_for_names(bare, language)
    for name, description, severity, pattern in _rules(language):
        for match in pattern.finditer(bare):
            line = bare.count("\n", 0, match.start())
            yield Hit(line, f"rule {name}", description, severity, "medium")


_CHECKED = (
    r"(?:includes|has|test|match|startsWith|in_array|preg_match|filter_var|ctype_\w+|basename|realpath|new\s+URL)"
    r"\s*\([^;\n]*"
)
_GIVEN = {
    "javascript": (
        r"(?:\b(?:const|let|var)\s+|^[ \t]*)(?:(\w+)|\{([\w\s,]+)\})\s*=\s*(req(?:uest)?\.(?:query|params|body))"
        r"(?:\.\w+|\[[^]\n]*\])?\s*(?:\|\|[^;\n]*)?(?=[;\n]|\Z)",
        r"(?<![\w.$]){0}(?!\w|\s*:)",
    ),
    "php": (
        r"(\$\w+)()\s*=\s*(\$_(?:GET|POST|REQUEST|COOKIE))\[[^]\n]*\](?:\s*\?\?[^;\n]*)?\s*(?=;|\Z)",
        r"{0}(?!\w)",
    ),
}
"""For each language: how a name is given something from a request as it is, and what it looks like where it is used."""


def _with_input_for_names(bare: str, language: str) -> str:
    """Write the request where its text is used by another name, so that the rules see it. Lines stay where they are.

    A name that is also given something else, or that is checked, stays as it is.
    """
    if language not in _GIVEN:
        return bare
    giving, using = _GIVEN[language]
    names: dict[str, str] = {}
    given: dict[str, int] = {}
    for match in re.finditer(giving, bare, re.MULTILINE):
        for name in filter(None, (match[1], *(match[2] or "").replace(" ", "").split(","))):
            names[name] = match[3]
            given[name] = given.get(name, 0) + 1
    for name, source in names.items():
        written = re.escape(name)
        others = len(re.findall(rf"(?<![\w.$]){written}\s*\.?=(?![=>])", bare)) > given[name]
        if others or re.search(rf"{_CHECKED}{written}\b|{written}\.(?:match|startsWith)\(", bare):
            continue
        text = f"{source}.{name}" if language == "javascript" else f"{source}[{name[1:]}]"
        lines = bare.split("\n")
        for index, line in enumerate(lines):
            if not re.search(giving, line):
                lines[index] = re.sub(using.replace("{0}", written), text, line)
        bare = "\n".join(lines)
    return bare


@cache
def _rules(language: str) -> list[tuple[str, str, Level, re.Pattern[str]]]:
    """The rules of a language. They are compiled on first use: most answers contain no code, and the console must start
    fast."""
    return [
        (name, description, severity, re.compile(pattern, re.MULTILINE))
        for languages, name, description, severity, pattern in _TABLE
        if languages == "*" or language in languages.split()
    ]
