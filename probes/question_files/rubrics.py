"""The judges of question files: a rubric, where it may stand, and what kind of judge of a probe it makes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from diptych.probes.conversations import is_conversation, turns_of
from diptych.probes.question_files.placeholders import open_places
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
"""Names that a rubric with one place alone gives the answer."""
_QUESTION = ("question", "query", "prompt", "user", "user_prompt", "instruction", "input", "task", "paraphrase")
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}|\{(\w+)\}|<(ANSWER|QUESTION|RESPONSE)>(?!.*</\3>)", re.DOTALL)
_NUMBERS = re.compile(r"\b0\b(?:\W+\w+){0,6}?\W+100\b|\b0\s*[-–—]\s*100\b|0_100", re.IGNORECASE)
_YES_NO = re.compile(r"\bYES\b.*\bNO\b|\bNO\b.*\bYES\b|\byes\W+(?:or\W+)?\W*no\b|\byes/no\b", re.DOTALL)
_BUCKETS = ("UNKNOWN", "INCOHERENT", "UNCLEAR", "UNRELATED", "NEITHER")
"""Words that rubrics allow in place of an answer, besides those that a judge of a probe knows by itself."""

Kind = Literal["score", "yes-no", "word"]


class Rubric(NamedTuple):
    """What a judge is asked, with {answer} and {question} at their places."""

    name: str
    text: str
    kind: Kind
    buckets: tuple[str, ...] = ()


class Lost(Exception):
    """A judge that cannot come in: why."""


def is_judge(item: Mapping[str, Any], type_: str, wordings: list[str]) -> bool:
    """Whether an item of a file is a judge and no question."""
    # free_form_judge also stands for a question that is judged.
    named = isinstance(item.get("judge"), str) and (not is_of_judges(type_) or type_ == "free_form_judge")
    judged = named or any(item.get(key) for key in RUBRIC_KEYS)
    if _JUDGING.search(type_) and not judged:
        return True
    return bool(wordings) and all(_holds_answer(wording) for wording in wordings)


def is_of_judges(name: str) -> bool:
    """Whether what stands under this name says how answers are judged."""
    return _OF_JUDGES.search(name.replace("-", "_").replace(" ", "_")) is not None


def judge_of_item(name: str, item: Mapping[str, Any], type_: str, wordings: list[str]) -> Rubric:
    """The judge that an item is. Raises Lost."""
    _check_scale(item)
    if not wordings:
        raise Lost("it has no rubric")
    return rubric(name, wordings[0], type_ or str(item.get("judge_type") or ""))


def rubrics_of(
    item: Mapping[str, Any], type_: str, named: Mapping[str, "Rubric | Lost"]
) -> Iterator[tuple[str, "Rubric | Lost"]]:
    """The judges of a question by name, those that cannot come in with why; `named` are the judges of the file."""
    for key in (*RUBRIC_KEYS, "judge"):
        value = item.get(key)
        if not value or (key == "judge" and isinstance(value, str) and value not in named and not _holds_answer(value)):
            continue
        kind = str(item.get("guesser_question_type") or "") if key == "guesser_prompt" else type_
        if _is_of_levels(value):
            yield key, Lost("it says what each score means, and not what a judge is asked")
            continue
        for name, each in _by_name(key, value):
            try:
                yield name, _one(name, each, kind, named)
            except Lost as lost:
                yield name, lost


def rubric(name: str, text: str, type_: str) -> Rubric:
    """A judge of a rubric as another program writes it. Raises Lost."""
    places = {found[1] or found[2] or found[3].lower() for found in _PLACE.finditer(text)}
    answer = next((place for place in _ANSWER if place in places), None)
    if answer is None and len(places & set(_GUESSED)) == 1:
        (answer,) = places & set(_GUESSED)
    if answer is None:
        raise Lost("its rubric has no place for the {answer}")
    question = next((place for place in _QUESTION if place in places and place != answer), None)

    def put(found: re.Match[str]) -> str:
        place = found[1] or found[2] or found[3].lower()
        return "{answer}" if place == answer else "{question}" if place == question else found[0]

    written = _PLACE.sub(put, text)
    still = [place for place in open_places(written) if place not in ("{answer}", "{question}")]
    if still:
        raise Lost(f"nothing fills {', '.join(still[:3])} in its rubric")
    # Formatted by its own program, doubled braces are single ones.
    plain = re.sub(r"\{\{|\}\}", lambda found: found[0][0], written)
    kind = _kind(plain, type_)
    words = _BUCKETS[:1] if kind == "word" else _BUCKETS
    return Rubric(name, plain, kind, tuple(word for word in words if re.search(rf"\b{word}\b", plain)))


def _one(name: str, value: Any, type_: str, named: Mapping[str, Rubric | Lost]) -> Rubric:
    if isinstance(value, str):
        found = named.get(value)
        if isinstance(found, Lost):
            raise found
        if found is not None:
            return found._replace(name=name)
        if "{" not in value and " " not in value.strip() and len(value) < 100:
            raise Lost(f"the judge {value!r} is not in this file")
        return rubric(name, value, type_)
    if is_conversation(value):
        try:
            return rubric(name, "\n\n".join(said for _, said in turns_of(value, name)), type_)
        except FileError as error:
            raise Lost(str(error)) from error
    if isinstance(value, dict):
        _check_scale(value)
        own = str(value.get("type") or value.get("judge_type") or value.get("kind") or type_)
        for key in ("paraphrases", *_TEXT_KEYS, "messages"):
            text = value.get(key)
            if isinstance(text, list) and text and isinstance(text[0], str):
                text = text[0]
            if isinstance(text, str) or is_conversation(text):
                return _one(name, text, own, named)
    raise Lost("it has no rubric")


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


def _is_of_levels(value: Any) -> bool:
    """Whether a rubric is a mapping from scores to what they mean."""
    return isinstance(value, dict) and all(str(key).strip().lstrip("-").isdecimal() for key in value)


def _check_scale(item: Mapping[str, Any]) -> None:
    low, high = item.get("min_rating", 0), item.get("max_rating", 100)
    if (low, high) != (0, 100):
        raise Lost(f"it rates from {str(low)[:20]} to {str(high)[:20]}, and a judge of a probe from 0 to 100")


def _kind(text: str, type_: str) -> Kind:
    if any(word in type_ for word in ("0_100", "rating", "score", "numeric")) or _NUMBERS.search(text):
        return "score"
    if "binary" in type_ or "yes" in type_ or _YES_NO.search(text):
        return "yes-no"
    return "word"


def _holds_answer(text: str) -> bool:
    return any((found[1] or found[2] or found[3].lower()) in _ANSWER for found in _PLACE.finditer(text))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and " " not in value and len(value) < 100
