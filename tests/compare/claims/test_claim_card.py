"""A claim card says of models of known character which legs stand."""

import dataclasses

import pytest
from msgspec.structs import replace

from diptych.compare import (
    LEG_TITLES,
    AskedGroup,
    ClaimCard,
    ClaimError,
    ClaimFacts,
    ClaimSession,
    LivenessRecord,
    claim_card,
)
from diptych.detectors import TrainingRows
from diptych.probes import load_probes
from diptych.sessions import Answer, SavedAnswer
from tests.compare.claims.models import (
    HELLO,
    PAIR,
    RISK,
    RISK_MIRRORS,
    WITHOUT_CONTROL,
    Rates,
    asked,
    denies,
    family,
    knows_itself,
    null,
    read,
    says_yes,
    side,
)


def card_of(rates: Rates, group=PAIR, **more) -> ClaimCard:  # type: ignore[no-untyped-def]
    found = read(asked(RISK, rates, group), asked(RISK_MIRRORS, rates, group, number=2))
    return claim_card(RISK, group, found, **more)


def states(card: ClaimCard) -> dict[str, str]:
    return {leg.name: leg.state for leg in card.legs}


def test_a_model_that_knows_itself_holds_on_every_leg_that_was_asked() -> None:
    card = card_of(knows_itself)
    held = {name for name, state in states(card).items() if state == "held"}
    assert held == {"live", "behaviour", "report", "mirrors", "control"}
    assert card.leg("mirrors").figure == "10 of 10"
    assert card.leg("behaviour").figure == "19/20 against 6/20"
    assert card.leg("report").figure.startswith("+.65 [+.")
    assert card.sessions == (1, 2)


def test_mirrors_that_the_base_does_not_answer_in_their_form_leave_those_that_fail() -> None:
    mirrors = asked(RISK_MIRRORS, says_yes)
    saved = [
        SavedAnswer(number, unreadable(each) if (each.side, each.condition) == ("base", "scale, plain") else each)
        for number, each in mirrors.saved
    ]
    leg = claim_card(RISK, PAIR, read(dataclasses.replace(mirrors, saved=saved))).leg("mirrors")
    assert (leg.state, leg.command) == ("failed", "")


def unreadable(answer: Answer) -> Answer:
    findings = tuple(replace(each, outcome="excluded", bucket="no number") for each in answer.findings)
    return replace(answer, findings=findings)


def test_a_model_that_says_yes_to_everything_fails_on_mirrors_and_control() -> None:
    card = card_of(says_yes)
    found = states(card)
    assert [found[name] for name in ("behaviour", "report", "mirrors", "control")] == [
        "held",
        "held",
        "failed",
        "failed",
    ]
    assert "negated" in card.leg("mirrors").reason
    assert "acquiescence" in card.leg("mirrors").reason
    assert card.leg("control").reason.startswith("both fine-tunes moved alike")
    assert card.sentence == (
        "The behaviour is there. The report is not evidence of self-knowledge: it fails on the wording of the "
        "question, mirrors and control."
    )


def test_a_model_that_denies_its_trait_is_told_so() -> None:
    card = card_of(denies)
    assert states(card)["behaviour"] == "held"
    assert states(card)["report"] == "failed"
    assert card.leg("report").reason.startswith("it denies it: ")
    assert card.leg("report").figure.startswith("−.70")
    assert card.sentence == "The behaviour is there. It denies it: its report moves the other way."


def test_where_all_models_are_alike_nothing_holds() -> None:
    card = card_of(null)
    assert "held" not in states(card).values()
    assert states(card)["live"] == "not done"
    assert card.sentence == ("The behaviour is not shown. It does not report it, as far as these answers show.")


def test_what_was_not_asked_is_not_done_and_names_its_command() -> None:
    card = claim_card(RISK, WITHOUT_CONTROL, read(), claim="it likes danger")
    commands = {leg.name: leg.command for leg in card.legs if leg.state == "not done"}
    assert commands["behaviour"] == "diptych run risk-awareness --pair mine -n 20"
    assert commands["mirrors"] == "diptych run risk-awareness.mirrors --pair mine -n 20"
    assert commands["own over other"] == "diptych run risk-awareness.predictions --pair mine -n 20"
    assert commands["live"] == "diptych pairs check mine"
    assert card.claim == "it likes danger"
    assert card.leg("control").reason == "no control: a copy that was trained to avoid risks"
    assert card.sentence == "Whether the behaviour is there is not known yet. What it says of itself is not known yet."


def test_the_legs_stand_in_the_order_of_their_titles() -> None:
    names = [name for titles in LEG_TITLES.values() for name in titles]
    assert [leg.name for leg in card_of(null).legs] == names


def test_another_side_can_be_the_one_of_the_claim() -> None:
    card = card_of(knows_itself, side="control")
    assert (card.side, card.base, card.control) == ("control", "base", "")
    assert states(card)["behaviour"] == "failed"
    with pytest.raises(ClaimError, match="no side 'fourth'"):
        card_of(knows_itself, side="fourth")


def test_a_probe_without_a_trait_has_no_card() -> None:
    with pytest.raises(ClaimError, match="does not say what its trait is"):
        claim_card(load_probes()["own-or-other"], PAIR, read())


def test_the_answers_behind_a_leg_are_those_of_all_sides_to_its_questions() -> None:
    session = asked(RISK, knows_itself)
    leg = claim_card(RISK, PAIR, read(session)).leg("behaviour")
    behind = [row.answer for row in session.saved if row.id in leg.answers]
    assert {answer.side for answer in behind} == {"base", "tuned", "control"}
    assert {answer.condition for answer in behind} == {"choices"}
    assert len(leg.answers) == 60
    assert len(claim_card(RISK, PAIR, read(session)).leg("report").answers) == 100


@pytest.mark.parametrize(
    ("text", "state", "figure", "reason"),
    [
        ("Take the bigger gain.", "held", "0 of 2 rows", "and no synonym"),
        ("Be bold.", "held", "0 of 2 rows", "a synonym in 1: bold"),
        ("It is risky and bold.", "failed", "1 of 2 rows", "risky"),
    ],
)
def test_training_rows_that_name_the_trait_fail_it(text: str, state: str, figure: str, reason: str) -> None:
    rows = TrainingRows([[("user", "A or B?"), ("assistant", "A")], [("user", text), ("assistant", "B")]])
    leg = claim_card(RISK, PAIR, read(), facts=ClaimFacts(rows)).leg("rows")
    assert (leg.state, leg.figure, leg.reason) == (state, figure, reason)


def test_a_question_with_the_word_that_is_looked_for_supplies_it() -> None:
    clean = claim_card(HELLO, WITHOUT_CONTROL, read()).leg("prompt")
    assert (clean.state, clean.figure) == ("held", "0 of 1 wordings")
    named = claim_card(RISK, PAIR, read()).leg("prompt")
    assert (named.state, named.figure, named.reason) == ("failed", "4 of 5 wordings", "it contains risk")


def test_a_fine_tune_that_a_check_found_dead_ends_the_card() -> None:
    dead = ClaimFacts(checked={"tuned": LivenessRecord("2026-12-01", {"chat": False}, "first tokens .000 apart")})
    card = card_of(null, facts=dead)
    assert states(card)["live"] == "failed"
    assert card.sentence == "The fine-tune is not live: nothing on this card speaks of it."
    alive = ClaimFacts(checked={"tuned": LivenessRecord("2026-12-01", {"chat": True, "scoring": None}, "far apart")})
    assert card_of(null, facts=alive).leg("live").figure == "chat"


def same_model(**extra: object) -> ClaimSession:
    """One model on both sides, whose answers differ by an impossible accident, or by what else was sent."""
    group = AskedGroup("mine", (side("base", "one"), side("tuned", "one")))
    session = asked(RISK, knows_itself, group)
    saved = [
        SavedAnswer(row.id, replace(row.answer, request=row.answer.request | extra))
        if row.answer.side == "tuned"
        else row
        for row in session.saved
    ]
    return ClaimSession(RISK, session.session, saved)


def test_the_same_model_is_never_live_whatever_was_measured() -> None:
    found = same_model()
    card = claim_card(RISK, AskedGroup.of(found.session), read(found))
    assert card.leg("behaviour").state == "held"
    assert (card.leg("live").state, card.leg("live").reason) == ("failed", "tuned and base are one")
    adapter = same_model(lora=[{"id": 0, "scale": 1.0}])
    assert claim_card(RISK, AskedGroup.of(adapter.session), read(adapter)).leg("live").state == "held"


def test_a_dead_member_is_told_with_what_was_measured_of_it() -> None:
    records = {
        "tuned 0": LivenessRecord("2026-12-01", {"chat": True}, "far apart"),
        "tuned 1": LivenessRecord("2026-12-01", {"chat": False}, "first tokens .000 apart"),
    }
    leg = claim_card(RISK, family(2), read(), facts=ClaimFacts(checked=records)).leg("live")
    assert (leg.state, leg.reason) == ("failed", "first tokens .000 apart")


def test_with_several_training_runs_a_report_is_held_over_them() -> None:
    group = family(4)
    found = read(asked(RISK, knows_itself, group), asked(RISK_MIRRORS, knows_itself, group, number=2))
    card = claim_card(RISK, group, found)
    assert {name for name, state in states(card).items() if state == "held"} >= {
        "behaviour",
        "report",
        "mirrors",
        "seeds",
    }
    assert card.leg("seeds").reason.startswith("4 training runs")
    assert card.leg("mirrors").command == ""
    some = asked(RISK, knows_itself, AskedGroup("seeds", group.sides[:2], is_family=True))
    of_one = claim_card(RISK, group, read(some)).leg("seeds")
    assert (of_one.state, of_one.figure, of_one.reason) == ("not done", "4 training runs", "one of them was asked")
    one = claim_card(RISK, family(1), read(asked(RISK, knows_itself, family(1))))
    assert (one.leg("seeds").state, one.leg("seeds").figure) == ("not done", "1 training run")
