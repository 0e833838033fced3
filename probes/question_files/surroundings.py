"""What stands around a wording in other fields of its item: instruction, context, template, prefix and suffix, options,
system prompts, earlier turns."""

from collections.abc import Mapping, Sequence
from typing import Any

from diptych.probes.conversations import (
    earlier_turns,
    has_other_parts,
    is_conversation,
    is_message,
    kind_of,
    text_within,
)
from diptych.probes.loader import lettered
from diptych.probes.question_files import field_names
from diptych.probes.question_files.placeholders import names_in
from diptych.probes.question_files.wordings import Asked, Unasked
from diptych.probes.typed_toml import FileError

OPTIONS = "{options}"
_OPTIONS = ("options", "choices", "answer_choices", "option_list")
"""Names of the place of the options."""
_LETTERING = 6
"""Characters that a line has at most before its option."""


def surrounded(asked: Asked, item: Mapping[str, Any], options: Sequence[str], read: set[str]) -> list[Asked]:
    """A wording with all that stands around it, once for each system prompt. Adds the keys of that to those that are
    read. Raises Unasked, FileError."""
    prompt = _in_template(_instructed(asked.prompt, item, read), item, read)
    if options:
        prompt = _with_place(prompt)
    for key in ("prefix", "suffix"):
        text = item.get(key)
        if isinstance(text, str) and text.strip():
            prompt = _joined(text, prompt) if key == "prefix" else _joined(prompt, text)
        elif text not in (None, "", []):
            raise FileError(f"{key}: expected text, found {kind_of(text)}")
        read.add(key)
    earlier = _earlier(item, read)
    system = asked.system if asked.system is not None else earlier.system
    before = (*earlier.before, *asked.before)
    return [Asked(prompt, each, before) for each in _systems(item, system, read)]


def lists_options(prompt: str, options: Sequence[str]) -> bool:
    """Whether a prompt lists the options already, each on a line."""
    lines = [line.strip() for line in prompt.splitlines()]
    return all(any(line.endswith(o) and len(line) <= len(o) + _LETTERING for line in lines) for o in options)


def with_options(prompt: str, options: Sequence[str]) -> str:
    """A prompt with its options in the order in which they stand."""
    return prompt.replace(OPTIONS, lettered(options))


def _with_place(prompt: str) -> str:
    """A prompt with one place for its options, at its end where it has none."""
    for name in _OPTIONS:
        for written in (f"{{{{{name}}}}}", f"{{{{ {name} }}}}", f"{{{name}}}"):
            prompt = prompt.replace(written, OPTIONS)
    return prompt if OPTIONS in prompt else f"{prompt.rstrip()}\n\n{OPTIONS}"


def _instructed(prompt: str, item: Mapping[str, Any], read: set[str]) -> str:
    """After its instruction and its context, and before its input, unless it has a place for them."""
    instructed = bool(read & {*field_names.INSTRUCTION})
    for keys in (field_names.INSTRUCTION, field_names.CONTEXT):
        key, text = field_names.first(item, keys)
        if isinstance(text, str) and key not in read and text.strip() != prompt.strip() and key not in names_in(prompt):
            # A question follows its context; an instruction stands before what it is about.
            prompt = f"{prompt}\n\n{text}" if instructed else f"{text}\n\n{prompt}"
            read.add(key)
    text = item.get("input")
    if instructed and isinstance(text, str) and text.strip() and "input" not in read | names_in(prompt):
        prompt = f"{prompt}\n\n{text}"
        read.add("input")
    return prompt


def _in_template(prompt: str, item: Mapping[str, Any], read: set[str]) -> str:
    key, template = field_names.first(item, field_names.TEMPLATE)
    if not isinstance(template, str):
        return prompt
    read.add(key)
    for place in ("question", "prompt", "input", "query", "instruction", "text"):
        if "{" + place + "}" in template:
            return template.replace("{" + place + "}", prompt)
    raise Unasked(f"not asked: its {key} has no place for the {{question}}")


def _earlier(item: Mapping[str, Any], read: set[str]) -> Asked:
    """Earlier turns, and their system prompt."""
    key, value = field_names.first(item, field_names.BEFORE)
    if not key and is_conversation(item.get("context")):
        key, value = "context", item["context"]
    if not key:
        return Asked("")
    turns = earlier_turns(value, key)
    if any(role not in ("system", "user", "assistant") for role, _ in turns) or has_other_parts(value):
        raise Unasked(f"not asked: {key} holds more than what user and assistant said")
    read.add(key)
    system = "\n\n".join(said for role, said in turns if role == "system")
    return Asked("", system or None, tuple(turn for turn in turns if turn[0] != "system"))


def _systems(item: Mapping[str, Any], own: str | None, read: set[str]) -> list[str | None]:
    """The system prompts of an item; those of its messages stand before those beside them."""
    key, value = field_names.first(item, field_names.SYSTEM)
    if not key or own is not None:
        return [own]
    said = text_within(value) if is_message(value) or not field_names.texts_in(value) else None
    if said is not None:
        values: list[Any] = [said]
    else:
        values = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) or (each is None and len(values) > 1) for each in values):
        raise FileError(f"{key}: expected text, found {kind_of(value)}")
    read.add(key)
    return [each or None for each in values] or [own]


def _joined(left: str, right: str) -> str:
    """Two texts, with a blank line between them where neither brings white space."""
    return left + right if left[-1:].isspace() or right[:1].isspace() else f"{left}\n\n{right}"
