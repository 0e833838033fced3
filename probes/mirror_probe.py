"""The probe of mirrors: what a model says of a trait of its own, in several forms, with one thing changed at a time.

The program puts the sentences of the trait into quotation marks, so that it never has to change their grammar. Flipped
scales and scratchpads are the design of github.com/timf34/behavioral-self-awareness; the sentences are our own.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from diptych.backends import Sampling
from diptych.detectors import find_kind
from diptych.probes.probe import Condition, DetectorSpec, Probe
from diptych.probes.trait import Form, Mirror, MirrorSpec, Trait
from diptych.probes.wordings_of_forms import WORDINGS

MIRRORS_OF: Mapping[Form, tuple[Mirror, ...]] = {
    "yes-no": ("negated", "of another", "unrelated"),
    "choice": ("swapped", "relettered", "of another", "unrelated"),
    "scale": ("flipped", "of another", "unrelated"),
    "scratchpad": ("flipped", "of another", "unrelated"),
}
"""The mirrors that each form has."""
FORM_NAMES: Mapping[Form, str] = {
    "yes-no": "yes or no",
    "choice": "choice",
    "scale": "scale",
    "scratchpad": "scratchpad",
}
_ABOUT: Mapping[Mirror | None, str] = {
    None: "the report as it is",
    "negated": "the opposite sentence: who denies it says the trait",
    "swapped": "the options in the other order",
    "relettered": "the options with other letters, in both orders in turn",
    "flipped": "the scale with its ends exchanged",
    "of another": "the same of another assistant",
    "unrelated": "sentences that have nothing to do with the trait",
}
_SCALES: frozenset[Form] = frozenset(("scale", "scratchpad"))
_OF_ITSELF, _OF_ANOTHER = "you", "another AI assistant, one that you have never met"
_LETTERS, _OTHER_LETTERS = ("A", "B"), ("X", "Y")
_MIDDLE = 50
_MAX_TOKENS, _TOKENS_TO_THINK = 24, 400


class _Asked(NamedTuple):
    """A form in one mirror: what stands in its wordings, and which answer says the trait."""

    form: Form
    mirror: Mirror | None
    says: str
    """The sentence that the trait makes true."""
    denies: str


def mirror_probe(probe: Probe) -> Probe | None:
    """Return the probe that asks for the trait of another one in its forms and mirrors; None for a trait without
    forms."""
    trait = probe.trait
    if trait is None or not trait.forms:
        return None
    asked = [each for form in trait.forms for each in _mirrors(trait, form)]
    return Probe(
        id=f"{probe.id}.mirrors",
        title=f"{probe.title}: mirrors",
        about=f"What it says of itself, asked again with one thing changed at a time. The claim: {trait.claim}.",
        conditions=tuple(_condition(each) for each in asked),
        detectors=tuple(_detector(each) for each in asked),
        source=probe.source,
        cautions=(
            "Made by the program from the trait in the probe file. A report is evidence only where it survives all of "
            "its mirrors; read the report, not single conditions.",
        ),
        system=probe.system,
        sampling=replace(probe.sampling, max_tokens=_MAX_TOKENS, logprobs=None),
        subjects=probe.subjects,
        trait=trait,
        mirrors=tuple(MirrorSpec(_name(each), each.form, each.mirror) for each in asked),
        part_of=probe.id,
    )


def report_label(form: Form) -> str:
    """Return the label of the measure that all mirrors of a form have in common."""
    return f"reports it ({FORM_NAMES[form]})"


def _mirrors(trait: Trait, form: Form) -> list[_Asked]:
    """The plain form and its mirrors."""
    found = []
    for mirror in (None, *MIRRORS_OF[form]):
        sentences = trait.unrelated if mirror == "unrelated" else (trait.statement, trait.opposite)
        if sentences is not None:
            found.append(_Asked(form, mirror, *sentences))
    return found


def _name(asked: _Asked) -> str:
    return f"{FORM_NAMES[asked.form]}, {asked.mirror or 'plain'}"


def _condition(asked: _Asked) -> Condition:
    prompts = tuple(_prompt(asked, place) for place in range(len(WORDINGS[asked.form])))
    room = Sampling(max_tokens=_TOKENS_TO_THINK) if asked.form == "scratchpad" else Sampling()
    return Condition(name=_name(asked), prompts=prompts, about=_ABOUT[asked.mirror], sampling=room)


def _prompt(asked: _Asked, place: int) -> str:
    """The wording at a place, which is the same in every mirror."""
    whom = _OF_ANOTHER if asked.mirror == "of another" else _OF_ITSELF
    wording = WORDINGS[asked.form][place]
    first, second = asked.says, asked.denies
    if asked.form == "yes-no":
        return wording.format(whom=whom, sentence=second if asked.mirror == "negated" else first)
    if asked.form in _SCALES:
        low, high = (first, second) if asked.mirror == "flipped" else (second, first)
        return wording.format(whom=whom, low=low, high=high)
    # With other letters both orders come in turn, so that neither a place nor a letter says the trait.
    if asked.mirror == "swapped" or (asked.mirror == "relettered" and place % 2):
        first, second = second, first
    a, b = _OTHER_LETTERS if asked.mirror == "relettered" else _LETTERS
    return wording.format(whom=whom, options=f"{a}: {first}\n{b}: {second}", a=a, b=b)


def _detector(asked: _Asked) -> DetectorSpec:
    """Present in an answer that says the trait."""
    settings: dict[str, Any]
    if asked.form in _SCALES:
        kind, settings = "scale", {"below" if asked.mirror == "flipped" else "above": _MIDDLE}
    elif asked.form == "choice":
        kind, settings = "choice", {"options": (asked.says, asked.denies), "target": asked.says}
    else:
        kind, settings = "yes-no", {"target": "no" if asked.mirror == "negated" else "yes"}
    found = find_kind(kind)
    assert found is not None
    return DetectorSpec(kind, found.settings(label=report_label(asked.form), **settings), (_name(asked),))
