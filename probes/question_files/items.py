"""One item of a file of questions: what of it is asked, and what of it a probe has no place for."""

from collections.abc import Mapping, Sequence
from itertools import product
from string import ascii_uppercase
from typing import Any, NamedTuple

from probes.conversations import Turn, has_other_parts, is_conversation, is_message, turns_of
from probes.loader import lettered
from probes.question_files import fields
from probes.question_files.losses import Losses
from probes.question_files.placeholders import MOST_WORDINGS, fill, open_places
from probes.question_files.rubrics import RUBRIC_KEYS, Lost, Rubric, rubrics_of
from probes.typed_toml import FileError

_LETTERING = 6
"""Characters that a line has at most before its option."""
_ANSWERS = ("answer", "response", "completion", "output", "target", "model_answer", "reference")
"""Never put into a question: what stands there is what should come of it."""


_PLAIN = frozenset((
    "free_form", "free_form_judge", "free_form_judge_0_100", "free_form_0_100", "rating", "score", "ff_score",
    "scale", "quantitative", "word", "multiple_choice", "multiple-choice", "mc", "mcq", "numeric", "numeric_0_100",
    "number", "open", "open_ended", "true_false", "yes_no", "binary", "choice", "free_text", "text", "likert",
))  # fmt: skip
"""Types whose questions are asked as they stand; what they make of the answers is for the probe's detectors."""


class Question(NamedTuple):
    """What becomes a condition of a probe."""

    name: str
    prompts: tuple[str, ...]
    options: tuple[str, ...] = ()
    """In any order at {options} of every prompt."""
    system: str | None = None
    before: tuple[Turn, ...] = ()
    prefill: str = ""
    sampling: tuple[tuple[str, Any], ...] = ()
    rubrics: tuple[Rubric, ...] = ()

    @property
    def asked_as(self) -> tuple[Any, ...]:
        """Rows that agree in this are wordings of one question."""
        return self.options, self.system, self.before, self.prefill, self.sampling, self.rubrics


class _Asked(NamedTuple):
    prompt: str
    system: str | None = None
    before: tuple[Turn, ...] = ()


class _Unasked(Exception):
    """Why an item cannot be asked."""


class Reading(NamedTuple):
    """How the items of a file are read."""

    judges: Mapping[str, Rubric | Lost]
    """Those of the file, by name."""
    listed: bool
    """Whether they are rows of a list, of which many make one question; options stay in their order then."""


def questions_of(name: str, item: dict[str, Any], reading: Reading, losses: Losses) -> list[Question]:
    """What an item asks, a question for each system prompt and beginning; what cannot be carried over goes to the
    losses."""
    try:
        return _questions(name, item, reading, losses)
    except _Unasked as why:
        losses.note(str(why), name)
    except FileError as error:
        losses.note(f"not asked: {error}", name)
    return []


def wordings_of(item: Mapping[str, Any]) -> list[str]:
    """The texts that would be asked, as they stand."""
    _, value = _wording(item)
    texts = value if isinstance(value, list) else [value]
    return [each for each in texts if isinstance(each, str)]


def _questions(name: str, item: dict[str, Any], reading: Reading, losses: Losses) -> list[Question]:
    key, asked = _asked(item, name, losses)
    taken = {
        key,
        *fields.IDENTITY,
        *fields.TYPE,
        *fields.GROUPS,
        *RUBRIC_KEYS,
        *fields.SYSTEM,
        *fields.BEFORE,
        *_ANSWERS,
    }
    values = fields.variables_of(
        item, {*taken, "prefix", "suffix", *fields.PREFILL, *fields.TEMPLATE, "judge", "model"}
    )
    option_key, options = fields.options_of(item)
    read = {key, option_key} & item.keys() | fields.lettered_columns(item, option_key) & item.keys()
    asked = [each for one in asked for each in _dressed(one, item, read)]
    used = [text for one in asked for text in (one.prompt, one.system or "", *(said for _, said in one.before))]
    asked = _filled(name, asked, values, bool(options), losses)
    options = _whole_options(options, values)
    if options and all(_has_options(one.prompt, options) for one in asked):
        options = []
    if options:
        asked = [one._replace(prompt=_with_options(one.prompt, options, reading.listed)) for one in asked]
    sampling, of_sampling = fields.sampling_of(item)
    prefill_key, prefill = fields.first(item, fields.PREFILL)
    if isinstance(prefill, str) and open_places(prefill):
        raise _Unasked(f"not asked: nothing fills {open_places(prefill)[0]} in its {prefill_key}")
    rubrics = _rubrics(name, item, reading, losses)
    read |= of_sampling | {k for k, v in values.items() if any("{" + k in text or "{{" in text for text in used)}
    read |= {f"{k}s" for k in values if any("{" + k in text for text in used)} | {prefill_key}
    _note_losses(
        name,
        item,
        read | _always_read(item, reading.listed),
        _orders(options, reading.listed) * len(asked),
        reading.listed,
        losses,
    )
    together: dict[tuple[str | None, tuple[Turn, ...]], list[str]] = {}
    for one in asked:
        together.setdefault((one.system, one.before), []).append(one.prompt)
    kept = tuple(options) if options and not reading.listed else ()
    return [
        Question(
            name,
            tuple(prompts),
            kept,
            system,
            before,
            fields.word(prefill) if prefill else "",
            tuple(sampling.items()),
            rubrics,
        )
        for (system, before), prompts in together.items()
    ]


def _wording(item: Mapping[str, Any]) -> tuple[str, Any]:
    """What is asked, as it stands, and its key. A text beside an instruction is its input."""
    for key in (*fields.TALKS, *fields.WORDINGS, *fields.INSTRUCTION, "turns"):
        value = item.get(key)
        if isinstance(value, dict) and key in fields.WORDINGS:
            value = value if is_message(value) else _within(value)
        if isinstance(value, list) and key in fields.WORDINGS and any(isinstance(each, dict) for each in value):
            value = value if is_conversation(value) else [_within(each) for each in value]
        if isinstance(value, int | float) and key in ("paraphrases", "prompt", "question"):
            value = fields.word(value)
        if fields.is_asked(value) or _are_conversations(value) or (isinstance(value, dict) and is_message(value)):
            return key, value
        if value not in (None, "", [], {}) and key in ("paraphrases", "question_paraphrases", *fields.TALKS):
            return key, value
    return "", None


def _asked(item: dict[str, Any], name: str, losses: Losses) -> tuple[str, list[_Asked]]:
    """What is asked, and the key that it stands under. Raises _Unasked, FileError."""
    key, value = _wording(item)
    if value is None:
        found = ", ".join(list(item)[:8])
        raise _Unasked(
            "expected one of prompt, question, paraphrases, text, input, instruction, or messages with a user's turn"
            + (f"; found {found[:200]}" if found else "")
        )
    if key == "turns" and not is_conversation(value):
        return key, [_Asked(_first_turn(name, value, losses))]
    if is_message(value):
        value = [value]
    if _are_conversations(value):
        return key, [_conversation(name, each, key, losses) for each in value]
    if is_conversation(value):
        return key, [_conversation(name, value, key, losses)]
    texts = fields.texts_in(value)
    if texts is None or not any(text.strip() for text in texts):
        raise FileError(f"{key}: expected texts, found {fields.kind_of(value)}")
    return key, [_Asked(text) for text in texts if text.strip()]


def _conversation(name: str, messages: list[Any], key: str, losses: Losses) -> _Asked:
    """A conversation up to the last turn of the user, which is asked."""
    turns = turns_of(messages, key)
    if has_other_parts(messages):
        raise _Unasked(f"not asked: {key} holds pictures, tools or other parts that are no text")
    while turns and turns[-1][0] == "assistant":
        losses.note(f"the assistant's last turn in {key} is left out: it is the answer", name)
        turns.pop()
    systems = [said for role, said in turns if role == "system"]
    turns = [turn for turn in turns if turn[0] != "system"]
    unknown = next((role for role, _ in turns if role not in ("user", "assistant")), None)
    if unknown is not None:
        raise _Unasked(f"not asked: {key} holds a turn of {unknown!r}")
    if not turns or not turns[-1][1].strip():
        raise _Unasked(f"not asked: {key} holds no turn of the user")
    return _Asked(turns[-1][1], "\n\n".join(systems) or None, tuple(turns[:-1]))


def _first_turn(name: str, value: Any, losses: Losses) -> str:
    texts = fields.texts_in(value)
    if texts is None or not texts:
        raise FileError(f"turns: expected texts, found {fields.kind_of(value)}")
    if len(texts) > 1:
        losses.note("only the first of its turns is asked: the next ones follow an answer of the model", name)
    return texts[0]


def _dressed(asked: _Asked, item: Mapping[str, Any], read: set[str]) -> list[_Asked]:
    """With all that stands around it: instruction and context, template, prefix and suffix, system prompts, earlier
    turns. Adds the keys to those that are read."""
    prompt = asked.prompt
    for keys in (fields.INSTRUCTION, fields.CONTEXT):
        key, text = fields.first(item, keys)
        if isinstance(text, str) and key not in read and text.strip() != prompt.strip() and "{" + key not in prompt:
            prompt = f"{text}\n\n{prompt}"
            read.add(key)
    key, text = fields.first(item, ("input",))
    if read & set(fields.INSTRUCTION) and isinstance(text, str) and key not in read and "{input" not in prompt:
        prompt = f"{prompt}\n\n{text}"
        read.add(key)
    prompt = _in_template(prompt, item, read)
    for key in ("prefix", "suffix"):
        text = item.get(key)
        if isinstance(text, str) and text.strip():
            prompt = _joined(text, prompt) if key == "prefix" else _joined(prompt, text)
        elif text not in (None, "", []):
            raise FileError(f"{key}: expected text, found {fields.kind_of(text)}")
    before = asked.before
    key, value = fields.first(item, fields.BEFORE)
    system = asked.system
    if key and (is_conversation(value) or is_message(value)):
        turns = turns_of(value, key)
        if any(role not in ("system", "user", "assistant") for role, _ in turns) or has_other_parts(value):
            raise _Unasked(f"not asked: {key} holds more than what user and assistant said")
        before = (*(turn for turn in turns if turn[0] != "system"), *before)
        system = "\n\n".join(said for role, said in turns if role == "system") or system
    elif key:
        raise FileError(f"{key}: expected a list of messages, found {fields.kind_of(value)}")
    return [_Asked(prompt, each, before) for each in _systems(item, system)]


def _in_template(prompt: str, item: Mapping[str, Any], read: set[str]) -> str:
    key, template = fields.first(item, fields.TEMPLATE)
    if not isinstance(template, str):
        return prompt
    read.add(key)
    for place in ("question", "prompt", "input", "query", "instruction", "text"):
        if "{" + place + "}" in template:
            return template.replace("{" + place + "}", prompt)
    raise _Unasked(f"not asked: its {key} has no place for the {{question}}")


def _systems(item: Mapping[str, Any], own: str | None) -> list[str | None]:
    key, value = fields.first(item, fields.SYSTEM)
    if not key:
        return [own]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and not value:
        return [own]
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) or (each is None and len(values) > 1) for each in values):
        raise FileError(f"{key}: expected text, found {fields.kind_of(value)}")
    return [each or None for each in values]


def _joined(left: str, right: str) -> str:
    """Two texts, with a blank line between them where neither brings white space."""
    return left + right if left[-1:].isspace() or right[:1].isspace() else f"{left}\n\n{right}"


def _filled(
    name: str, asked: Sequence[_Asked], values: Mapping[str, list[str]], options: bool, losses: Losses
) -> list[_Asked]:
    """With everything in its place; a wording of which a place stays open is left out. Raises _Unasked."""
    found: list[_Asked] = []
    still: dict[str, None] = {}
    known = {key: each for key, each in values.items() if not (options and key in ("options", "choices"))}
    for one in asked:
        whole = _variants(one, known)
        if len(found) + len(whole) > MOST_WORDINGS:
            raise _Unasked(f"not asked: filled in it would be more than {MOST_WORDINGS:,} wordings")
        for each in whole:
            texts = (each.prompt, each.system or "", *(said for _, said in each.before))
            places = [place for text in texts for place in open_places(text, values)]
            places = [place for place in places if not (options and place in ("{options}", "{choices}"))]
            if places:
                still |= dict.fromkeys(places)
            else:
                found.append(each)
    named = ", ".join(list(still)[:4])
    if not found:
        raise _Unasked(f"not asked: nothing in the file fills {named}")
    if still:
        losses.note(f"wordings left out because nothing in the file fills {named}", name)
    return found


def _variants(one: _Asked, values: Mapping[str, list[str]]) -> list[_Asked]:
    try:
        prompts = fill(one.prompt, values)
        systems = fill(one.system, values) if one.system is not None else [None]
        before = [[(role, text) for text in fill(said, values)] for role, said in one.before]
        found = [_Asked(p, s, tuple(b)) for p, s, b in product(prompts, systems, list(product(*before)))]
    except OverflowError:
        raise _Unasked(f"not asked: filled in it would be more than {MOST_WORDINGS:,} wordings") from None
    return found


def _with_options(prompt: str, options: Sequence[str], in_order: bool) -> str:
    """With a place for the options, or where they stay in their order with the options themselves."""
    prompt = prompt.replace("{choices}", "{options}")
    if "{options}" not in prompt:
        prompt = f"{prompt.rstrip()}\n\n{{options}}"
    return prompt.replace("{options}", lettered(options)) if in_order else prompt


def _has_options(prompt: str, options: Sequence[str]) -> bool:
    """Whether a prompt lists the options already, each on a line."""
    lines = [line.strip() for line in prompt.splitlines()]
    return all(any(line.endswith(o) and len(line) <= len(o) + _LETTERING for line in lines) for o in options)


def _whole_options(options: Sequence[str], values: Mapping[str, list[str]]) -> list[str]:
    """The options with everything in its place. Raises _Unasked."""
    found = [filled for option in options for filled in fill(option, {k: v[:1] for k, v in values.items()})]
    still = [place for option in found for place in open_places(option, values)]
    if still:
        raise _Unasked(f"not asked: nothing in the file fills {still[0]} in its options")
    if len(found) > len(ascii_uppercase):
        raise _Unasked(f"not asked: it has {len(found)} options, and there are {len(ascii_uppercase)} letters")
    return found


def _orders(options: Sequence[str], in_order: bool) -> int:
    """In how many orders options are asked."""
    if not options or in_order:
        return 1
    return {2: 2, 3: 6}.get(len(options), len(options))


def _rubrics(name: str, item: Mapping[str, Any], reading: Reading, losses: Losses) -> tuple[Rubric, ...]:
    found = []
    type_ = fields.word(fields.first(item, fields.TYPE)[1] or "")
    for judge, rubric in rubrics_of(item, type_, reading.judges):
        if isinstance(rubric, Lost):
            losses.note(f"the judge {judge!r} is left out: {rubric}", name)
        else:
            found.append(rubric)
    return tuple(found)


def _always_read(item: Mapping[str, Any], listed: bool) -> set[str]:
    kept = {*fields.IDENTITY, *RUBRIC_KEYS, "prefix", "suffix", "guesser_question_type", "judge_type"}
    kept |= {fields.first(item, keys)[0] for keys in (fields.SYSTEM, fields.BEFORE)}
    kept |= {fields.first(item, fields.GROUPS)[0]} if listed else set(fields.TYPE)
    return kept | {key for key in fields.VARIABLES if isinstance(item.get(key), dict)}


def _note_losses(
    name: str, item: Mapping[str, Any], read: set[str], wordings: int, listed: bool, losses: Losses
) -> None:
    type_ = fields.word(fields.first(item, fields.TYPE)[1] or "")
    if type_ and not listed and type_ not in _PLAIN:
        losses.note(f"its type {type_[:60]!r} is not known: it is asked as a plain question", name)
    for key, value in item.items():
        if key in read or value in (None, "", [], {}):
            continue
        if key == "samples_per_paraphrase" and isinstance(value, int) and abs(value) < 2**63:
            losses.say(f"samples_per_paraphrase: {value} of each wording is -n {value * wordings} for {name}")
        elif key in ("judge", "judge_model", "model") and isinstance(value, str):
            losses.say(f"{key}: {value[:100]} is named under [judge] in config.toml")
        elif not (key == "judge" and isinstance(value, dict | list)):
            losses.note(f"{key[:100]} has no counterpart in a probe", name)


def _within(value: Any) -> Any:
    """The text of a wording that is an object itself."""
    if isinstance(value, dict):
        keys = ("text", "content", "question", "prompt", "paraphrase", "wording")
        return next((value[key] for key in keys if isinstance(value.get(key), str)), None)
    return value


def _are_conversations(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(is_conversation(each) for each in value)
