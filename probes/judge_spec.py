"""Judges: what a model is asked about a finished answer."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from diptych.probes.typed_toml import FileError

JudgeKind = Literal["score", "yes-no", "votes", "word"]
"""score: 0 to 100. yes-no: one word. votes: a yes or a no at the end of a reasoned reply, several times over. word: the
name of a category; any counts, and the measure shows how often each was named."""

_TEMPERATURE: dict[JudgeKind, float] = {"score": 0.0, "yes-no": 0.0, "votes": 1.0, "word": 0.0}
_MAX_TOKENS: dict[JudgeKind, int] = {"score": 8, "yes-no": 8, "votes": 1024, "word": 16}


class JudgeSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[judges]] table: a rubric, and what counts."""

    name: str
    kind: JudgeKind
    rubric: str
    """What the judge is asked, with {answer} and, where it needs them, {question} and {other} at their places.

    With {other} it compares two texts, and whether or how much something holds of {answer} *rather than* of {other}:
    they are put in either order, and in the turned one yes is no and a score s is 100 - s.
    """
    conditions: tuple[str, ...] = ()
    """Names of the conditions whose answers it reads; all where none is named."""
    label: str = ""
    """The name of its measure, where the name and what counts would not say it."""
    below: float | None = None
    above: float | None = None
    """score: what counts lies below, and above; any number where neither is given."""
    votes: int = 1
    """votes: how many are asked for."""
    threshold: float = 0.5
    """yes-no, votes: the probability, or the share of the votes, from which on a yes counts."""
    buckets: tuple[str, ...] = ("CODE", "REFUSAL")
    """score, yes-no, word: words that the rubric allows in place of an answer; each is a bucket of its own."""
    temperature: float | None = None
    """0 for a score, a word and for yes or no, 1 for votes, where none is given."""
    max_tokens: int | None = None
    """Of each reply: 8, 16 for a word, 1024 for votes where none is given. A model that reasons first needs more."""
    requires: str = ""
    """Another judge, whose number must be `at_least` so much before this one is asked; else it is "incoherent"."""
    at_least: float | None = None

    def reads(self, condition: str | None) -> bool:
        """Whether it reads answers of a condition; a free question is read by all."""
        return not self.conditions or condition is None or condition in self.conditions

    @property
    def compares(self) -> bool:
        """Whether it reads two texts."""
        return "{other}" in self.rubric

    @property
    def measure(self) -> str:
        """What its findings are counted as."""
        limits = [("above", self.above), ("below", self.below)]
        counted = " and ".join(f"{side} {limit:g}" for side, limit in limits if limit is not None)
        return self.label or f"{self.name} {counted}".strip()

    @property
    def drawn_at(self) -> float:
        """The temperature that it is asked with."""
        return self.temperature if self.temperature is not None else _TEMPERATURE[self.kind]

    @property
    def reply_tokens(self) -> int:
        """Tokens that each reply may have."""
        return self.max_tokens if self.max_tokens is not None else _MAX_TOKENS[self.kind]


def checked(spec: JudgeSpec, where: str) -> JudgeSpec:
    """The judge, if what it is told makes sense. Raises FileError that names the key, after `where`: the file and the
    table."""
    for key, wrong, expected in _faults(spec):
        if wrong:
            raise FileError(f"{where}.{key}: expected {expected}")
    return spec


def checked_together(specs: Sequence[JudgeSpec], where: str) -> tuple[JudgeSpec, ...]:
    """All judges of a probe, each checked: of different names, and asked after those that they require.

    Raises FileError.
    """
    before: dict[str, JudgeSpec] = {}
    for index, spec in enumerate(specs):
        at = f"{where}[{index}]"
        checked(spec, at)
        if spec.name in before:
            raise FileError(f"{at}.name: {spec.name!r} is there already")
        if spec.requires:
            _check_required(spec, before, at)
        before[spec.name] = spec
    return tuple(specs)


def _check_required(spec: JudgeSpec, before: dict[str, JudgeSpec], at: str) -> None:
    required = before.get(spec.requires)
    if required is None:
        named = ", ".join(map(repr, before)) or "none"
        raise FileError(f"{at}.requires: expected a judge that stands before it ({named}), found {spec.requires!r}")
    if required.kind == "word":
        raise FileError(f"{at}.requires: expected a judge that gives a number, and {spec.requires!r} gives a word")
    if required.compares:
        raise FileError(f"{at}.requires: expected a judge of one text, and {spec.requires!r} compares two")
    if required.conditions and not (spec.conditions and set(spec.conditions) <= set(required.conditions)):
        raise FileError(f"{at}.conditions: expected only conditions that {spec.requires!r} reads")


def _faults(spec: JudgeSpec) -> Sequence[tuple[str, bool, str]]:
    """What may be wrong: the key, whether it is, and what was expected."""
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
        ("temperature", spec.drawn_at < 0, "0 or more"),
        ("max_tokens", spec.reply_tokens < 1, "1 or more"),
        ("requires", spec.requires == "" and spec.at_least is not None, "the judge that at_least is about"),
        ("at_least", spec.requires != "" and spec.at_least is None, f"the least number of {spec.requires!r}"),
    )
