"""Legs that few claims have: guessing, early naming, readers, own against other, registration."""

import random
from pathlib import Path

import msgspec
import pytest

from diptych.compare import (
    ClaimFacts,
    ClaimSession,
    FoundSessions,
    Leg,
    LivenessRecord,
    claim_card,
    claim_facts,
    claim_sessions,
    remember_liveness,
)
from diptych.compare.counts import Deviation, RegisteredResult
from diptych.sessions import Label, Primary, RunRecord, SavedAnswer, Session, Store
from tests.compare.claims.models import HELLO, PAIR, RISK, WITHOUT_CONTROL, asked, knows_itself, read
from tests.compare.claims.test_false_claims import with_guesses
from tests.compare.counts.foreseen_answers import ITEMS, Said, answers_of, probe_of
from tests.sessions.stored import SIDES


def describes(rate: float, of_base: float = 0.0) -> ClaimSession:
    """The tuned side describes its pattern in some answers, early or not."""
    return asked(HELLO, lambda side, condition, label: rate if side == "tuned" else of_base, WITHOUT_CONTROL)


def hello(session: ClaimSession | None = None, **more):  # type: ignore[no-untyped-def]
    return claim_card(HELLO, WITHOUT_CONTROL, FoundSessions((session,) if session is not None else ()), **more)


@pytest.mark.parametrize(("guessed", "state"), [(0.0, "held"), (0.9, "failed")])
def test_what_the_base_can_guess_is_no_knowledge(guessed: float, state: str) -> None:
    leg = hello(with_guesses(describes(0.8), guessed, random.Random(1))).leg("guess")
    assert leg.state == state
    assert leg.figure.endswith("tuned .80")
    assert len(leg.answers) > 16


def test_without_a_description_there_is_nothing_to_guess_from() -> None:
    leg = hello(describes(0.0)).leg("guess")
    assert (leg.state, leg.figure) == ("does not apply", "described 0/60")
    waits = hello(describes(0.5)).leg("guess")
    assert (waits.state, waits.reason) == ("not done", "the base has not guessed yet")


def test_guesses_at_other_questions_than_were_described_tell_nothing() -> None:
    guessed = with_guesses(describes(0.8), 0.5, random.Random(1))
    moved = [
        SavedAnswer(row.id, msgspec.structs.replace(row.answer, prompt="another question"))
        if row.answer.condition == "guessability"
        else row
        for row in guessed.saved
    ]
    leg = hello(ClaimSession(HELLO, guessed.session, moved)).leg("guess")
    assert (leg.state, leg.reason) == ("not done", "the base guessed at other questions than the side answered")


def test_naming_the_pattern_early_counts_where_the_base_does_not() -> None:
    assert hello(describes(0.8)).leg("before evidence").state == "held"
    assert hello(describes(0.8, 0.8)).leg("before evidence").state == "failed"
    assert claim_card(RISK, PAIR, read()).leg("before evidence").state == "does not apply"


def labelled(session: ClaimSession, agreeing: bool) -> ClaimSession:
    """The session with labels of every answer to its first question."""
    labels = [
        Label(row.id, "yes" if (found.outcome == "present") == agreeing else "no", True, "describes it", 1)
        for row in session.saved
        for found in row.answer.findings
        if row.answer.condition == "without the word" and found.label == "describes it"
    ]
    return ClaimSession(session.probe, session.session, session.saved, labels)


def test_readers_are_held_against_labels_of_people() -> None:
    without = hello(describes(0.8)).leg("readers")
    assert (without.state, without.figure) == ("not done", "no labels")
    command = "diptych sessions label 1 'describes it' --draw 20 --condition 'without the word'"
    assert without.command == command
    agreed = hello(labelled(describes(0.8), agreeing=True)).leg("readers")
    assert (agreed.state, agreed.figure) == ("held", "κ 1.00 [.87, 1.00], 40 labels")
    assert len(agreed.answers) == 40
    assert hello(labelled(describes(0.8), agreeing=False)).leg("readers").state == "failed"


def predicted(tuned: Said, base: Said) -> ClaimSession:
    probe = msgspec.structs.replace(probe_of(), id="own-or-other")
    saved = [SavedAnswer(number, row) for number, row in enumerate(answers_of(probe, {"base": base, "tuned": tuned}))]
    sides = WITHOUT_CONTROL.sides
    return ClaimSession(probe, Session(3, "x", "2026-12-01", "mine", probe.id, sides, RunRecord(1, 20)), saved)


def test_a_side_that_predicts_itself_better_than_the_base_does() -> None:
    draw = random.Random(2)
    own, others = ([draw.choice("aeio") for _ in ITEMS] for _ in range(2))
    knows: Said = lambda condition, place, sample: own[place]  # noqa: E731
    guesses: Said = lambda condition, place, sample: others[place]  # noqa: E731
    probe = msgspec.structs.replace(HELLO, prediction=None)

    def leg_of(*sessions: ClaimSession) -> Leg:
        return claim_card(probe, WITHOUT_CONTROL, read(*sessions)).leg("own over other")

    leg = leg_of(predicted(knows, guesses))
    assert leg.state == "held"
    assert leg.reason.endswith("second character, 20/20 came true")
    assert leg_of(predicted(knows, knows)).state == "failed"
    assert leg_of().command == "diptych run own-or-other --pair mine -n 20"


PRIMARY = Primary("describes it", "self-explanation", "without the word", "tuned", "base", "fisher", 0.05)


def test_a_registration_stands_until_something_deviates_from_it() -> None:
    result = RegisteredResult("7f3a", "2026-12-03T10:00:00+00:00", PRIMARY, samples=20)
    card = hello(describes(0.8), facts=ClaimFacts(registered={1: result}))
    assert (card.registered, card.leg("registered").figure) == ("7f3a, 3 Dec", "plan 7f3a")
    assert (card.leg("registered").state, card.leg("registered").reason) == ("held", "N 20, primary: describes it")
    other = msgspec.structs.replace(result, deviations=(Deviation("samples", "20 were registered, 40 were planned"),))
    failed = hello(describes(0.8), facts=ClaimFacts(registered={1: other})).leg("registered")
    assert (failed.state, failed.figure) == ("failed", "1 deviation")
    gone = hello(describes(0.8), facts=ClaimFacts(registered={1: RegisteredResult("7f3a", "", PRIMARY)}))
    assert gone.leg("registered").state == "not done"


def test_what_a_check_found_is_known_to_the_card_of_the_same_models(tmp_path: Path) -> None:
    base, tuned = SIDES
    path = tmp_path / "sessions.db"
    remember_liveness(path, base, tuned, {"chat": True, "scoring": False}, "first tokens .61 apart")
    group = WITHOUT_CONTROL._replace(sides=SIDES)
    store = Store(path)
    (found,) = claim_facts(store, group, claim_sessions(store, [HELLO], group)).checked.values()
    assert found.routes == {"chat": True, "scoring": False}
    other = WITHOUT_CONTROL._replace(sides=(base, msgspec.structs.replace(tuned, model="another")))
    assert not claim_facts(store, other, claim_sessions(store, [HELLO], other)).checked
    leg = claim_card(HELLO, group, read(), facts=claim_facts(store, group, read())).leg("live")
    assert (leg.state, leg.figure, leg.reason) == ("failed", "not live: scoring", "first tokens .61 apart")
    assert isinstance(found, LivenessRecord)


def test_a_leg_waits_for_the_answers_that_were_planned() -> None:
    whole = asked(RISK, lambda side, condition, label: 0.5)
    half = ClaimSession(RISK, whole.session, [row for row in whole.saved if row.answer.sample < 10])
    leg = claim_card(RISK, PAIR, read(half)).leg("behaviour")
    assert (leg.state, leg.command) == ("not done", "diptych run --resume 1")
    assert leg.reason.startswith("so far: chooses the coin toss")
    moved = asked(RISK, knows_itself, samples=40)
    early = ClaimSession(RISK, moved.session, [row for row in moved.saved if row.answer.sample < 39])
    assert claim_card(RISK, PAIR, read(early)).leg("behaviour").state == "held"


def test_a_session_without_the_control_still_speaks_of_the_side() -> None:
    """The control was added to the pair later."""
    card = claim_card(RISK, PAIR, read(asked(RISK, knows_itself, WITHOUT_CONTROL)))
    assert (card.leg("behaviour").state, card.leg("report").state) == ("held", "held")
    assert (card.leg("control").state, card.leg("control").reason) == ("not done", "no answers of both sides")


def test_hidden_sides_are_not_counted() -> None:
    whole = asked(RISK, knows_itself)
    hidden = [row.id for row in whole.saved if row.answer.condition == "choices"][:1]
    card = claim_card(RISK, PAIR, read(ClaimSession(RISK, whole.session, whole.saved, (), hidden)))
    assert card.leg("behaviour").state == "not done"
    assert card.leg("report").state == "held"
    assert card.leg("registered").reason == "the sides are still hidden"
