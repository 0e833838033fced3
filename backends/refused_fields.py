"""Which field of a request a server refuses, in whatever words it says so."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

_DEPTH = 8
_STATEMENTS = 64
"""How far into what a server sent is looked."""

_FORMS = {
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
"""How each field of ours is named by servers, also by those that call it otherwise."""
FIELDS = tuple(_FORMS)
"""Fields that can be left out of a request and leave it a question."""
_NAMED = {field: re.compile(rf"(?<!\w)(?:{form})(?!\w)", re.I) for field, form in _FORMS.items()}
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
"""Words about a value that is too large, say: the field itself is welcome."""
_CLAUSE = re.compile(r"(?<=[.;!?])\s+(?!(?:must|should|expected|valid|allowed|range)\b)|\n+|,\s+(?=expected )", re.I)
"""What follows a field's name as a sentence of its own may still be about its value."""
_NOT_BOTH = re.compile(
    r"\bnot both\b|(cannot|can't|can not|must not|may not) both\b|mutually exclusive|only( specify| set| use)? one of\b"
    r"|(cannot|can't|not) be .{0,30}\b(together|at the same time|simultaneously)\b",
    re.I,
)
"""Words about two fields of which one may stay."""
_LESSER = ("top_p", "stop", "seed", "stream_options", "top_logprobs", "logprobs", "n", "temperature", "max_tokens")
"""Which of two goes: the temperature is what answers are compared at."""
_WITHIN_ANOTHER = re.compile(r"\b(messages|tools|functions|response_format)(\[\d+\]|\.)[\w.\[\]]*", re.I)
"""The place of something in a field that holds others: what is called as a field of ours there is none."""
_AT_ANOTHER = re.compile(r" - ['\"]?(messages|tools|functions)\b", re.I)
_OF_ANOTHER = re.compile(r"\b(characters?|images?|audio|prompts?|roles?|tools?)\b", re.I)
_PLACES = ("param", "parameter", "field", "property", "loc", "instancePath")
_KINDS = ("type", "code", "keyword", "reason")
_WORDS = ("message", "msg", "detail", "details", "description", "title", "error", "errors")


class _Statement(NamedTuple):
    place: str
    """What it says it is about."""
    kind: str
    words: str


def refused_field(told: Any, sent: Collection[str]) -> str | None:
    """The field among those that were sent which a refusal, as decoded from JSON or as words, does not want; None
    where it is about something else, or about a value. Of two that do not go together it is one."""
    fields = [field for field in FIELDS if field in sent or (field == "max_tokens" and "max_completion_tokens" in sent)]
    for statement in _statements(told):
        if (found := _in_statement(statement, fields)) is not None:
            return found
        if (found := _of_two(statement.words, fields)) is not None:
            return found
        if isinstance(sent, Mapping) and sent.get("logprobs") is True and _of_number(statement):
            return "logprobs"
    return None


def _of_two(words: str, fields: Collection[str]) -> str | None:
    """The one that goes of several that exclude each other."""
    if not _NOT_BOTH.search(words):
        return None
    named = [field for field in _LESSER if field in fields and _NAMED[field].search(words)]
    return named[0] if len(named) > 1 else None


def _of_number(said: _Statement) -> bool:
    """Whether `logprobs`, which is true or false as we send it, is spoken of as a number: the server means another
    field by that name."""
    words = f"{said.place} {said.words}"
    named = _NAMED["logprobs"].search(words) and not _NAMED["top_logprobs"].search(words)
    return bool(
        named and re.search(r"greater than|less than|at most|maximum|\binteger\b|\bbetween\b|[<>≤≥]", said.words)
    )


def _in_statement(said: _Statement, fields: Collection[str]) -> str | None:
    if _NOT_BOTH.search(said.words) or _AT_ANOTHER.search(said.words):
        return None
    by_kind = bool(_REFUSES.search(said.kind.replace("_", " ")))
    about = _first(said.place, fields) if said.place else None
    if about == "n" or (about is not None and _refuses(said.words, by_kind)):
        return about
    for clause in _CLAUSE.split(said.words):
        found = _first(clause, fields)
        # Another number of answers than one is what every server means that says anything of n.
        if found == "n" or (found is not None and _refuses(clause, by_kind)):
            return found
    return _alone(said.words, fields, by_kind)


def _alone(words: str, fields: Collection[str], by_kind: bool) -> str | None:
    """The one field that is named at all, where another clause than the one that names it refuses."""
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
    """The field that is named first."""
    places = [(match.start(), field) for field in fields if (match := _NAMED[field].search(_quoted(words, field)))]
    return min(places)[1] if places else None


def _quoted(words: str, field: str) -> str:
    """A place that is nothing but a short name is one all the same."""
    return f"'{words}'" if words == field else words


def _statements(told: Any) -> Iterator[_Statement]:
    """What is said in each part, the outermost first."""
    waiting, count = [(told, 0)], 0
    while waiting and count < _STATEMENTS:
        part, depth = waiting.pop(0)
        count += 1
        if isinstance(part, str):
            yield _Statement("", "", _words(part))
        elif isinstance(part, dict):
            words = [_words(part[key]) for key in _WORDS if isinstance(part.get(key), str)]
            kinds = [str(part[key]) for key in _KINDS if isinstance(part.get(key), str | int)]
            yield _Statement(_place(part), " ".join(kinds), ". ".join(words))
        if isinstance(part, dict | list) and depth < _DEPTH:
            inner = [part[key] for key in part if key not in _PLACES] if isinstance(part, dict) else part
            waiting += [(one, depth + 1) for one in inner if isinstance(one, dict | list)]
            if isinstance(part, list):
                waiting += [(one, depth + 1) for one in part if isinstance(one, str)]


def _words(text: str) -> str:
    """As much as is looked at; of JSON inside of a string the lines are lines again."""
    return _WITHIN_ANOTHER.sub(r"\1", text[:2000].replace("\\n", "\n"))


def _place(part: dict[str, Any]) -> str:
    for key in _PLACES:
        place = part.get(key)
        if isinstance(place, list):
            steps = [step for step in place if isinstance(step, str)]
            within = any(step in ("messages", "tools", "functions", "response_format") for step in steps)
            named = (step for step in reversed(steps) if any(_NAMED[f].search(_quoted(step, f)) for f in FIELDS))
            return "" if within else next(named, "")
        if isinstance(place, str) and _WITHIN_ANOTHER.match(place):
            return ""
        if isinstance(place, str) and place:
            return re.split(r"[./]", place.strip("./"))[-1] or place
    return ""
