"""Reads the wordings of an item: texts, or conversations whose last turn is the question."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from diptych.probes.chat_markup import split_chat_markup
from diptych.probes.conversations import (
    Turn,
    has_other_parts,
    is_conversation,
    is_message,
    json_kind,
    turns_of_messages,
)
from diptych.probes.question_files import field_names
from diptych.probes.question_files.left_out import LeftOut
from diptych.probes.typed_toml import FileError

_ALWAYS_QUESTION = ("paraphrases", "question_paraphrases", *field_names.CONVERSATIONS)
"""A value under one of these keys is the question, even if it is malformed."""
_NUMBERS = ("paraphrases", "prompt", "question")
_WITHIN = ("text", "content", "question", "prompt", "paraphrase", "wording")


class Wording(NamedTuple):
    """One wording with what comes before it."""

    prompt: str
    system: str | None = None
    before: tuple[Turn, ...] = ()

    @property
    def texts(self) -> Sequence[str]:
        """All texts that are sent."""
        return (self.prompt, self.system or "", *(said for _, said in self.before))


class CannotAsk(Exception):
    """An item cannot be asked; the message says why."""


def wordings_of(item: Mapping[str, Any]) -> list[str]:
    """Return the texts that would be asked."""
    _, value = _find_question(item)
    texts = value if isinstance(value, list) else [value]
    return [each for each in texts if isinstance(each, str)]


def read_wordings(item: Mapping[str, Any], name: str, left_out: LeftOut) -> tuple[set[str], list[Wording]]:
    """Return the keys that were read and the wordings of an item. Raises CannotAsk, FileError."""
    key, value = _find_question(item)
    keys = {key}
    if (beside := _text_after(key, value, item)) is not None:
        keys.add(beside)
        value = [*value, {"role": "user", "content": item[beside]}]
    if value is None:
        found = ", ".join(list(item)[:8])
        raise CannotAsk(
            "expected one of prompt, question, paraphrases, text, input, instruction, or messages with a user's turn"
            + (f"; found {found[:200]}" if found else "")
        )
    if key == "turns" and not is_conversation(value):
        return keys, [Wording(_first_turn(name, value, left_out))]
    if is_message(value):
        value = [value]
    if isinstance(value, list) and any(is_conversation(each) for each in value):
        return keys, [_read_wording(name, each, key, left_out) for each in value]
    if is_conversation(value):
        return keys, [_conversation(name, value, key, left_out)]
    if key in field_names.CONVERSATIONS:
        raise FileError(f"{key}: expected a list of messages, found {json_kind(value)}")
    texts = field_names.as_texts(value)
    if texts is None or not any(text.strip() for text in texts):
        raise FileError(f"{key}: expected texts, found {json_kind(value)}")
    return keys, [_read_wording(name, text, key, left_out) for text in texts if text.strip()]


def _text_after(key: str, value: Any, item: Mapping[str, Any]) -> str | None:
    """Return the key of a text that follows messages which end with an answer, if it is not one of them."""
    if key not in field_names.CONVERSATIONS or not is_conversation(value):
        return None
    turns = turns_of_messages(value, key)
    beside = next((k for k in field_names.WORDINGS if field_names.may_be_asked(item.get(k))), None)
    asked = item.get(beside) if beside is not None else None
    new = isinstance(asked, str) and ("user", asked) not in turns
    return beside if new and turns[-1][0] == "assistant" else None


def _find_question(item: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the key and the value of the question; "" and None if there is none."""
    for key in (*field_names.CONVERSATIONS, *field_names.WORDINGS, *field_names.INSTRUCTION, "turns"):
        value = _as_texts(item.get(key)) if key in field_names.WORDINGS else item.get(key)
        if isinstance(value, int | float) and key in _NUMBERS:
            value = field_names.as_text(value)
        if field_names.may_be_asked(value) or _are_conversations(value) or is_message(value):
            return key, value
        if value not in (None, "", [], {}) and key in _ALWAYS_QUESTION:
            return key, value
    return "", None


def _as_texts(value: Any) -> Any:
    """Return wordings that are objects, or named values of one, as texts."""
    if isinstance(value, dict) and not is_message(value):
        named = next((value[key] for key in _WITHIN if isinstance(value.get(key), str)), None)
        return named if named is not None else list(value.values())
    if isinstance(value, list) and not is_conversation(value):
        return [_as_texts(each) if isinstance(each, dict) and not is_message(each) else each for each in value]
    return value


def _read_wording(name: str, value: Any, key: str, left_out: LeftOut) -> Wording:
    """Read a text or a conversation. A text with chat markup up to the answer is a conversation too."""
    if not isinstance(value, str):
        return _conversation(name, value, key, left_out)
    turns = split_chat_markup(value)
    if turns[-1] != ("assistant", "") or turns[0][0] not in ("system", "user"):
        return Wording(value)
    return _conversation(name, [{"role": role, "content": said} for role, said in turns[:-1]], key, left_out)


def _conversation(name: str, messages: list[Any], key: str, left_out: LeftOut) -> Wording:
    """Read a conversation up to the last turn of the user, which is the question."""
    turns = turns_of_messages(messages, key)
    if has_other_parts(messages):
        raise CannotAsk(f"not asked: {key} contains pictures, tools or other parts that are not text")
    while turns and turns[-1][0] == "assistant":
        left_out.add(f"the assistant's last turn in {key} is left out: it is the answer", name)
        turns.pop()
    systems = [said for role, said in turns if role == "system"]
    turns = [turn for turn in turns if turn[0] != "system"]
    unknown = next((role for role, _ in turns if role not in ("user", "assistant")), None)
    if unknown is not None:
        raise CannotAsk(f"not asked: {key} contains a turn of {unknown!r}")
    if not turns or not turns[-1][1].strip():
        raise CannotAsk(f"not asked: {key} contains no turn of the user")
    return Wording(turns[-1][1], "\n\n".join(systems) or None, tuple(turns[:-1]))


def _first_turn(name: str, value: Any, left_out: LeftOut) -> str:
    texts = field_names.as_texts(value)
    if texts is None or not texts:
        raise FileError(f"turns: expected texts, found {json_kind(value)}")
    if len(texts) > 1:
        left_out.add("only the first of its turns is asked: the later ones depend on the model's answer", name)
    return texts[0]


def _are_conversations(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(is_conversation(each) for each in value)
