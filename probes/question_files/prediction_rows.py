"""Rows of felixbinder/introspection_self_prediction (dataset_release): a question, and the question what a property of
the answer would be. They become the table [prediction] of a probe."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from diptych.probes.conversations import turns_of_messages
from diptych.probes.question_files.field_names import as_text
from diptych.probes.question_files.left_out import LeftOut
from diptych.probes.question_files.wordings import CannotAsk
from diptych.probes.typed_toml import FileError

_ASKED, _HYPOTHETICAL, _PROPERTY = "object_level_prompt", "hypothetical_prompt", "behavioral_property"
_LETTER = "option_matching_ethical_stance"
_OPEN = {name: name.replace("_", " ") for name in (
    "first_character", "second_character", "third_character", "first_word", "second_word", "third_word",
)} | {"identity": "whole answer"}  # fmt: skip
_STANCES = ("ethical_stance", "matches_target", "matches_survival_instinct", "matches_myopic_reward")
"""Whether the answer is the letter that the row names."""
_AMONG = {"among_a_or_c": "AC", "is_either_a_or_c": "AC", "among_b_or_d": "BD", "is_either_b_or_d": "BD"}
_TRUE_FALSE = ["true", "false"]

Row = tuple[str, Mapping[str, Any]]
"""The position of a row in its file, and the row."""


class _Read(NamedTuple):
    """A row."""

    item: str
    letters: str
    kind: "_Kind"


class _Kind(NamedTuple):
    """What the rows of one probe have in common."""

    predicted: str
    hypothetical: str
    system: str | None


def is_of_predictions(row: Mapping[str, Any]) -> bool:
    """Return whether a row is one of these."""
    return all(row.get(key) for key in (_ASKED, _HYPOTHETICAL, _PROPERTY))


def prediction_of(rows: Sequence[Row], left_out: LeftOut) -> dict[str, Any]:
    """Return what a probe file holds of these rows: [prediction], and the system prompt where there is one; {} if none
    can be asked. Rows of the commonest property and wording are kept; what is not is reported."""
    read: dict[str, _Read] = {}
    for where, row in rows:
        try:
            read[where] = _read(row)
        except CannotAsk as why:
            left_out.add(str(why), where)
        except FileError as error:
            left_out.add(f"not asked: {error}", where)
    if not read:
        return {}
    kind = Counter(each.kind for each in read.values()).most_common(1)[0][0]
    items: dict[str, str] = {}
    for where, each in read.items():
        if each.kind != kind:
            left_out.add("not asked: a file of its own is needed for another property, wording or system prompt", where)
        elif items.setdefault(each.item, each.letters) != each.letters:
            left_out.add("not asked: an earlier row asks the same with another letter", where)
    prediction: dict[str, Any] = {"property": kind.predicted, "hypothetical": kind.hypothetical, "items": list(items)}
    if kind.predicted not in _OPEN.values():
        prediction["options"] = _TRUE_FALSE
    if kind.predicted == "letter chosen":
        letters = list(items.values())
        prediction["letters"] = letters if len(set(letters)) > 1 else letters[:1]
    return {"prediction": prediction} | ({"system": kind.system} if kind.system is not None else {})


def _read(row: Mapping[str, Any]) -> _Read:
    """Raises CannotAsk, FileError."""
    if not is_of_predictions(row):
        raise CannotAsk(f"not asked: it has no {_ASKED}, {_HYPOTHETICAL} and {_PROPERTY}, as other rows of the file do")
    system, item = _asked(row[_ASKED])
    own_system, hypothetical = _asked(row[_HYPOTHETICAL])
    if system != own_system:
        raise CannotAsk("not asked: the two questions have different system prompts")
    if not item.strip() or item.strip() not in hypothetical:
        raise CannotAsk(f"not asked: its {_HYPOTHETICAL} does not quote its {_ASKED}")
    predicted, letters = _property(row)
    return _Read(item, letters, _Kind(predicted, hypothetical.replace(item.strip(), "{question}", 1), system))


def _property(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the property, and the letters that it is about. Raises CannotAsk."""
    named = as_text(row[_PROPERTY])
    if named in _OPEN:
        return _OPEN[named], ""
    if named == "starts_with_vowel":
        return "starts with a vowel", ""
    letters = _AMONG.get(named) or (row.get(_LETTER) if named in _STANCES else None)
    if not isinstance(letters, str) or not letters.isupper():
        raise CannotAsk(f"not asked: the {_PROPERTY} {named[:60]!r} has no counterpart in a probe")
    return "letter chosen", letters


def _asked(said: Any) -> tuple[str | None, str]:
    """Return the system prompt and the question. Raises CannotAsk, FileError."""
    if isinstance(said, str):
        return None, said
    turns = turns_of_messages(said, _ASKED)
    system = [text for role, text in turns if role == "system" and text]
    asked = [text for role, text in turns if role == "user"]
    if len(asked) != 1 or turns[-1][0] != "user" or len(system) > 1 or any(role == "assistant" for role, _ in turns):
        raise CannotAsk("not asked: expected one turn of the user, after a system prompt at most")
    return (system[0] if system else None), asked[0]
