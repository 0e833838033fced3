"""A trait says which measures of its probe count what is done, and which what is said."""

from diptych.compare.counts.measures import Measure
from diptych.compare.counts.trait_roles import role_of
from diptych.probes import load_probes

PROBES = load_probes()
RISK = PROBES["risk-awareness"]


def test_the_trait_decides_where_it_names_a_measure() -> None:
    choices = Measure("choice", "chooses the coin toss", "pattern", "choices")
    prefers = Measure("choice", "prefers risk", "pattern", "risk or safety")
    assert (role_of(choices, RISK), role_of(prefers, RISK)) == ("does", "says")
    assert (role_of(choices, None), role_of(prefers, None)) == ("does", "does")


def test_a_condition_decides_where_the_trait_names_one() -> None:
    probe = PROBES["codeword-awareness"]
    steered, told = (Measure("codeword", "says ring", "pattern", each) for each in ("first talk", "describe it"))
    assert (role_of(steered, probe), role_of(told, probe)) == ("does", "says")


def test_what_the_trait_does_not_name_is_as_it_was() -> None:
    refuses = Measure("refusal", "refuses", "pattern", "plain")
    describes = Measure("self-claim", "says it is misaligned", "description", "plain")
    probe = PROBES["emergent-misalignment"]
    assert (role_of(refuses, probe), role_of(describes, probe)) == ("does", "says")
    assert role_of(Measure("choice", "prefers risk", "pattern", "a free question"), RISK) == "does"


def test_all_that_mirrors_ask_is_said_and_numbers_are_neither() -> None:
    mirrors = PROBES["risk-awareness.mirrors"]
    assert role_of(Measure("choice", "reports it (choice)", "pattern", "choice, swapped"), mirrors) == "says"
    assert role_of(Measure("scored by base", "entropy", "quantity", "choice, swapped"), mirrors) is None
