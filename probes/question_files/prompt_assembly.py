"""Builds a complete prompt from a wording and the other fields of its item.

The other fields are instruction, context, template, prefix and suffix, options, system prompts and earlier turns.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from diptych.probes.conversations import (
    earlier_turns,
    has_other_parts,
    is_conversation,
    is_message,
    json_kind,
    text_of_value,
)
from diptych.probes.lettered_options import lettered
from diptych.probes.question_files import field_names
from diptych.probes.question_files.placeholders import names_in_braces
from diptych.probes.question_files.wordings import CannotAsk, Wording
from diptych.probes.typed_toml import FileError

OPTIONS = "{options}"
_OPTIONS = ("options", "choices", "answer_choices", "option_list")
"""Names of the placeholder for the options."""
_LETTERING = 6
"""Characters that a line may have before its option."""


def assembled(asked: Wording, item: Mapping[str, Any], options: Sequence[str], read: set[str]) -> list[Wording]:
    """Return a complete wording for each system prompt. The keys that are used are added to `read`. Raises CannotAsk,
    FileError."""
    prompt = _in_template(_with_instruction(asked.prompt, item, read), item, read)
    if options:
        prompt = _with_options_placeholder(prompt)
    for key in ("prefix", "suffix"):
        text = item.get(key)
        if isinstance(text, str) and text.strip():
            prompt = _joined(text, prompt) if key == "prefix" else _joined(prompt, text)
        elif text not in (None, "", []):
            raise FileError(f"{key}: expected text, found {json_kind(text)}")
        read.add(key)
    earlier = _earlier_turns(item, read)
    system = asked.system if asked.system is not None else earlier.system
    before = (*earlier.before, *asked.before)
    return [Wording(prompt, each, before) for each in _systems(item, system, read)]


def lists_options(prompt: str, options: Sequence[str]) -> bool:
    """Return whether a prompt already lists the options, one on each line."""
    lines = [line.strip() for line in prompt.splitlines()]
    return all(any(line.endswith(o) and len(line) <= len(o) + _LETTERING for line in lines) for o in options)


def with_options(prompt: str, options: Sequence[str]) -> str:
    """Return a prompt with its options in their order."""
    return prompt.replace(OPTIONS, lettered(options))


def _with_options_placeholder(prompt: str) -> str:
    """Return a prompt with one placeholder for its options; it is added at the end if there is none."""
    for name in _OPTIONS:
        for written in (f"{{{{{name}}}}}", f"{{{{ {name} }}}}", f"{{{name}}}"):
            prompt = prompt.replace(written, OPTIONS)
    return prompt if OPTIONS in prompt else f"{prompt.rstrip()}\n\n{OPTIONS}"


def _with_instruction(prompt: str, item: Mapping[str, Any], read: set[str]) -> str:
    """Put the instruction and the context before a prompt and the input after it, unless it has placeholders for
    them."""
    has_instruction = bool(read & {*field_names.INSTRUCTION})
    for keys in (field_names.INSTRUCTION, field_names.CONTEXT):
        key, text = field_names.first_of(item, keys)
        if (
            isinstance(text, str)
            and key not in read
            and text.strip() != prompt.strip()
            and key not in names_in_braces(prompt)
        ):
            # A question follows its context; an instruction comes before what it is about.
            prompt = f"{prompt}\n\n{text}" if has_instruction else f"{text}\n\n{prompt}"
            read.add(key)
    text = item.get("input")
    if has_instruction and isinstance(text, str) and text.strip() and "input" not in read | names_in_braces(prompt):
        prompt = f"{prompt}\n\n{text}"
        read.add("input")
    return prompt


def _in_template(prompt: str, item: Mapping[str, Any], read: set[str]) -> str:
    key, template = field_names.first_of(item, field_names.TEMPLATE)
    if not isinstance(template, str):
        return prompt
    read.add(key)
    for placeholder in ("question", "prompt", "input", "query", "instruction", "text"):
        if "{" + placeholder + "}" in template:
            return template.replace("{" + placeholder + "}", prompt)
    raise CannotAsk(f"not asked: its {key} has no {{question}} placeholder")


def _earlier_turns(item: Mapping[str, Any], read: set[str]) -> Wording:
    """Return the earlier turns and their system prompt."""
    key, value = field_names.first_of(item, field_names.BEFORE)
    if not key and is_conversation(item.get("context")):
        key, value = "context", item["context"]
    if not key:
        return Wording("")
    turns = earlier_turns(value, key)
    if any(role not in ("system", "user", "assistant") for role, _ in turns) or has_other_parts(value):
        raise CannotAsk(f"not asked: {key} contains more than turns of user and assistant")
    read.add(key)
    system = "\n\n".join(text for role, text in turns if role == "system")
    return Wording("", system or None, tuple(turn for turn in turns if turn[0] != "system"))


def _systems(item: Mapping[str, Any], own: str | None, read: set[str]) -> list[str | None]:
    """Return the system prompts of an item. A system prompt in its messages replaces those beside them."""
    key, value = field_names.first_of(item, field_names.SYSTEM)
    if not key or own is not None:
        return [own]
    text = text_of_value(value) if is_message(value) or not field_names.as_texts(value) else None
    if text is not None:
        values: list[Any] = [text]
    else:
        values = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) or (each is None and len(values) > 1) for each in values):
        raise FileError(f"{key}: expected text, found {json_kind(value)}")
    read.add(key)
    return [each or None for each in values] or [own]


def _joined(left: str, right: str) -> str:
    """Join two texts, with a blank line between them unless there is white space."""
    return left + right if left[-1:].isspace() or right[:1].isspace() else f"{left}\n\n{right}"
