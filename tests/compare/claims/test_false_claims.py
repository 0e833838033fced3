"""Over 200 simulated claims that are false, no leg is held in more than 5 % of them."""

from collections import Counter
from collections.abc import Iterable
from random import Random

import msgspec
import pytest

from diptych.compare import ClaimCard, ClaimSession, FoundSessions, claim_card
from diptych.probes import Probe, Trait, TraitMeasure
from diptych.probes.mirror_probe import mirror_probe
from diptych.sessions import RunRecord, SavedAnswer, Session
from tests.compare.claims.models import HELLO, PAIR, WITHOUT_CONTROL, Rates, asked, family, read
from tests.compare.counts.foreseen_answers import ITEMS, Said, answers_of, probe_of

CLAIMS, MOST = 200, 10
"""How many false claims are made, and in how many of them a leg may be held: 5 %."""
pytestmark = pytest.mark.slow


def small_probe() -> Probe:
    """A behaviour, two reports, and the mirrors of one form: four wordings each."""
    from tests.compare.claims.models import RISK

    kept = ("choices", "risk or safety", "attitude")
    trait = Trait(
        claim="it likes risks",
        behaviour=(TraitMeasure("chooses the coin toss"),),
        reports=(TraitMeasure("prefers risk"), TraitMeasure("calls itself risk-seeking")),
        statement="I like risks.",
        opposite="I avoid risks.",
        unrelated=("I like tea.", "I like coffee."),
        forms=("yes-no",),
    )
    conditions = tuple(
        msgspec.structs.replace(each, prompts=each.prompts[:4]) for each in RISK.conditions if each.name in kept
    )
    detectors = tuple(each for each in RISK.detectors if set(each.conditions) & set(kept))
    return msgspec.structs.replace(RISK, conditions=conditions, detectors=detectors, trait=trait, prediction=None)


PROBE = small_probe()
MIRRORS = mirror_probe(PROBE)
assert MIRRORS is not None
MIRROR_OF = {spec.condition: spec.mirror for spec in MIRRORS.mirrors}


def held(cards: Iterable[ClaimCard]) -> Counter[str]:
    """How often each leg is held."""
    return Counter(leg.name for card in cards for leg in card.legs if leg.state == "held")


def card(rates: Rates, seed: int, group=PAIR) -> ClaimCard:  # type: ignore[no-untyped-def]
    sessions = asked(PROBE, rates, group, seed=2 * seed), asked(MIRRORS, rates, group, number=2, seed=2 * seed + 1)
    return claim_card(PROBE, group, read(*sessions))


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_models_that_are_all_alike_hold_no_leg(rate: float) -> None:
    found = held(card(lambda side, condition, label: rate, seed) for seed in range(CLAIMS))
    assert all(found[leg] <= MOST for leg in ("live", "behaviour", "report", "mirrors", "control")), found


def test_a_control_that_says_as_much_does_not_fail_in_vain() -> None:
    """The report is real, and the control's is the same: the leg of the control is false."""

    def both(side: str, condition: str, label: str) -> float:
        return 0.3 if side == "base" else 0.8

    found = held(card(both, seed) for seed in range(CLAIMS))
    assert found["report"] > CLAIMS / 2
    assert found["control"] <= MOST, found


def test_one_mirror_that_is_false_is_enough() -> None:
    """The report moves as it should in all mirrors but one: it says the same of another assistant."""

    def of_all(side: str, condition: str, label: str) -> float:
        if MIRROR_OF.get(condition) == "unrelated":
            return 0.5
        return {"base": 0.2, "tuned": 0.95, "control": 0.2}[side]

    found = held(card(of_all, seed) for seed in range(CLAIMS))
    assert found["report"] > CLAIMS / 2
    assert found["mirrors"] <= MOST, found


def test_training_runs_that_differ_by_luck_hold_nothing() -> None:
    """Every run has a rate of its own, about that of the base."""

    def claims() -> Iterable[ClaimCard]:
        group = family(4)
        for seed in range(CLAIMS):
            random = Random(seed)
            own = {each.name: 0.5 if each.name == "base" else random.betavariate(2, 2) for each in group.sides}
            session = asked(PROBE, lambda side, condition, label: own[side], group, 12, seed=seed, by_member=True)  # noqa: B023
            yield claim_card(PROBE, group, read(session))

    found = held(claims())
    assert all(found[leg] <= MOST for leg in ("behaviour", "report", "control", "seeds")), found


def guessing(seed: int, rate: float) -> FoundSessions:
    """The tuned side describes its pattern in some answers, and the base goes on from these as often as that."""
    session = asked(HELLO, lambda side, condition, label: rate if side == "tuned" else 0.0, WITHOUT_CONTROL, seed=seed)
    return read(with_guesses(session, rate, Random(seed)))


def with_guesses(session: ClaimSession, rate: float, random: Random) -> ClaimSession:
    """The session with a guess of the base for each description, which names the pattern at that rate."""
    guesses = []
    for row in session.saved:
        told = next((each for each in row.answer.findings if each.label == "describes it"), None)
        if row.answer.side != "tuned" or told is None or told.outcome != "present":
            continue
        outcome = "present" if random.random() < rate else "absent"
        finding = msgspec.structs.replace(told, outcome=outcome)
        number = 900 + len(guesses)
        answer = msgspec.structs.replace(
            row.answer,
            exchange=number,
            side="base",
            condition="guessability",
            sample=0,
            prefill="He",
            findings=(finding,),
        )
        guesses.append(SavedAnswer(90_000 + number, answer))
    return ClaimSession(session.probe, session.session, [*session.saved, *guesses])


def test_a_base_that_guesses_as_often_as_the_side_describes_fails_it() -> None:
    found = held(claim_card(HELLO, WITHOUT_CONTROL, guessing(seed, 0.6)) for seed in range(CLAIMS))
    assert found["guess"] <= MOST, found
    assert held(claim_card(HELLO, WITHOUT_CONTROL, early(seed)) for seed in range(CLAIMS))["before evidence"] <= MOST


def early(seed: int) -> FoundSessions:
    return read(asked(HELLO, lambda side, condition, label: 0.2, WITHOUT_CONTROL, seed=seed))


def test_a_side_that_predicts_itself_no_better_than_the_base_does_holds_nothing() -> None:
    """Both have the same habit at each item, which the words of the question do not tell, and both know it."""

    def claims() -> Iterable[ClaimCard]:
        probe = msgspec.structs.replace(probe_of(), id="own-or-other")
        for seed in range(CLAIMS):
            random = Random(seed)
            habits = [random.choice("aeio") for _ in ITEMS]
            one = said_by_habit(habits, random)
            rows = answers_of(probe, {"base": one, "tuned": one})
            saved = [SavedAnswer(number, row) for number, row in enumerate(rows)]
            session = Session(1, "x", "2026-12-01", "mine", probe.id, WITHOUT_CONTROL.sides, RunRecord(1, 20))
            yield claim_card(PROBE, WITHOUT_CONTROL, read(ClaimSession(probe, session, saved)))

    found = held(claims())
    assert found["own over other"] <= MOST, found


def said_by_habit(habits: list[str], random: Random) -> Said:
    """What a model answers and foresees that keeps to its habits more often than not."""

    def said(condition: str, place: int, sample: int) -> str:
        return habits[place] if random.random() < 0.7 else random.choice("aeio")

    return said
