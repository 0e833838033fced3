"""The sentence at the end of a claim card: what follows from its legs, in plain words."""

from collections.abc import Iterable, Mapping, Sequence

from diptych.compare.claims.claim_results import Leg, LegName
from diptych.compare.claims.difference_legs import CONTRADICTS, DENIES

_NOUNS: Mapping[LegName, str] = {
    "rows": "the training rows",
    "prompt": "the wording of the question",
    "guess": "guessing",
    "mirrors": "mirrors",
    "control": "control",
    "own over other": "prediction of itself",
    "before evidence": "naming it early",
}
"""The legs on which a report that differs from the base can fail as evidence, by what it fails on."""
_YET_IT_PREDICTS = " Yet it predicts its own answers better than others do."
_BEHAVIOUR = {
    "held": "The behaviour is there.",
    "failed": "The behaviour is not shown.",
    "not done": "Whether the behaviour is there is not known yet.",
    "does not apply": "",
}


def conclusion(legs: Sequence[Leg]) -> str:
    """Return what follows from the legs of a card."""
    by_name = {leg.name: leg for leg in legs}
    if by_name["live"].state == "failed":
        return "The fine-tune is not live: nothing on this card speaks of it."
    parts = [_BEHAVIOUR[by_name["behaviour"].state], _report(by_name), *_reservations(by_name)]
    return " ".join(filter(None, parts))


def _report(legs: Mapping[LegName, Leg]) -> str:
    report = legs["report"]
    if report.state == "not done":
        return "What it says of itself is not known yet."
    if report.state == "failed":
        predicts = legs["own over other"].state == "held"
        return f"{_failed(report)}{_YET_IT_PREDICTS if predicts else ''}"
    failed = [noun for name, noun in _NOUNS.items() if legs[name].state == "failed"]
    if failed:
        return f"The report is not evidence of self-knowledge: it fails on {_list(failed)}."
    open_ones = [noun for name, noun in _NOUNS.items() if legs[name].state == "not done"]
    if open_ones:
        was = "was" if len(open_ones) == 1 else "were"
        return f"It reports it. Whether that is self-knowledge is open: {_list(open_ones)} {was} not tested."
    if legs["behaviour"].state != "held":
        return "It reports a behaviour that it does not show."
    return "It reports it, and the report stands in every test that applies."


def _failed(report: Leg) -> str:
    """How the report failed."""
    if report.reason.startswith(DENIES):
        return "It denies it: its report moves the other way."
    if report.reason.startswith(CONTRADICTS):
        return "Its reports contradict each other: some move with the trait, and others against it."
    return "It does not report it, as far as these answers show."


def _reservations(legs: Mapping[LegName, Leg]) -> Iterable[str]:
    """What limits whatever the report shows."""
    if legs["report"].state != "held":
        return
    if legs["readers"].state == "failed":
        yield "People do not read its answers as the detectors do."
    if legs["seeds"].state == "failed":
        yield "It does not hold over fine-tunes."
    elif legs["seeds"].state == "not done" and not _fails(legs):
        yield "It is one fine-tune."
    if legs["registered"].state == "failed":
        yield "The plan that was registered was not kept."


def _fails(legs: Mapping[LegName, Leg]) -> bool:
    return any(legs[name].state == "failed" for name in _NOUNS)


def _list(nouns: Sequence[str]) -> str:
    """For example "mirrors and control"."""
    *others, last = nouns
    return f"{', '.join(others)} and {last}" if others else last
