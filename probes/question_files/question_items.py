"""One item of a file of questions: what of it is asked, and what of it a probe has no place for."""

from collections.abc import Mapping, Sequence
from itertools import product
from string import ascii_uppercase
from typing import Any, NamedTuple

from diptych.probes.conversations import Turn
from diptych.probes.question_files import field_names
from diptych.probes.question_files.losses import Losses
from diptych.probes.question_files.placeholders import MOST_WORDINGS, fill, names_in, open_places
from diptych.probes.question_files.rubrics import RUBRIC_KEYS, Lost, Rubric, rubrics_of
from diptych.probes.question_files.surroundings import OPTIONS, lists_options, surrounded, with_options
from diptych.probes.question_files.wordings import Asked, Unasked, asked_by
from diptych.probes.typed_toml import FileError

_ANSWERS = ("answer", "response", "completion", "output", "target", "model_answer", "reference")
"""What stands there is what should come of a question."""
_NEVER_FILLED = frozenset((
    *field_names.IDENTITY, *field_names.TYPE, *field_names.GROUPS, *RUBRIC_KEYS, *field_names.SYSTEM,
    *field_names.BEFORE, *_ANSWERS, *field_names.PREFILL, *field_names.TEMPLATE, *field_names.OPTIONS,
    "prefix", "suffix", "judge", "model",
))  # fmt: skip
"""Put into no place of a question."""
_TOO_MANY = f"not asked: filled in it would be more than {MOST_WORDINGS:,} wordings"

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
    except Unasked as why:
        losses.note(str(why), name)
    except FileError as error:
        losses.note(f"not asked: {error}", name)
    return []


def _questions(name: str, item: dict[str, Any], reading: Reading, losses: Losses) -> list[Question]:
    read, wordings = asked_by(item, name, losses)
    values = field_names.variables_of(item, {*_NEVER_FILLED, *read})
    options = _options(item, wordings, values, read)
    whole = [each for one in wordings for each in surrounded(one, item, options, read)]
    asked = _filled(name, whole, values, losses)
    prefill = _prefill(item, read)
    sampling, of_sampling = field_names.sampling_of(item)
    rubrics = _rubrics(name, item, reading, losses)
    used = {place for one in whole for text in one.texts for place in names_in(text)}
    read |= of_sampling | {each for place in used & values.keys() for each in (place, f"{place}s")}
    _note_losses(name, item, read, reading.listed, losses)
    orders = 1 if reading.listed else {0: 1, 2: 2, 3: 6}.get(len(options), len(options))
    _note_samples(name, item, orders * len(asked), losses)
    if reading.listed:
        asked = [one._replace(prompt=with_options(one.prompt, options)) for one in asked] if options else asked
        options = []
    together: dict[tuple[str | None, tuple[Turn, ...]], list[str]] = {}
    for one in asked:
        together.setdefault((one.system, one.before), []).append(one.prompt)
    drawn = tuple(sampling.items())
    return [
        Question(name, tuple(prompts), tuple(options), system, before, prefill, drawn, rubrics)
        for (system, before), prompts in together.items()
    ]


def _options(
    item: Mapping[str, Any], wordings: Sequence[Asked], values: Mapping[str, list[str]], read: set[str]
) -> list[str]:
    """The answers to choose from, with everything in its place; none where the wordings list them. Raises Unasked."""
    key, options = field_names.options_of(item)
    if not options:
        return []
    read |= field_names.columns_of_options(item, key)
    found = [filled for option in options for filled in fill(option, {name: each[:1] for name, each in values.items()})]
    still = [place for option in found for place in open_places(option, values)]
    if still:
        raise Unasked(f"not asked: nothing in the file fills {still[0]} in its options")
    if len(found) > len(ascii_uppercase):
        raise Unasked(f"not asked: it has {len(found)} options, and there are {len(ascii_uppercase)} letters")
    return [] if all(lists_options(one.prompt, found) for one in wordings) else found


def _prefill(item: Mapping[str, Any], read: set[str]) -> str:
    """What each answer begins with. Raises Unasked."""
    key, value = field_names.first(item, field_names.PREFILL)
    if not isinstance(value, str):
        return ""
    if still := open_places(value):
        raise Unasked(f"not asked: nothing in the file fills {still[0]} in its {key}")
    read.add(key)
    return value


def _filled(name: str, asked: Sequence[Asked], values: Mapping[str, list[str]], losses: Losses) -> list[Asked]:
    """With everything in its place; a wording of which a place stays open is left out. Raises Unasked."""
    found: list[Asked] = []
    still: dict[str, None] = {}
    for one in asked:
        whole = _variants(one, values)
        if len(found) + len(whole) > MOST_WORDINGS:
            raise Unasked(_TOO_MANY)
        for each in whole:
            places = [place for text in each.texts for place in open_places(text, values) if place != OPTIONS]
            if places:
                still |= dict.fromkeys(places)
            else:
                found.append(each)
    named = ", ".join(list(still)[:4])
    if not found:
        raise Unasked(f"not asked: nothing in the file fills {named}")
    if still:
        losses.note(f"wordings left out because nothing in the file fills {named}", name)
    return found


def _variants(one: Asked, values: Mapping[str, list[str]]) -> list[Asked]:
    """A wording with every combination of what fills its places. Raises Unasked."""
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
        raise Unasked(_TOO_MANY) from None
    return [Asked(p, s, tuple(b)) for p, s, b in product(prompts, systems, list(product(*before)))]


def _rubrics(name: str, item: Mapping[str, Any], reading: Reading, losses: Losses) -> tuple[Rubric, ...]:
    found = []
    type_ = field_names.word(field_names.first(item, field_names.TYPE)[1] or "")
    for judge, rubric in rubrics_of(item, type_, reading.judges):
        if isinstance(rubric, Lost):
            losses.note(f"the judge {judge!r} is left out: {rubric}", name)
        else:
            found.append(rubric)
    return tuple(found)


def _note_losses(name: str, item: Mapping[str, Any], read: set[str], listed: bool, losses: Losses) -> None:
    type_ = field_names.word(field_names.first(item, field_names.TYPE)[1] or "")
    if type_ and not listed and type_ not in _PLAIN:
        losses.note(f"its type {type_[:60]!r} is not known: it is asked as a plain question", name)
    known = {
        *read,
        *field_names.IDENTITY,
        *RUBRIC_KEYS,
        "guesser_question_type",
        "judge_type",
        "samples_per_paraphrase",
    }
    known |= {field_names.first(item, field_names.GROUPS)[0]} if listed else set(field_names.TYPE)
    known |= {key for key in field_names.VARIABLES if isinstance(item.get(key), dict)}
    for key, value in item.items():
        if key in known or value in (None, "", [], {}):
            continue
        if key in ("judge", "judge_model", "model") and isinstance(value, str):
            losses.say(f"{key}: {value[:100]} is named under [judge] in config.toml")
        elif not (key == "judge" and isinstance(value, dict | list)):
            losses.note(f"{key[:100]} has no counterpart in a probe", name)


def _note_samples(name: str, item: Mapping[str, Any], wordings: int, losses: Losses) -> None:
    value = item.get("samples_per_paraphrase")
    if isinstance(value, int) and abs(value) < 2**63:
        losses.say(f"samples_per_paraphrase: {value} of each wording is -n {value * wordings} for {name}")
    elif value is not None:
        losses.note("samples_per_paraphrase has no counterpart in a probe", name)
