"""Finds the questions and judges in a YAML or JSON document, in whatever lists and mappings they are."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from diptych.probes.conversations import is_conversation, json_kind
from diptych.probes.question_files import field_names
from diptych.probes.question_files.left_out import LeftOut
from diptych.probes.question_files.rubrics import RUBRIC_KEYS, is_about_judging
from diptych.probes.typed_toml import FileError

_OF_QUESTIONS = ("paraphrases", "question_paraphrases")
_MOST_ITEMS = 20_000
_DEEPEST = 6
_LISTS = (
    "questions", "prompts", "items", "data", "examples", "samples", "evals", "eval_questions", "evaluation_questions",
    "test_questions", "probes", "tasks", "rows", "instances", "dataset", "entries", "queries",
)  # fmt: skip
"""Keys under which a mapping lists its questions. The other keys apply to each of them."""
_LEAST_WORDS = 3
"""Words that a text under a name of its own needs to be a question. A setting has fewer."""

_ABOUT = frozenset((
    "description", "about", "note", "notes", "comment", "comments", "summary", "abstract", "source", "citation",
    "license", "licence", "author", "authors", "readme", "purpose", "motivation", "explanation", "documentation",
    "usage", "meta", "metadata", "info", "title", "paper", "url",
))  # fmt: skip
"""Names of texts about the questions."""

Named = tuple[str, dict[str, Any]]


def parse_documents(path: Path, text: str) -> list[Any]:
    """Return the documents of a YAML or JSON file as plain values. Raises FileError."""
    if path.suffix.lower() == ".json":
        import msgspec

        try:
            return [msgspec.json.decode(text)]
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            raise FileError(f"{path}: is not valid JSON: {error}") from error
    import yaml  # late: only imports need it

    try:
        return [value for value in yaml.load_all(text, _loader()) if value is not None]
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise FileError(f"{path}: is not valid YAML: {reason}") from error


def plain_rows(values: list[Any]) -> list[Any] | None:
    """Return the rows of a document that is a plain list of rows with prompts, as data sets are; None if it is not."""
    found = values[0] if len(values) == 1 else None
    if isinstance(found, dict):
        found = next((found[key] for key in ("data", "rows", "examples", "instances") if key in found), None)
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        return None
    own = {*_OF_QUESTIONS, *RUBRIC_KEYS, *field_names.TYPE}
    return None if any(own & field_names.normalized(each).keys() for each in found) or is_conversation(found) else found


def document_items_of(path: Path, values: list[Any], left_out: LeftOut) -> Iterator[Named]:
    """Yield each item with its name, or "". Raises FileError."""
    count = 0
    for value in values:
        if not isinstance(value, dict | list):
            raise FileError(f"{path}: expected a list of questions, found {json_kind(value)}")
        for item in _Items(left_out).of("", value, {}, 0):
            count += 1
            if count > _MOST_ITEMS:
                raise FileError(f"{path}: contains more than {_MOST_ITEMS:,} questions")
            yield item


class _Items:
    """Walks through lists and mappings. What is not a question and holds none is reported as left out."""

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out

    def of(self, name: str, value: Any, common: Mapping[str, Any], depth: int) -> Iterator[Named]:
        """Yield the items in a value. `name`: the key above it. `common`: fields that apply to each item."""
        if depth > _DEEPEST:
            self._left_out.add(f"it is nested more than {_DEEPEST} levels deep", name)
        elif isinstance(value, list):
            yield from self._of_list(name, value, common, depth)
        elif isinstance(value, dict):
            yield from self._of_mapping(name, field_names.normalized(value), common, depth)
        elif isinstance(value, str):
            yield name, {**common, "prompt": value}

    def _of_list(self, name: str, values: list[Any], common: Mapping[str, Any], depth: int) -> Iterator[Named]:
        if values and field_names.as_texts(values) is not None:
            yield name, {**common, "paraphrases": values}
        elif is_conversation(values):
            yield name, {**common, "messages": values}
        else:
            for value in values:
                if isinstance(value, dict | list):
                    yield from self.of("" if isinstance(value, dict) else name, value, common, depth + 1)
                elif value is not None:
                    yield "", {**common, "prompt": value}

    def _of_mapping(self, name: str, value: dict[str, Any], common: Mapping[str, Any], depth: int) -> Iterator[Named]:
        key = next((k for k in _LISTS if _lists_items(value.get(k))), None)
        if key is None and _is_item(value):
            yield name, {**common, **value}
        elif key is not None:
            shared = {k: each for k, each in value.items() if k != key and k not in field_names.IDENTITY}
            own = field_names.as_text(field_names.first_of(value, field_names.IDENTITY)[1] or name)
            yield from self.of(own, value[key], {**common, **shared}, depth + 1)
        else:
            yield from self._by_name(value, common, depth)

    def _by_name(self, value: dict[str, Any], common: Mapping[str, Any], depth: int) -> Iterator[Named]:
        """Yield the values of a mapping by their names. Beside lists and mappings of questions, a text is a
        description."""
        shared = {key: each for key, each in value.items() if key in (*field_names.SHARED, *RUBRIC_KEYS, "judge")}
        grouped = any(
            isinstance(each, dict | list) and _may_be_asked(each)
            for key, each in value.items()
            if key not in shared and not is_about_judging(key)
        )
        for own, each in value.items():
            if grouped and own in shared:
                continue
            if is_about_judging(own) and not (isinstance(each, dict) and {*_OF_QUESTIONS, "question"} & each.keys()):
                for name, item in self.of(own, each, {}, depth + 1):
                    yield name, {"type": "judge"} | item
            elif own in _ABOUT or (grouped and not isinstance(each, dict | list)) or not _may_be_asked(each):
                self._left_out.add("is a setting, not a question", own)
            else:
                yield from self.of(own, each, {**common, **shared} if grouped else common, depth + 1)


def _may_be_asked(value: Any) -> bool:
    """Return whether a named value is questions, and not a setting: lists, mappings, or sentences."""
    if isinstance(value, dict):
        return bool(value)
    texts = value if isinstance(value, list) else [value]
    sentences = sum(isinstance(text, str) and _is_sentence(text) for text in texts)
    return any(isinstance(each, dict | list) for each in texts) or (bool(texts) and 2 * sentences > len(texts))


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= _LEAST_WORDS or text.rstrip().endswith("?")


def _is_item(value: Mapping[str, Any]) -> bool:
    """Return whether a mapping is a question or a judge, and not a mapping that contains some."""
    typed = any(isinstance(value.get(key), str) for key in field_names.TYPE)
    named = any(isinstance(value.get(key), str | int | float) for key in ("id", "name"))
    worded = any(key in value for key in _OF_QUESTIONS) or any(
        isinstance(value.get(key), list) for key in field_names.CONVERSATIONS
    )
    return typed or worded or _asks(value) or (named and not any(_holds_questions(each) for each in value.values()))


def _asks(value: Mapping[str, Any]) -> bool:
    keys = (*field_names.WORDINGS, *field_names.CONVERSATIONS, *field_names.INSTRUCTION, "turns")
    return any(field_names.may_be_asked(value.get(key)) for key in keys)


def _holds_questions(value: Any) -> bool:
    within = value if isinstance(value, list) else [value]
    return any(isinstance(each, dict) and _asks(field_names.normalized(each)) for each in within)


def _lists_items(value: Any) -> bool:
    """Return whether a value is a list of questions: of texts, or of mappings that are not messages."""
    if isinstance(value, dict):
        return bool(value) and all(isinstance(each, dict | str | list) for each in value.values())
    return (
        isinstance(value, list)
        and bool(value)
        and not is_conversation(value)
        and any(isinstance(each, str | dict | list) for each in value)
    )


def _loader() -> Any:
    """A YAML loader for plain values: yes, no, dates and values with foreign tags stay as written."""
    import yaml

    class Plain(yaml.CSafeLoader):  # type: ignore[misc]
        pass

    left = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    Plain.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in left]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def as_it_stands(loader: Any, suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    Plain.add_multi_constructor("", as_it_stands)
    Plain.add_multi_constructor("!", as_it_stands)
    return Plain
