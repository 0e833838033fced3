"""Reads the judges of question files: finds their rubric and decides which kind of judge it makes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from diptych.probes.conversations import is_conversation, turns_of_messages
from diptych.probes.question_files.placeholders import unfilled_placeholders
from diptych.probes.typed_toml import FileError

_JUDGING = re.compile(r"(?:\A|_)(?:judge|grader|rater|evaluator|scorer|rubric|guesser)s?\Z", re.IGNORECASE)
_OF_JUDGES = re.compile(
    r"(?:\A|_)(?:judges?|judg\w+|graders?|grading|rubrics?|scorers?|scoring|evaluators?|eval_\w+|guesser|rater)(?:_|\Z)",
    re.I,
)
RUBRIC_KEYS = (
    "judge_prompts",
    "judges",
    "judge_prompt",
    "guesser_prompt",
    "eval_prompt",
    "judge_template",
    "judge_prompt_template",
    "judge_rubric",
    "grader_prompt",
    "scoring_prompt",
    "rubric",
)
_TEXT_KEYS = ("rubric", "prompt", "template", "prompt_template", "judge_prompt", "text", "instructions", "question")
_ANSWER = (
    "answer", "response", "completion", "output", "reply", "model_response", "model_answer", "model_output",
    "assistant", "assistant_response", "generation", "prediction",
)  # fmt: skip
_GUESSED = ("text", "acrostic", "code", "word", "conversation", "messages", "dialog", "input")
"""Names that mean the answer in a rubric with only one placeholder."""
_QUESTION = ("question", "query", "prompt", "user", "user_prompt", "instruction", "input", "task", "paraphrase")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}|\{(\w+)\}|<(ANSWER|QUESTION|RESPONSE)>(?!.*</\3>)", re.DOTALL)
_NUMBERS = re.compile(r"\b0\b(?:\W+\w+){0,6}?\W+100\b|\b0\s*[-–—]\s*100\b|0_100", re.IGNORECASE)
_YES_NO = re.compile(r"\bYES\b.*\bNO\b|\bNO\b.*\bYES\b|\byes\W+(?:or\W+)?\W*no\b|\byes/no\b", re.DOTALL)
_BUCKETS = ("UNKNOWN", "INCOHERENT", "UNCLEAR", "UNRELATED", "NEITHER")
"""Words that rubrics allow instead of an answer, besides those that every judge of a probe allows."""

Kind = Literal["score", "yes-no", "word"]


class Rubric(NamedTuple):
    """The question to a judge, with the placeholders {answer} and {question}."""

    name: str
    text: str
    kind: Kind
    buckets: tuple[str, ...] = ()


class UnusableJudge(Exception):
    """A judge cannot be imported; the message says why."""


def is_judge(item: Mapping[str, Any], type_: str, wordings: list[str]) -> bool:
    """Return whether an item of a file is a judge and not a question."""
    # free_form_judge is also the type of a question that is judged.
    named = isinstance(item.get("judge"), str) and (not is_about_judging(type_) or type_ == "free_form_judge")
    judged = named or any(item.get(key) for key in RUBRIC_KEYS)
    if _JUDGING.search(type_) and not judged:
        return True
    return bool(wordings) and all(_holds_answer(wording) for wording in wordings)


def is_about_judging(name: str) -> bool:
    """Return whether a field of this name says how answers are judged."""
    return _OF_JUDGES.search(name.replace("-", "_").replace(" ", "_")) is not None


def judge_from_item(name: str, item: Mapping[str, Any], type_: str, wordings: list[str]) -> Rubric:
    """Return the judge of an item. Raises UnusableJudge."""
    _check_scale(item)
    if not wordings:
        raise UnusableJudge("it has no rubric")
    return parse_rubric(name, wordings[0], type_ or str(item.get("judge_type") or ""))


def rubrics_of(
    item: Mapping[str, Any], type_: str, named: Mapping[str, "Rubric | UnusableJudge"]
) -> Iterator[tuple[str, "Rubric | UnusableJudge"]]:
    """Yield the judges of a question by name, or the reason why one cannot be imported. `named`: the file's judges."""
    for key in (*RUBRIC_KEYS, "judge"):
        value = item.get(key)
        if not value or (key == "judge" and isinstance(value, str) and value not in named and not _holds_answer(value)):
            continue
        kind = str(item.get("guesser_question_type") or "") if key == "guesser_prompt" else type_
        if _is_score_legend(value):
            yield key, UnusableJudge("it lists what each score means, not the judge's question")
            continue
        for name, each in _by_name(key, value):
            try:
                yield name, _judge(name, each, kind, named)
            except UnusableJudge as unusable:
                yield name, unusable


def parse_rubric(name: str, text: str, type_: str) -> Rubric:
    """Make a judge from the rubric of another program. Raises UnusableJudge."""
    placeholders = {found[1] or found[2] or found[3].lower() for found in _PLACEHOLDER.finditer(text)}
    answer = next((placeholder for placeholder in _ANSWER if placeholder in placeholders), None)
    if answer is None and len(placeholders & set(_GUESSED)) == 1:
        (answer,) = placeholders & set(_GUESSED)
    if answer is None:
        raise UnusableJudge("its rubric has no {answer} placeholder")
    question = next(
        (placeholder for placeholder in _QUESTION if placeholder in placeholders and placeholder != answer), None
    )

    def put(found: re.Match[str]) -> str:
        placeholder = found[1] or found[2] or found[3].lower()
        return "{answer}" if placeholder == answer else "{question}" if placeholder == question else found[0]

    written = _PLACEHOLDER.sub(put, text)
    unfilled = [
        placeholder for placeholder in unfilled_placeholders(written) if placeholder not in ("{answer}", "{question}")
    ]
    if unfilled:
        raise UnusableJudge(f"nothing fills {', '.join(unfilled[:3])} in its rubric")
    # The other program's format function turns doubled braces into single ones.
    plain = re.sub(r"\{\{|\}\}", lambda found: found[0][0], written)
    kind = _kind(plain, type_)
    words = _BUCKETS[:1] if kind == "word" else _BUCKETS
    return Rubric(name, plain, kind, tuple(word for word in words if re.search(rf"\b{word}\b", plain)))


def _judge(name: str, value: Any, type_: str, named: Mapping[str, Rubric | UnusableJudge]) -> Rubric:
    if isinstance(value, str):
        found = named.get(value)
        if isinstance(found, UnusableJudge):
            raise found
        if found is not None:
            return found._replace(name=name)
        if "{" not in value and " " not in value.strip() and len(value) < 100:
            raise UnusableJudge(f"the judge {value!r} is not in this file")
        return parse_rubric(name, value, type_)
    if is_conversation(value):
        try:
            return parse_rubric(name, "\n\n".join(said for _, said in turns_of_messages(value, name)), type_)
        except FileError as error:
            raise UnusableJudge(str(error)) from error
    if isinstance(value, dict):
        _check_scale(value)
        own = str(value.get("type") or value.get("judge_type") or value.get("kind") or type_)
        for key in ("paraphrases", *_TEXT_KEYS, "messages"):
            text = value.get(key)
            if isinstance(text, list) and text and isinstance(text[0], str):
                text = text[0]
            if isinstance(text, str) or is_conversation(text):
                return _judge(name, text, own, named)
    raise UnusableJudge("it has no rubric")


def _by_name(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    plain = key.removesuffix("_prompts").removesuffix("_prompt").removesuffix("_template").removesuffix("_rubric")
    singular = {"judges": "judge", "guesser": "guess", "eval": "judge", "scoring": "score"}.get(plain, plain)
    if isinstance(value, dict) and not any(isinstance(value.get(k), str | list) for k in (*_TEXT_KEYS, "paraphrases")):
        for name, each in value.items():
            yield str(name)[:100], each
    elif isinstance(value, list) and not is_conversation(value):
        for number, each in enumerate(value, 1):
            named = each.get("name") or each.get("id") if isinstance(each, dict) else each if _is_word(each) else None
            yield str(named or f"{singular} {number}")[:100], each
    else:
        yield singular, value


def _is_score_legend(value: Any) -> bool:
    """Return whether a rubric is a mapping from scores to their meanings."""
    return isinstance(value, dict) and all(str(key).strip().lstrip("-").isdecimal() for key in value)


def _check_scale(item: Mapping[str, Any]) -> None:
    low, high = item.get("min_rating", 0), item.get("max_rating", 100)
    if (low, high) != (0, 100):
        raise UnusableJudge(f"it rates from {str(low)[:20]} to {str(high)[:20]}, but judges here rate from 0 to 100")


def _kind(text: str, type_: str) -> Kind:
    if any(word in type_ for word in ("0_100", "rating", "score", "numeric")) or _NUMBERS.search(text):
        return "score"
    if "binary" in type_ or "yes" in type_ or _YES_NO.search(text):
        return "yes-no"
    return "word"


def _holds_answer(text: str) -> bool:
    return any((found[1] or found[2] or found[3].lower()) in _ANSWER for found in _PLACEHOLDER.finditer(text))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and " " not in value and len(value) < 100
