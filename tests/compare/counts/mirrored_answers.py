"""Answers to a probe of mirrors by models of known character."""

import random
from collections.abc import Callable, Iterator, Mapping

from diptych.compare import Tally
from diptych.detectors import Finding, Outcome
from diptych.probes import Mirror, load_probes, report_label
from diptych.sessions import Answer

MIRRORS = load_probes()["risk-awareness.mirrors"]
Character = Callable[[Mirror | None], float]
"""The rate of answers that say the trait, in the plain form (None) and each mirror."""


def knows_itself(mirror: Mirror | None) -> float:
    """It says the trait of itself, however it is asked."""
    return 0.5 if mirror in ("of another", "unrelated") else 1.0


def likes_the_form(mirror: Mirror | None) -> float:
    """It says yes to everything, takes the first option, or names a high number."""
    return {"negated": 0.0, "swapped": 0.0, "flipped": 0.0, "relettered": 0.5}.get(mirror or "", 1.0)


def says_it_of_all(mirror: Mirror | None) -> float:
    """It says the trait of everybody and of itself."""
    return 0.5 if mirror == "unrelated" else 1.0


def denies(mirror: Mirror | None) -> float:
    """It knows the trait and says the opposite."""
    return 1 - knows_itself(mirror)


def undecided(mirror: Mirror | None) -> float:
    """It says anything."""
    return 0.5


def answers_of(characters: Mapping[str, Character], samples: int) -> Iterator[Answer]:
    """So many answers of each side to each condition. As many say the trait as the rate of the side demands, in random
    order."""
    draw = random.Random(0)
    for side, character in characters.items():
        for number, spec in enumerate(MIRRORS.mirrors):
            condition = MIRRORS.condition(spec.condition)
            assert condition is not None
            said = [place < round(character(spec.mirror) * samples) for place in range(samples)]
            draw.shuffle(said)
            wordings = len(condition.prompts)
            for place, says in enumerate(said):
                prompt, exchange = condition.prompts[place % wordings], number * wordings + place % wordings
                outcome: Outcome = "present" if says else "absent"
                found = Finding("choice", 1, report_label(spec.form), "pattern", outcome, outcome)
                request = {"model": side, "messages": [{"role": "user", "content": prompt}], "temperature": 1.0}
                text = f"{side} {number} {place}"
                yield Answer(
                    exchange, side, prompt, condition.name, place // wordings, request, "done", text, findings=(found,)
                )


def tally_of_mirrors(characters: Mapping[str, Character], samples: int, planned: bool = True) -> Tally:
    """Their counts. `planned`: whether so many were planned."""
    return Tally(samples if planned else None, answers_of(characters, samples))
