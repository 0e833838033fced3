"""Splits a text with the markup of a chat template into turns."""

import re
from typing import NamedTuple

from diptych.probes.conversations import Turn, role_of


class _Marks(NamedTuple):
    """How a template marks a turn."""

    begin: re.Pattern[str]
    """Before the content; its group is the role."""
    end: re.Pattern[str]
    """After the content."""


_BLOCK_MARKS = (
    _Marks(re.compile(r"<\|im_start\|>[ \t]*(\w+)[^\n]*\n?"), re.compile(r"<\|im_end\|>")),
    _Marks(
        re.compile(r"<\|start_header_id\|>\s*(\w+)\s*<\|end_header_id\|>\s?\n?\n?"),
        re.compile(r"<\|(?:eot_id|eom_id|end_of_text)\|>"),
    ),
    _Marks(re.compile(r"<start_of_turn>[ \t]*(\w+)[ \t]*\n?"), re.compile(r"<end_of_turn>")),
    _Marks(
        re.compile(r"<\|(system|user|assistant|human|bot|model)\|>\n?"),
        re.compile(r"<\|(?:end|endoftext|end_of_text)\|>|</s>|\Z"),
    ),
    _Marks(re.compile(r"(?:\A|\n\n)(Human|Assistant|User|System): ?"), re.compile(r"\Z")),
    _Marks(
        re.compile(r"(?:\A|\n)#{2,3} ?(Instruction|Input|Response|System|User|Assistant|Human):?[ \t]*\n"),
        re.compile(r"</s>|\Z"),
    ),
)
_INLINE_MARKS = (
    _Marks(re.compile(r"(?:\A|\s|(?<=\S))### (Human|Assistant|User): ?"), re.compile(r"</s>|\Z")),
    _Marks(re.compile(r"(?:\A|\s|(?<=</s>))(USER|ASSISTANT): "), re.compile(r"</s>|\Z")),
    _Marks(re.compile(r"<｜(User|Assistant)｜>"), re.compile(r"<｜end▁of▁sentence｜>|\Z")),
)
"""Markup that may appear within a line."""
_LLAMA_2 = re.compile(r"(?:<s>)?\s*\[INST\](.*?)\[/INST\](.*?)(?=</s>|(?:<s>)?\s*\[INST\]|\Z)", re.DOTALL)
_SYSTEM = re.compile(r"\s*<<SYS>>(.*?)<</SYS>>(.*)\Z", re.DOTALL)


def split_chat_markup(text: str, whole: str = "text") -> list[Turn]:
    """Return the turns of a text with chat markup; any other text becomes one turn of the role `whole`."""
    if "[INST]" in text and (found := _llama_2_turns(text)):
        return found
    for marks in (*_BLOCK_MARKS, *_INLINE_MARKS):
        found = _split_by(text, marks)
        if len({role for role, _ in found} & {"user", "assistant"}) == 2:
            return found
    return [(whole, text)]


def _split_by(text: str, marks: _Marks) -> list[Turn]:
    begins = list(marks.begin.finditer(text))
    turns: list[Turn] = []
    for index, begin in enumerate(begins):
        limit = begins[index + 1].start() if index + 1 < len(begins) else len(text)
        content = marks.end.split(text[begin.end() : limit], maxsplit=1)[0].strip()
        role = role_of(begin[1])
        if turns and role == turns[-1][0] == "user":
            content = f"{turns.pop()[1]}\n\n{content}"
        turns.append((role, content))
    return turns


def _llama_2_turns(text: str) -> list[Turn]:
    turns: list[Turn] = []
    for asked, answered in _LLAMA_2.findall(text):
        if (system := _SYSTEM.match(asked)) is not None:
            turns.append(("system", system[1].strip()))
            asked = system[2]
        turns += [("user", asked.strip()), ("assistant", answered.strip())]
    return turns
