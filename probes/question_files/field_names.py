"""The names that other programs use for the fields of a question, and how to read a field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from diptych.probes.conversations import is_conversation, json_kind

WORDINGS = (
    "paraphrases", "question_paraphrases", "prompt_paraphrases", "paraphrased_questions", "variations", "wordings",
    "phrasings", "questions", "prompts", "prompt", "question", "text", "query", "problem", "goal", "behavior",
    "behaviour", "user_prompt", "user_message", "user_input", "user", "human", "sentence", "statement", "request",
    "task_prompt", "input", "inputs", "content", "stem", "question_stem", "question_text", "prompt_text",
    "forbidden_prompt", "message",
)  # fmt: skip
"""The first of these keys in an item holds its question."""
COLUMNS = (
    "prompt", "question", "text", "input", *(name for name in WORDINGS if name not in ("prompt", "question", "text")),
    "instruction", "instructions", "messages", "conversations", "turns",
)  # fmt: skip
"""A table of questions must have one of these columns."""
CONVERSATIONS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "chat_history", "contents")
SYSTEM = (
    "system",
    "system_prompt",
    "system_message",
    "sys_prompt",
    "system_prompts",
    "systems",
    "systeminstruction",
    "system_instruction",
)
BEFORE = (
    "messages_prefix", "prefix_messages", "history", "conversation_history", "dialogue_history", "dialog_history",
    "message_history", "previous_messages", "previous_turns", "prior_messages", "prior_turns", "earlier_turns",
    "few_shot", "few_shot_messages", "context_messages",
)  # fmt: skip
"""Turns before the question."""
OPTIONS = (
    "options",
    "choices",
    "answer_choices",
    "answer_options",
    "mc_options",
    "mc1_targets",
    "mc2_targets",
    "target_scores",
    "alternatives",
)
SHARED = (*SYSTEM, *BEFORE, "prefix", "suffix", "samples_per_paraphrase")
"""Fields that apply to each question of a file if they are beside the list of questions."""
IDENTITY = ("id", "name", "title", "question_id", "key", "qid", "idx", "index")
GROUPS = ("condition", "category", "id", "name")
"""Fields by which the rows of a list are grouped."""
PREFILL = ("prefill", "assistant_prefix", "assistant_prefill", "answer_prefix", "response_prefix")
TEMPLATE = ("template", "prompt_template", "question_template", "user_template")
VARIABLES = ("variables", "vars", "args", "params", "placeholders", "fill", "values", "substitutions")
TYPE = ("type", "question_type")
INSTRUCTION = ("instruction", "instructions")
CONTEXT = ("context", "contextstring", "passage")
SAMPLING = {
    "temperature": float, "top_p": float, "max_tokens": int, "max_new_tokens": int, "max_completion_tokens": int,
    "seed": int,
}  # fmt: skip
_NESTED = ("sampling", "sampling_params", "generation_kwargs", "generation_config", "gen_kwargs", "model_args")
_LETTERS = "abcdefghij"
_LARGEST = 2**63


def normalized(item: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the item with its keys in lower case, with underscores."""
    return {as_text(key).strip().lower().replace(" ", "_").replace("-", "_"): value for key, value in item.items()}


def as_text(value: Any) -> str:
    """Return text or a number as text. For anything else, which may be endless, return only its kind."""
    plain = isinstance(value, str | float | bool) or (isinstance(value, int) and abs(value) < _LARGEST)
    return str(value) if plain else json_kind(value)


def first_of(item: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, Any]:
    """Return the first of the keys that has a value, and the value; "" and None if there is none."""
    return next(((key, item[key]) for key in keys if item.get(key) not in (None, "", [], {})), ("", None))


def as_texts(value: Any) -> list[str] | None:
    """Return a text, a number or a list of these as texts; None for anything else."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str | float | int) and not isinstance(each, bool) for each in values):
        return None
    return [as_text(each) for each in values]


def options_of(item: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the options and their key: a list, a mapping from letters, a list in one cell, or a column for each
    letter."""
    key, value = first_of(item, OPTIONS)
    if isinstance(value, dict):
        value = _in_mapping(value)
    if isinstance(value, list):
        value = [_text_of_option(each) for each in value]
    if isinstance(value, str):
        value = _in_cell(value)
    if isinstance(value, list) and len(value) > 1 and (texts := as_texts(value)) is not None:
        return key, _without_letters(texts)
    for columns in _option_columns():
        found = [(column, item[column]) for column in columns if item.get(column) not in (None, "")]
        if len(found) > 1 and (texts := as_texts([value for _, value in found])) is not None:
            return found[0][0], _without_letters(texts)
    return key, []


def columns_of_options(item: Mapping[str, Any], key: str) -> set[str]:
    """Return all columns that `options_of` read for this key."""
    if not key or key in OPTIONS:
        return {key}
    return next(({*columns} & item.keys() for columns in _option_columns() if key in columns), {key})


def sampling_of(item: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Return the sampling parameters and the keys that they came from."""
    found: dict[str, Any] = {}
    read: set[str] = set()
    for key, value in _parameters(item, read):
        kind = SAMPLING[key]
        try:
            number = kind(value) if kind is float else int(float(value))
        except (TypeError, ValueError, OverflowError):
            continue
        sensible = number == number and abs(number) < _LARGEST and not isinstance(value, bool)
        if sensible and (number >= 1 if key.startswith("max") else number >= 0):
            found["max_tokens" if key.startswith("max") else key] = number
            read.add(key)
    return found, read


def _parameters(item: Mapping[str, Any], read: set[str]) -> Iterator[tuple[str, Any]]:
    for key in _NESTED:
        if isinstance(item.get(key), dict) and set(normalized(item[key])) <= SAMPLING.keys():
            read.add(key)
            yield from normalized(item[key]).items()
    yield from ((key, item[key]) for key in SAMPLING if item.get(key) is not None)


def variables_of(item: Mapping[str, Any], taken: set[str]) -> dict[str, list[str]]:
    """Return the values for placeholders: texts and lists of texts by their key, and by its singular."""
    values: dict[str, list[str]] = {}
    plain = [(key, value) for key, value in item.items() if key not in taken]
    for key in VARIABLES:
        if isinstance(item.get(key), dict):
            plain += normalized(item[key]).items()
    for key, value in plain:
        if isinstance(value, dict) and value:
            value = list(value.values())
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            value = [
                next((each[k] for k in ("text", "description", "scenario", "content") if k in each), None)
                for each in value
            ]
        texts = as_texts(value) if value not in (None, [], "") else None
        if texts:
            values[key] = texts
            if key.endswith("s") and isinstance(value, list):
                values.setdefault(key[:-1], texts)
    return values


def may_be_asked(value: Any) -> bool:
    """Return whether a value may be a question: texts, or messages."""
    if isinstance(value, str):
        return bool(value.strip())
    return isinstance(value, list) and bool(value) and (as_texts(value) is not None or is_conversation(value))


def _option_columns() -> Iterator[list[str]]:
    """Names of columns that hold one option each."""
    for column_format in (
        "{}",
        "option_{}",
        "option{}",
        "choice_{}",
        "choice{}",
        "answer_{}",
        "op{}",
        "ans{}",
        "ending{}",
    ):
        yield [column_format.format(letter) for letter in _LETTERS]
        if column_format != "{}":
            yield [column_format.format(number) for number in range(len(_LETTERS))]


def _in_mapping(value: dict[Any, Any]) -> list[Any]:
    """Return the options in a mapping: a list beside their labels, values by letter, or keys whose values say which
    is right."""
    for key in ("text", "texts", "choices", "options"):
        if isinstance(value.get(key), list):
            return list(value[key])
    keys = [as_text(key) for key in value]
    lettered = [key.strip().lower() for key in keys] == list(_LETTERS[: len(keys)])
    labels = all(isinstance(each, bool | int | float) or each is None for each in value.values())
    return keys if labels and not lettered else list(value.values())


def _without_letters(options: list[str]) -> list[str]:
    """Remove the letters before the options if all have them, because they are lettered again."""
    found = [
        re.match(rf"\s*\(?{letter}[).:]\s+", option, re.I) for letter, option in zip(_LETTERS, options, strict=False)
    ]
    if len(found) < len(options) or not all(found):
        return options
    return [option[match.end() :] for match, option in zip(found, options, strict=True) if match is not None]


def _text_of_option(option: Any) -> Any:
    if isinstance(option, dict):
        return next((option[k] for k in ("text", "option", "content", "value", "answer") if k in option), None)
    return option


def _in_cell(cell: str) -> list[str] | None:
    """Read a list that is written in one cell of a table."""
    import ast

    if cell.strip()[:1] in "[(":
        try:
            read = ast.literal_eval(cell.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            read = None
        if isinstance(read, list | tuple):
            return list(read)
    for separator in ("\n", "|", ";"):
        parts = [part.strip() for part in cell.split(separator) if part.strip()]
        if len(parts) > 1:
            return parts
    return None
