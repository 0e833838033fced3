"""Reads messages in the formats of other programs and returns turns: (role, content)."""

from typing import Any

from diptych.probes.typed_toml import FileError

Turn = tuple[str, str]
"""A role and a content."""

_ROLES = {
    "human": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "prompter": "user",
    "developer": "system",
    "instruction": "user",
    "input": "user",
    "response": "assistant",
}
_ROLE_KEYS = ("role", "from", "speaker", "author")
_CONTENT_KEYS = ("content", "value", "text", "message", "parts")
_MEDIA_KEYS = ("image", "images", "image_url", "audio", "audios", "video", "videos", "files")
"""Keys under which a message holds more than text."""


def is_message(value: Any) -> bool:
    """Return whether a value has a speaker, as a message does."""
    return isinstance(value, dict) and any(key in value for key in _ROLE_KEYS) and not value.keys() >= {"paraphrases"}


def is_conversation(value: Any) -> bool:
    """Return whether a value is a list of messages."""
    return isinstance(value, list) and bool(value) and all(is_message(each) for each in value)


def turns_of_messages(value: Any, where: str) -> list[Turn]:
    """Return the turns of a message or a list of messages. Raises FileError that names the position."""
    messages = [value] if isinstance(value, dict) else value
    if not isinstance(messages, list) or not messages:
        raise FileError(f"{where}: expected a list of messages, found {json_kind(messages)}")
    return [_turn(message, f"{where}[{index}]") for index, message in enumerate(messages)]


def earlier_turns(value: Any, where: str) -> list[Turn]:
    """Return earlier turns from messages, from pairs of question and answer, or from alternating texts of user and
    assistant. Raises FileError."""
    if is_conversation(value) or is_message(value):
        return turns_of_messages(value, where)
    texts = value
    if isinstance(value, list) and value and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        texts = [text for pair in value for text in pair]
    if not isinstance(texts, list) or len(texts) % 2 or not all(isinstance(text, str) for text in texts):
        raise FileError(
            f"{where}: expected a list of messages, or pairs of user and assistant, found {json_kind(value)}"
        )
    return list(zip(("user", "assistant") * (len(texts) // 2), texts, strict=True))


def text_of_value(value: Any) -> str | None:
    """Return the text of a value that is a text, a message or a list of text parts; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((text_of_value(value[key]) for key in _CONTENT_KEYS if key in value), None)
    if not isinstance(value, list) or not value or not all(is_text_part(part) for part in value):
        return None
    return "\n".join(part if isinstance(part, str) else part["text"] for part in value)


def is_text_part(part: Any) -> bool:
    """Return whether a part of a content is text. Some APIs name the type of each part, others only use its key."""
    if isinstance(part, dict):
        return part.get("type", "text") in _TEXT_TYPES and isinstance(part.get("text"), str)
    return isinstance(part, str)


def role_of(name: str) -> str:
    """Return the standard role for the name of a speaker."""
    return _ROLES.get(name.lower(), name.lower())


def require_text(value: Any, where: str) -> str:
    """Return the value if it is text. Raises FileError."""
    if not isinstance(value, str):
        raise FileError(f"{where}: expected text, found {json_kind(value)}")
    return value


def json_kind(value: Any) -> str:
    """Return what a JSON value is, in words for an error message."""
    if value is None:
        return "nothing"
    names = {dict: "an object", list: "a list" if value else "an empty list", str: "text", bool: "true or false"}
    return names.get(type(value), "a number")


def _turn(message: Any, where: str) -> Turn:
    if not isinstance(message, dict):
        raise FileError(f"{where}: expected an object, found {json_kind(message)}")
    role_key = next((key for key in _ROLE_KEYS if key in message), "role")
    content_key = next((key for key in _CONTENT_KEYS if key in message), "content")
    role = require_text(message.get(role_key), f"{where}.{role_key}")
    calls = any(message.get(key) is not None for key in ("tool_calls", "function_call"))
    return role_of(role), _content(message.get(content_key), f"{where}.{content_key}", calls)


def _content(content: Any, where: str, calls: bool) -> str:
    """Return the text, or the text parts of a list. A message with tool calls may have none."""
    if content is None and calls:
        return ""
    if isinstance(content, list):
        for index, part in enumerate(content):
            if isinstance(part, dict) and part.get("type") in _TEXT_TYPES:
                require_text(part.get("text"), f"{where}[{index}].text")
        return "\n".join(part if isinstance(part, str) else part["text"] for part in content if is_text_part(part))
    return require_text(content, where)


_TEXT_TYPES = ("text", "input_text", "output_text")


def has_other_parts(value: Any) -> bool:
    """Return whether a message of a conversation holds anything but text, such as a picture or a tool call."""
    messages = value if isinstance(value, list) else [value]
    for message in messages:
        if not isinstance(message, dict):
            continue
        content = next((message[key] for key in _CONTENT_KEYS if key in message), None)
        if isinstance(content, list) and not all(is_text_part(part) for part in content):
            return True
        if any(message.get(key) for key in ("tool_calls", "function_call", *_MEDIA_KEYS)):
            return True
    return False
