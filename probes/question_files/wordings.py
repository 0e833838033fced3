"""What an item asks, as it stands: texts, or conversations whose last turn is asked."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from diptych.probes.chat_markup import turns_in
from diptych.probes.conversations import Turn, has_other_parts, is_conversation, is_message, kind_of, turns_of
from diptych.probes.question_files import field_names
from diptych.probes.question_files.losses import Losses
from diptych.probes.typed_toml import FileError

_MEANT = ("paraphrases", "question_paraphrases", *field_names.TALKS)
"""What stands under these is what is asked, though it may be broken."""
_NUMBERS = ("paraphrases", "prompt", "question")
_WITHIN = ("text", "content", "question", "prompt", "paraphrase", "wording")


class Asked(NamedTuple):
    """One wording with what comes before it."""

    prompt: str
    system: str | None = None
    before: tuple[Turn, ...] = ()

    @property
    def texts(self) -> Sequence[str]:
        """All that is sent."""
        return (self.prompt, self.system or "", *(said for _, said in self.before))


class Unasked(Exception):
    """Why an item cannot be asked."""


def wordings_of(item: Mapping[str, Any]) -> list[str]:
    """The texts that would be asked."""
    _, value = _wording(item)
    texts = value if isinstance(value, list) else [value]
    return [each for each in texts if isinstance(each, str)]


def asked_by(item: Mapping[str, Any], name: str, losses: Losses) -> tuple[set[str], list[Asked]]:
    """What an item asks, and the keys that it stands under. Raises Unasked, FileError."""
    key, value = _wording(item)
    keys = {key}
    if (beside := _asked_after(key, value, item)) is not None:
        keys.add(beside)
        value = [*value, {"role": "user", "content": item[beside]}]
    if value is None:
        found = ", ".join(list(item)[:8])
        raise Unasked(
            "expected one of prompt, question, paraphrases, text, input, instruction, or messages with a user's turn"
            + (f"; found {found[:200]}" if found else "")
        )
    if key == "turns" and not is_conversation(value):
        return keys, [Asked(_first_turn(name, value, losses))]
    if is_message(value):
        value = [value]
    if isinstance(value, list) and any(is_conversation(each) for each in value):
        return keys, [_one(name, each, key, losses) for each in value]
    if is_conversation(value):
        return keys, [_conversation(name, value, key, losses)]
    if key in field_names.TALKS:
        raise FileError(f"{key}: expected a list of messages, found {kind_of(value)}")
    texts = field_names.texts_in(value)
    if texts is None or not any(text.strip() for text in texts):
        raise FileError(f"{key}: expected texts, found {kind_of(value)}")
    return keys, [_one(name, text, key, losses) for text in texts if text.strip()]


def _asked_after(key: str, value: Any, item: Mapping[str, Any]) -> str | None:
    """The key of a text that is asked after messages which end with an answer, and is none of them."""
    if key not in field_names.TALKS or not is_conversation(value):
        return None
    turns = turns_of(value, key)
    beside = next((k for k in field_names.WORDINGS if field_names.is_asked(item.get(k))), None)
    asked = item.get(beside) if beside is not None else None
    new = isinstance(asked, str) and ("user", asked) not in turns
    return beside if new and turns[-1][0] == "assistant" else None


def _wording(item: Mapping[str, Any]) -> tuple[str, Any]:
    """What is asked and its key; "" and None where there is nothing."""
    for key in (*field_names.TALKS, *field_names.WORDINGS, *field_names.INSTRUCTION, "turns"):
        value = _plain(item.get(key)) if key in field_names.WORDINGS else item.get(key)
        if isinstance(value, int | float) and key in _NUMBERS:
            value = field_names.word(value)
        if field_names.is_asked(value) or _are_conversations(value) or is_message(value):
            return key, value
        if value not in (None, "", [], {}) and key in _MEANT:
            return key, value
    return "", None


def _plain(value: Any) -> Any:
    """Wordings that are objects, or stand in one by name, as the texts in them."""
    if isinstance(value, dict) and not is_message(value):
        named = next((value[key] for key in _WITHIN if isinstance(value.get(key), str)), None)
        return named if named is not None else list(value.values())
    if isinstance(value, list) and not is_conversation(value):
        return [_plain(each) if isinstance(each, dict) and not is_message(each) else each for each in value]
    return value


def _one(name: str, value: Any, key: str, losses: Losses) -> Asked:
    """A text or a conversation; a text that is written with the marks of a chat up to the answer is one as well."""
    if not isinstance(value, str):
        return _conversation(name, value, key, losses)
    turns = turns_in(value)
    if turns[-1] != ("assistant", "") or turns[0][0] not in ("system", "user"):
        return Asked(value)
    return _conversation(name, [{"role": role, "content": said} for role, said in turns[:-1]], key, losses)


def _conversation(name: str, messages: list[Any], key: str, losses: Losses) -> Asked:
    """A conversation up to the last turn of the user, which is asked."""
    turns = turns_of(messages, key)
    if has_other_parts(messages):
        raise Unasked(f"not asked: {key} holds pictures, tools or other parts that are no text")
    while turns and turns[-1][0] == "assistant":
        losses.note(f"the assistant's last turn in {key} is left out: it is the answer", name)
        turns.pop()
    systems = [said for role, said in turns if role == "system"]
    turns = [turn for turn in turns if turn[0] != "system"]
    unknown = next((role for role, _ in turns if role not in ("user", "assistant")), None)
    if unknown is not None:
        raise Unasked(f"not asked: {key} holds a turn of {unknown!r}")
    if not turns or not turns[-1][1].strip():
        raise Unasked(f"not asked: {key} holds no turn of the user")
    return Asked(turns[-1][1], "\n\n".join(systems) or None, tuple(turns[:-1]))


def _first_turn(name: str, value: Any, losses: Losses) -> str:
    texts = field_names.texts_in(value)
    if texts is None or not texts:
        raise FileError(f"turns: expected texts, found {kind_of(value)}")
    if len(texts) > 1:
        losses.note("only the first of its turns is asked: the next ones follow an answer of the model", name)
    return texts[0]


def _are_conversations(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(is_conversation(each) for each in value)
