"""Judges: what a model is asked about a finished answer."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from diptych.probes.typed_toml import FileError

JudgeKind = Literal["score", "yes-no", "votes", "word"]
"""score: 0 to 100. yes-no: one word. votes: a yes or a no at the end of a reasoned reply, asked several times. word:
the name of a category; any name counts, and the measure shows how often each was given."""

_TEMPERATURE: dict[JudgeKind, float] = {"score": 0.0, "yes-no": 0.0, "votes": 1.0, "word": 0.0}
_MAX_TOKENS: dict[JudgeKind, int] = {"score": 8, "yes-no": 8, "votes": 1024, "word": 16}


class JudgeSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[judges]] table: a rubric, and what counts."""

    name: str
    kind: JudgeKind
    rubric: str
    """The question to the judge, with the placeholders {answer} and, if it needs them, {question} and {other}.

    With {other} it compares two texts: whether, or how much, something is true of {answer} *rather than* of {other}.
    Both orders are asked. In the reversed order yes means no, and a score s means 100 - s.
    """
    conditions: tuple[str, ...] = ()
    """The conditions whose answers it reads; all if empty."""
    label: str = ""
    """A name for the measure, if the judge's name and limits do not say enough."""
    below: float | None = None
    above: float | None = None
    """score: only numbers below, or above, count. Any number counts if neither is set."""
    votes: int = 1
    """votes: how many votes to ask for."""
    threshold: float = 0.5
    """yes-no, votes: the probability, or the share of votes, from which on the result is yes."""
    buckets: tuple[str, ...] = ("CODE", "REFUSAL")
    """score, yes-no, word: words that the rubric allows instead of an answer. Each is a bucket of its own."""
    temperature: float | None = None
    """Default: 1 for votes, 0 for the other kinds."""
    max_tokens: int | None = None
    """Tokens of each reply. Default: 8; 16 for a word, 1024 for votes. A model that reasons first needs more."""
    requires: str = ""
    """Another judge whose number must be `at_least` this much before this judge is asked; otherwise "incoherent"."""
    at_least: float | None = None

    def reads(self, condition: str | None) -> bool:
        """Return whether it reads answers of a condition. Every judge reads a free question."""
        return not self.conditions or condition is None or condition in self.conditions

    @property
    def compares(self) -> bool:
        """Whether it compares two texts."""
        return "{other}" in self.rubric

    @property
    def measure(self) -> str:
        """The name of its measure."""
        limits = [("above", self.above), ("below", self.below)]
        counted = " and ".join(f"{side} {limit:g}" for side, limit in limits if limit is not None)
        return self.label or f"{self.name} {counted}".strip()

    @property
    def sampling_temperature(self) -> float:
        """The temperature it is asked with."""
        return self.temperature if self.temperature is not None else _TEMPERATURE[self.kind]

    @property
    def reply_tokens(self) -> int:
        """Maximum tokens of each reply."""
        return self.max_tokens if self.max_tokens is not None else _MAX_TOKENS[self.kind]


def check_judge(spec: JudgeSpec, where: str) -> JudgeSpec:
    """Return the judge if it is valid. Raises FileError that names the key after `where`, the file and the table."""
    for key, wrong, expected in _faults(spec):
        if wrong:
            raise FileError(f"{where}.{key}: expected {expected}")
    return spec


def check_judges(specs: Sequence[JudgeSpec], where: str) -> tuple[JudgeSpec, ...]:
    """Check all judges of a probe: each is valid, names differ, and a required judge comes first.

    Raises FileError.
    """
    before: dict[str, JudgeSpec] = {}
    for index, spec in enumerate(specs):
        at = f"{where}[{index}]"
        check_judge(spec, at)
        if spec.name in before:
            raise FileError(f"{at}.name: {spec.name!r} is used twice")
        if spec.requires:
            _check_required(spec, before, at)
        before[spec.name] = spec
    return tuple(specs)


def _check_required(spec: JudgeSpec, before: dict[str, JudgeSpec], at: str) -> None:
    required = before.get(spec.requires)
    if required is None:
        named = ", ".join(map(repr, before)) or "none"
        raise FileError(f"{at}.requires: expected a judge that comes before it ({named}), found {spec.requires!r}")
    if required.kind == "word":
        raise FileError(f"{at}.requires: expected a judge that gives a number, but {spec.requires!r} gives a word")
    if required.compares:
        raise FileError(f"{at}.requires: expected a judge of one text, but {spec.requires!r} compares two")
    if required.conditions and not (spec.conditions and set(spec.conditions) <= set(required.conditions)):
        raise FileError(f"{at}.conditions: expected only conditions that {spec.requires!r} reads")


def _faults(spec: JudgeSpec) -> Sequence[tuple[str, bool, str]]:
    """Possible faults: the key, whether it is wrong, and what was expected."""
    limits = [limit for limit in (spec.below, spec.above) if limit is not None]
    limit_key = "below" if spec.below is not None else "above"
    return (
        ("name", not spec.name.strip(), "a name"),
        ("rubric", "{answer}" not in spec.rubric, "{answer} somewhere in it"),
        (limit_key, bool(limits) and spec.kind != "score", f"none for a judge of kind {spec.kind!r}"),
        (limit_key, not all(0 <= limit <= 100 for limit in limits), "a score from 0 to 100"),
        ("rubric", spec.kind == "word" and spec.compares, "no {other} for a judge of kind 'word'"),
        ("votes", spec.votes < 1, "1 or more"),
        ("votes", spec.votes > 1 and spec.kind != "votes", f"none for a judge of kind {spec.kind!r}"),
        ("threshold", not 0 < spec.threshold <= 1, "more than 0 and at most 1"),
        ("buckets", not all(word.isalpha() for word in spec.buckets), "single words"),
        ("temperature", spec.sampling_temperature < 0, "0 or more"),
        ("max_tokens", spec.reply_tokens < 1, "1 or more"),
        ("requires", spec.requires == "" and spec.at_least is not None, "the judge that at_least is about"),
        ("at_least", spec.requires != "" and spec.at_least is None, f"the least number of {spec.requires!r}"),
    )
