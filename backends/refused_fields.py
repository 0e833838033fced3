"""Finds out which field of a request a server refuses, whatever its words are."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

_DEPTH = 8
_STATEMENTS = 64
"""How deep, and how many parts of an error, are read."""

_SPELLINGS = {
    "max_tokens": r"max[_ ]?tokens|max[_ ]?(output|new|completion)[_ ]?tokens",
    "top_logprobs": r"top[_ ]?log[_ ]?probs",
    "logprobs": r"(response[_ ]?)?log[_ -]?probs?|log[- ]?probabilities",
    "temperature": r"temperature",
    "top_p": r"top[_ -]?p",
    "seed": r"(random[_ ]?)?seed",
    "stop": r"['\"`]stop['\"`]|(parameters?|fields?|arguments?|supplied|property|name|key)\W{1,3}stop"
    r"|stop[_ ]?(sequences?|words?|strings?)|stop(?=\W*(is|are) not|: )|(?<=: )stop(?=$|[.,'\"\]])",
    "stream_options": r"stream[_ ]?options|include[_ ]?usage",
    "n": r"['\"`]n['\"`]|(parameters?|fields?|arguments?|supplied|property|name|key)\W{1,3}n"
    r"|n(?=\s*(=|>|≥|must|is not|: ))"
    r"|candidate[_ ]?count|num[_ ]?return[_ ]?sequences|multiple (candidates|choices|completions|responses)"
    r"|(only|more than) (one|1) (candidate|choice|completion|response)s?",
}
"""How servers write the name of each field. Some have other names for it."""
FIELDS = tuple(_SPELLINGS)
"""Fields that can be left out of a request."""
_NAMED = {field: re.compile(rf"(?<!\w)(?:{spelling})(?!\w)", re.I) for field, spelling in _SPELLINGS.items()}
_REFUSES = re.compile(
    r"unknown|unrecogni[sz]ed|unsupported(?! value)|unexpected|unavailable|forbidden|cannot find field|disabled"
    r"|(not|n't|cannot|never|longer)( \w+){0,3} (support|permit|allow|accept|enabl|implement|recogni[sz]|availab|known"
    r"|expect|includ|provide|use\b|set\b|send|sent|specif|pass|request|return)"
    r"|only (allowed|permitted|supported|available) (when|if|for|in)\b"
    r"|not an? (valid|known|allowed|supported) (field|parameter|argument|property|key|option|input)"
    r"|no support|no such|extra (fields|inputs|propert|param)|extra forbidden"
    r"|value error\.extra|additional ?propert"
    r"|invalid (field|parameter|argument|property|key|name)"
    r"|must be (unset|omitted|removed|absent|left out|null|none|empty)"
    r"|(remove|omit|drop) (it|this|the)",
    re.I,
)
_OF_VALUE = re.compile(
    r"(?<!_)\bvalues?\b(?! error)|must be (?!unset|omitted|removed|absent|left out|null|none|empty)|should be"
    r"|expected\b(?<!unexpected)"
    r"|\b(too|less|greater|more|fewer|larger|smaller|higher|lower) (large|small|high|low|long|big|many|than)\b"
    r"|at (most|least)|\b(between|within)\b|\brange\b|exceed|maximum|minimum|only the default|not of type"
    r"|valid (integer|number|string|float|boolean)|[<>≤≥]|support(s|ed)?:? ['\"]?-?\d"
    r"|(temperature|top_p)['\"`]?\s*(=|:|of)\s*-?\d",
    re.I,
)
"""Words about the value of a field, e.g. that it is too large. The field itself is accepted."""
_CLAUSE = re.compile(r"(?<=[.;!?])\s+(?!(?:must|should|expected|valid|allowed|range)\b)|\n+|,\s+(?=expected )", re.I)
"""The end of a clause. A sentence after the name of a field may still be about its value."""
_NOT_BOTH = re.compile(
    r"\bnot both\b|(cannot|can't|can not|must not|may not) both\b|mutually exclusive|only( specify| set| use)? one of\b"
    r"|(cannot|can't|not) be .{0,30}\b(together|at the same time|simultaneously)\b",
    re.I,
)
"""Words about two fields that exclude each other."""
_LESSER = ("top_p", "stop", "seed", "stream_options", "top_logprobs", "logprobs", "n", "temperature", "max_tokens")
"""The order in which fields are given up when they exclude each other: the temperature matters most to a comparison."""
_WITHIN_ANOTHER = re.compile(r"\b(messages|tools|functions|response_format)(\[\d+\]|\.)[\w.\[\]]*", re.I)
"""The path of something inside another field. A name in such a path is none of the fields above."""
_AT_ANOTHER = re.compile(r" - ['\"]?(messages|tools|functions)\b", re.I)
_OF_ANOTHER = re.compile(r"\b(characters?|images?|audio|prompts?|roles?|tools?)\b", re.I)
_FIELD_KEYS = ("param", "parameter", "field", "property", "loc", "instancePath")
_KIND_KEYS = ("type", "code", "keyword", "reason")
_TEXT_KEYS = ("message", "msg", "detail", "details", "description", "title", "error", "errors")


class _Statement(NamedTuple):
    field: str
    """The field that it names."""
    kind: str
    words: str


def refused_field(report: Any, sent: Collection[str]) -> str | None:
    """The field of those in `sent` that a server refuses; None where the error is about something else, or about a
    value.

    `report`: the error as decoded from JSON, or as text. Of two fields that exclude each other, one is returned.
    """
    fields = [field for field in FIELDS if field in sent or (field == "max_tokens" and "max_completion_tokens" in sent)]
    for statement in _statements(report):
        if (found := _in_statement(statement, fields)) is not None:
            return found
        if (found := _of_two(statement.words, fields)) is not None:
            return found
        if isinstance(sent, Mapping) and sent.get("logprobs") is True and _of_number(statement):
            return "logprobs"
    return None


def _of_two(words: str, fields: Collection[str]) -> str | None:
    """The field to give up, of several that exclude each other."""
    if not _NOT_BOTH.search(words):
        return None
    named = [field for field in _LESSER if field in fields and _NAMED[field].search(words)]
    return named[0] if len(named) > 1 else None


def _of_number(statement: _Statement) -> bool:
    """Whether the server expects a number in `logprobs`, where diptych sends true: it means another field by that
    name."""
    words = f"{statement.field} {statement.words}"
    named = _NAMED["logprobs"].search(words) and not _NAMED["top_logprobs"].search(words)
    return bool(
        named and re.search(r"greater than|less than|at most|maximum|\binteger\b|\bbetween\b|[<>≤≥]", statement.words)
    )


def _in_statement(statement: _Statement, fields: Collection[str]) -> str | None:
    if _NOT_BOTH.search(statement.words) or _AT_ANOTHER.search(statement.words):
        return None
    by_kind = bool(_REFUSES.search(statement.kind.replace("_", " ")))
    about = _first(statement.field, fields) if statement.field else None
    if about == "n" or (about is not None and _refuses(statement.words, by_kind)):
        return about
    for clause in _CLAUSE.split(statement.words):
        found = _first(clause, fields)
        # A server that mentions n always means that it gives one answer only.
        if found == "n" or (found is not None and _refuses(clause, by_kind)):
            return found
    return _alone(statement.words, fields, by_kind)


def _alone(words: str, fields: Collection[str], by_kind: bool) -> str | None:
    """The only field that is named, where another clause than the one that names it refuses."""
    clauses = _CLAUSE.split(words)
    named = {field for field in FIELDS if _NAMED[field].search(words)}
    refused = any(
        _refuses(clause, by_kind)
        for clause in clauses
        if not re.search(r"\b(use|supported|try)\b", clause, re.I) and not _OF_ANOTHER.search(clause)
    )
    if refused and len(named) == 1 and not _OF_VALUE.search(words):
        return next((field for field in fields if field in named), None)
    return None


def _refuses(clause: str, by_kind: bool) -> bool:
    return bool(by_kind or _REFUSES.search(clause)) and not _OF_VALUE.search(clause)


def _first(words: str, fields: Collection[str]) -> str | None:
    """The field that is named first in a text."""
    found = [(match.start(), field) for field in fields if (match := _NAMED[field].search(_quoted(words, field)))]
    return min(found)[1] if found else None


def _quoted(words: str, field: str) -> str:
    """The text; in quotation marks where it is nothing but the name of the field."""
    return f"'{words}'" if words == field else words


def _statements(report: Any) -> Iterator[_Statement]:
    """The statements in the parts of an error, the outermost first."""
    waiting, count = [(report, 0)], 0
    while waiting and count < _STATEMENTS:
        part, depth = waiting.pop(0)
        count += 1
        if isinstance(part, str):
            yield _Statement("", "", _words(part))
        elif isinstance(part, dict):
            words = [_words(part[key]) for key in _TEXT_KEYS if isinstance(part.get(key), str)]
            kinds = [str(part[key]) for key in _KIND_KEYS if isinstance(part.get(key), str | int)]
            yield _Statement(_field_of(part), " ".join(kinds), ". ".join(words))
        if isinstance(part, dict | list) and depth < _DEPTH:
            inner = [part[key] for key in part if key not in _FIELD_KEYS] if isinstance(part, dict) else part
            waiting += [(one, depth + 1) for one in inner if isinstance(one, dict | list)]
            if isinstance(part, list):
                waiting += [(one, depth + 1) for one in part if isinstance(one, str)]


def _words(text: str) -> str:
    """The part of a text that is read. Line breaks of JSON within a string become line breaks again."""
    return _WITHIN_ANOTHER.sub(r"\1", text[:2000].replace("\\n", "\n"))


def _field_of(part: dict[str, Any]) -> str:
    for key in _FIELD_KEYS:
        value = part.get(key)
        if isinstance(value, list):
            steps = [step for step in value if isinstance(step, str)]
            within = any(step in ("messages", "tools", "functions", "response_format") for step in steps)
            named = (step for step in reversed(steps) if any(_NAMED[f].search(_quoted(step, f)) for f in FIELDS))
            return "" if within else next(named, "")
        if isinstance(value, str) and _WITHIN_ANOTHER.match(value):
            return ""
        if isinstance(value, str) and value:
            return re.split(r"[./]", value.strip("./"))[-1] or value
    return ""
