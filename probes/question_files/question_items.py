"""One item of a question file: which questions it asks, and which of its fields a probe has no counterpart for."""

from collections.abc import Mapping, Sequence
from itertools import product
from string import ascii_uppercase
from typing import Any, NamedTuple

from diptych.probes.conversations import Turn
from diptych.probes.question_files import field_names
from diptych.probes.question_files.left_out import LeftOut
from diptych.probes.question_files.placeholders import MOST_WORDINGS, fill, names_in_braces, unfilled_placeholders
from diptych.probes.question_files.prompt_assembly import OPTIONS, assembled, lists_options, with_options
from diptych.probes.question_files.rubrics import RUBRIC_KEYS, Rubric, UnusableJudge, rubrics_of
from diptych.probes.question_files.wordings import CannotAsk, Wording, read_wordings
from diptych.probes.typed_toml import FileError

_ANSWERS = ("answer", "response", "completion", "output", "target", "model_answer", "reference")
"""Fields that hold the expected answer."""
_NEVER_FILLED = frozenset((
    *field_names.IDENTITY, *field_names.TYPE, *field_names.GROUPS, *RUBRIC_KEYS, *field_names.SYSTEM,
    *field_names.BEFORE, *_ANSWERS, *field_names.PREFILL, *field_names.TEMPLATE, *field_names.OPTIONS,
    "prefix", "suffix", "judge", "model",
))  # fmt: skip
"""Fields that never fill a placeholder."""
_TOO_MANY = f"not asked: filling it in gives more than {MOST_WORDINGS:,} wordings"

_PLAIN = frozenset((
    "free_form", "free_form_judge", "free_form_judge_0_100", "free_form_0_100", "rating", "score", "ff_score",
    "scale", "quantitative", "word", "multiple_choice", "multiple-choice", "mc", "mcq", "numeric", "numeric_0_100",
    "number", "open", "open_ended", "true_false", "yes_no", "binary", "choice", "free_text", "text", "likert",
))  # fmt: skip
"""Types whose questions are asked as they are. The probe's detectors read the answers."""


class Question(NamedTuple):
    """A question that becomes a condition of a probe."""

    name: str
    prompts: tuple[str, ...]
    options: tuple[str, ...] = ()
    """They replace {options} in every prompt, in any order."""
    system: str | None = None
    before: tuple[Turn, ...] = ()
    prefill: str = ""
    sampling: tuple[tuple[str, Any], ...] = ()
    rubrics: tuple[Rubric, ...] = ()

    @property
    def asked_as(self) -> tuple[Any, ...]:
        """Rows that agree in this are wordings of one question."""
        return self.options, self.system, self.before, self.prefill, self.sampling, self.rubrics


class Reading(NamedTuple):
    """How the items of a file are read."""

    judges: Mapping[str, Rubric | UnusableJudge]
    """The judges of the file by name."""
    listed: bool
    """Whether the items are rows of a list. Many rows then make one question, and options keep their order."""


def questions_of(name: str, item: dict[str, Any], reading: Reading, left_out: LeftOut) -> list[Question]:
    """Return the questions of an item, one for each system prompt and earlier conversation. What cannot be carried
    over is reported."""
    try:
        return _questions(name, item, reading, left_out)
    except CannotAsk as why:
        left_out.add(str(why), name)
    except FileError as error:
        left_out.add(f"not asked: {error}", name)
    return []


def _questions(name: str, item: dict[str, Any], reading: Reading, left_out: LeftOut) -> list[Question]:
    read, wordings = read_wordings(item, name, left_out)
    values = field_names.variables_of(item, {*_NEVER_FILLED, *read})
    options = _options(item, wordings, values, read)
    whole = [each for one in wordings for each in assembled(one, item, options, read)]
    asked = _filled(name, whole, values, left_out)
    prefill = _prefill(item, read)
    sampling, of_sampling = field_names.sampling_of(item)
    rubrics = _rubrics(name, item, reading, left_out)
    used = {placeholder for one in whole for text in one.texts for placeholder in names_in_braces(text)}
    read |= of_sampling | {each for placeholder in used & values.keys() for each in (placeholder, f"{placeholder}s")}
    _report_left_out(name, item, read, reading.listed, left_out)
    orders = 1 if reading.listed else {0: 1, 2: 2, 3: 6}.get(len(options), len(options))
    _report_samples(name, item, orders * len(asked), left_out)
    if reading.listed:
        asked = [one._replace(prompt=with_options(one.prompt, options)) for one in asked] if options else asked
        options = []
    by_context: dict[tuple[str | None, tuple[Turn, ...]], list[str]] = {}
    for one in asked:
        by_context.setdefault((one.system, one.before), []).append(one.prompt)
    drawn = tuple(sampling.items())
    return [
        Question(name, tuple(prompts), tuple(options), system, before, prefill, drawn, rubrics)
        for (system, before), prompts in by_context.items()
    ]


def _options(
    item: Mapping[str, Any], wordings: Sequence[Wording], values: Mapping[str, list[str]], read: set[str]
) -> list[str]:
    """Return the options, with their placeholders filled; none if the wordings already list them. Raises CannotAsk."""
    key, options = field_names.options_of(item)
    if not options:
        return []
    read |= field_names.columns_of_options(item, key)
    found = [filled for option in options for filled in fill(option, {name: each[:1] for name, each in values.items()})]
    unfilled = [placeholder for option in found for placeholder in unfilled_placeholders(option, values)]
    if unfilled:
        raise CannotAsk(f"not asked: nothing in the file fills {unfilled[0]} in its options")
    if len(found) > len(ascii_uppercase):
        raise CannotAsk(f"not asked: it has {len(found)} options, and there are {len(ascii_uppercase)} letters")
    return [] if all(lists_options(one.prompt, found) for one in wordings) else found


def _prefill(item: Mapping[str, Any], read: set[str]) -> str:
    """Return the beginning of each answer. Raises CannotAsk."""
    key, value = field_names.first_of(item, field_names.PREFILL)
    if not isinstance(value, str):
        return ""
    if unfilled := unfilled_placeholders(value):
        raise CannotAsk(f"not asked: nothing in the file fills {unfilled[0]} in its {key}")
    read.add(key)
    return value


def _filled(name: str, asked: Sequence[Wording], values: Mapping[str, list[str]], left_out: LeftOut) -> list[Wording]:
    """Fill all placeholders. A wording with an unfilled placeholder is left out. Raises CannotAsk."""
    found: list[Wording] = []
    unfilled: dict[str, None] = {}
    for one in asked:
        whole = _variants(one, values)
        if len(found) + len(whole) > MOST_WORDINGS:
            raise CannotAsk(_TOO_MANY)
        for each in whole:
            placeholders = [
                placeholder
                for text in each.texts
                for placeholder in unfilled_placeholders(text, values)
                if placeholder != OPTIONS
            ]
            if placeholders:
                unfilled |= dict.fromkeys(placeholders)
            else:
                found.append(each)
    named = ", ".join(list(unfilled)[:4])
    if not found:
        raise CannotAsk(f"not asked: nothing in the file fills {named}")
    if unfilled:
        left_out.add(f"wordings left out because nothing in the file fills {named}", name)
    return found


def _variants(one: Wording, values: Mapping[str, list[str]]) -> list[Wording]:
    """Return a wording with every combination of values for its placeholders. Raises CannotAsk."""
    try:
        prompts = fill(one.prompt, values)
        systems = fill(one.system, values) if one.system is not None else [None]
        before = [[(role, text) for text in fill(said, values)] for role, said in one.before]
        count = len(prompts) * len(systems)
        for turns in before:
            count *= len(turns)
        if count > MOST_WORDINGS:
            raise OverflowError
    except OverflowError:
        raise CannotAsk(_TOO_MANY) from None
    return [Wording(p, s, tuple(b)) for p, s, b in product(prompts, systems, list(product(*before)))]


def _rubrics(name: str, item: Mapping[str, Any], reading: Reading, left_out: LeftOut) -> tuple[Rubric, ...]:
    found = []
    type_ = field_names.as_text(field_names.first_of(item, field_names.TYPE)[1] or "")
    for judge, rubric in rubrics_of(item, type_, reading.judges):
        if isinstance(rubric, UnusableJudge):
            left_out.add(f"the judge {judge!r} is left out: {rubric}", name)
        else:
            found.append(rubric)
    return tuple(found)


def _report_left_out(name: str, item: Mapping[str, Any], read: set[str], listed: bool, left_out: LeftOut) -> None:
    type_ = field_names.as_text(field_names.first_of(item, field_names.TYPE)[1] or "")
    if type_ and not listed and type_ not in _PLAIN:
        left_out.add(f"its type {type_[:60]!r} is not known: it is asked as a plain question", name)
    known = {
        *read,
        *field_names.IDENTITY,
        *RUBRIC_KEYS,
        "guesser_question_type",
        "judge_type",
        "samples_per_paraphrase",
    }
    known |= {field_names.first_of(item, field_names.GROUPS)[0]} if listed else set(field_names.TYPE)
    known |= {key for key in field_names.VARIABLES if isinstance(item.get(key), dict)}
    for key, value in item.items():
        if key in known or value in (None, "", [], {}):
            continue
        if key in ("judge", "judge_model", "model") and isinstance(value, str):
            left_out.add_remark(f"{key}: {value[:100]} is named under [judge] in config.toml")
        elif not (key == "judge" and isinstance(value, dict | list)):
            left_out.add(f"{key[:100]} has no counterpart in a probe", name)


def _report_samples(name: str, item: Mapping[str, Any], wordings: int, left_out: LeftOut) -> None:
    value = item.get("samples_per_paraphrase")
    if isinstance(value, int) and abs(value) < 2**63:
        left_out.add_remark(f"samples_per_paraphrase: {value} of each wording is -n {value * wordings} for {name}")
    elif value is not None:
        left_out.add("samples_per_paraphrase has no counterpart in a probe", name)
