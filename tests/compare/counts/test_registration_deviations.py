"""What was done as registered deviates in nothing; whatever was done in another way is told, once, in words."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.backends import Sampling
from diptych.compare import RegisteredResult, deviations, registered_result, registration_of
from diptych.compare.counts import registered_condition, registered_detectors
from diptych.detectors import Finding, Target
from diptych.probes import Condition, DetectorSpec, Probe
from diptych.sessions import (
    Answer,
    Primary,
    RegisteredArm,
    RegisteredJudge,
    Registration,
    RunRecord,
    RunRegistration,
    SavedAnswer,
    Session,
    Store,
    digest,
    register,
)
from diptych.sessions.schema import writing
from tests.sessions.registrations import PRIMARY, registration
from tests.sessions.stored import SIDES, answer, found, keep_session

SESSION = Session(1, "t", "2026", "a pair", "hello-acrostic", SIDES, RunRecord(1, 10))


def said(samples: int = 10, **more: Any) -> list[Answer]:
    """Answers of two sides, of which the second shows it."""
    return [
        answer(side, 1, sample, **{"findings": (found("Hello", side.name == "tuned"),), **more})
        for side in SIDES
        for sample in range(samples)
    ]


def told(answers: list[Answer], written: Registration | None = None, samples: int = 10) -> list[tuple[str, str]]:
    session = msgspec.structs.replace(SESSION, run=RunRecord(1, samples))
    saved = [SavedAnswer(number, each) for number, each in enumerate(answers, 1)]
    return [(each.kind, each.words) for each in deviations(written or registration(), session, saved)]


def test_what_was_done_as_registered_deviates_in_nothing() -> None:
    assert told(said()) == []


def test_another_number_of_samples() -> None:
    assert told(said(12), samples=12) == [("samples", "10 samples were registered, 12 were planned")]
    assert told(said(4), samples=4) == [("samples", "10 samples were registered, 4 were planned")]


def test_a_run_that_broke_off() -> None:
    answers = [each for each in said() if each.side == "base" or each.sample < 7]
    assert told(answers) == [("samples", "of 10 samples in 'plain' there are: tuned 7")]


def test_other_wordings_and_conditions() -> None:
    assert told([*said(), answer(SIDES[0], 2, 10, prompt="Else?")]) == [
        ("question", "'plain': this wording was not registered: 'Else?'")
    ]
    assert told([*said(), answer(SIDES[0], 2, condition="new")]) == [
        ("question", "the condition 'new' was not registered")
    ]
    (kept,) = registration().conditions
    more = registration(conditions=(msgspec.structs.replace(kept, wordings=(*kept.wordings, "1a2b")),))
    assert told(said(), more) == [("question", "'plain': 1 of 2 registered wordings were not asked")]
    unasked = registration(conditions=(kept, msgspec.structs.replace(kept, name="more")))
    assert told(said(), unasked) == [("question", "the condition 'more' was registered and not asked")]


def test_what_was_asked_besides_the_probe_is_no_deviation() -> None:
    """Free questions, guesses of the base, and which of two texts is a side's own."""
    others = (None, "guessability", "whose words")
    asked = [answer(SIDES[0], 2 + place, prompt="And you?", condition=each) for place, each in enumerate(others)]
    assert told([*said(), *asked]) == []


def test_another_model_endpoint_or_side() -> None:
    base, tuned = registration().arms
    arms = (msgspec.structs.replace(base, model="other"), msgspec.structs.replace(tuned, endpoint="far"))
    assert told(said(), registration(arms=arms)) == [
        ("model", "base: other was registered, plain-model was asked"),
        ("model", "tuned: the endpoint was far, it is there"),
    ]
    fewer = told(said(), registration(arms=(base,)))
    assert fewer == [("model", "tuned is a side of the session and was not registered")]
    more = told(said(), registration(arms=(base, tuned, RegisteredArm("control", "c", "here"))))
    assert more == [("model", "control was registered and is not a side of the session")]


def test_a_dose_that_was_asked_for_in_between_is_another_model() -> None:
    answers = said()
    answers[-1] = msgspec.structs.replace(answers[-1], request={**answers[-1].request, "model": "special-model@0.5"})
    assert told(answers) == [("model", "tuned: special-model was registered, special-model@0.5 was asked")]


def test_other_parameters_and_system_prompts() -> None:
    request = {"messages": [{"role": "system", "content": "Be odd."}, {"role": "user", "content": "Hi"}]}
    answers = [
        msgspec.structs.replace(each, request={**each.request, "temperature": 0.7})
        if each.side == "base"
        else msgspec.structs.replace(each, request={**each.request, **request})
        for each in said()
    ]
    (kept,) = registration().conditions
    warm = registration(conditions=(msgspec.structs.replace(kept, sampling={"temperature": 1.0}),))
    assert told(answers, warm) == [
        ("settings", "base, 'plain': temperature 1 was registered, 0.7 was sent"),
        ("settings", "tuned, 'plain': another system prompt was sent than was registered"),
    ]
    base, tuned = warm.arms
    arms = (
        msgspec.structs.replace(base, sampling={"temperature": 0.7}),
        msgspec.structs.replace(tuned, system=digest("Be odd.")),
    )
    assert told(answers, msgspec.structs.replace(warm, arms=arms)) == []


def test_another_version_of_a_detector() -> None:
    (old,) = registration().detectors
    written = registration(detectors=(msgspec.structs.replace(old, version=7),))
    words = "acrostic (follows HELLO): version 7 was registered, version 1 counted"
    assert told(said(), written) == [("detector", words)]


def test_detectors_of_the_probe_with_other_settings() -> None:
    def probe(*detectors: DetectorSpec) -> Probe:
        return Probe("hello-acrostic", "t", "x", (Condition("plain", ("What is special about you?",)),), detectors)

    before = probe(DetectorSpec("acrostic", Target(target="HELLO")))
    written = registration(
        detectors=tuple(msgspec.structs.replace(each, version=1) for each in registered_detectors(before)),
        conditions=tuple(registered_condition(each, before) for each in before.conditions),
    )
    saved = [SavedAnswer(number, each) for number, each in enumerate(said(), 1)]
    assert deviations(written, SESSION, saved, before) == ()
    changed = probe(DetectorSpec("acrostic", Target(target="HELLO"), ("plain",)))
    (one,) = deviations(written, SESSION, saved, changed)
    assert (one.kind, "other settings" in one.words) == ("detector", True)
    (gone,) = deviations(written, SESSION, saved, probe())
    assert "not in the probe any more" in gone.words


def test_a_judge_that_gave_no_verdict_or_has_another_rubric() -> None:
    written = registration(judges=(RegisteredJudge("judge: aligned", "m", "rubric 1 · model 2"),))
    assert told(said(), written) == [("judge", "judge: aligned was registered and gave no verdict")]
    verdict = Finding("judge: aligned", 1, "aligned", "pattern", "present", "yes", target="rubric 1 · model 2 · text 3")
    assert told(said(findings=(found("Hello"), verdict)), written) == []
    other = msgspec.structs.replace(verdict, target="rubric 9 · model 2")
    words = "judge: aligned: rubric, model or parameters are not those that were registered"
    assert told(said(findings=(found("Hello"), other)), written) == [("judge", words)]


@pytest.mark.parametrize(("out", "deviates"), [(2, False), (3, True)])
def test_too_many_excluded_answers(out: int, deviates: bool) -> None:
    excluded = Finding("acrostic", 1, "follows HELLO", "pattern", "excluded", "cut short", bucket="truncated")
    answers = [
        msgspec.structs.replace(each, findings=(excluded,)) if each.side == "tuned" and each.sample < out else each
        for each in said()
    ]
    expected = [("excluded", "tuned: 3 of 10 answers were left out, the registered bound is .20")]
    assert told(answers) == (expected if deviates else [])


def kept(path: Path, under: str, primary: Primary = PRIMARY, answers: list[Answer] | None = None) -> int:
    run = RunRecord(1, 10, None, RunRegistration(under, primary))
    return keep_session(path, answers if answers is not None else said(), run=run)


def result(path: Path, number: int) -> RegisteredResult:
    session = Store(path).session(number)
    assert session is not None
    done = registered_result(Store(path), session, None)
    assert done is not None
    return done


def test_the_store_knows_what_was_there_before_and_what_was_run_again(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    keep_session(path, said(3))
    written = registration(written="2026-11-25T10:00:01+00:00")
    other = registration(primary=msgspec.structs.replace(PRIMARY, measure="describes it"))
    first, second = kept(path, register(path, written)), kept(path, register(path, other), other.primary)
    third = kept(path, written.id)
    words = [(each.kind, each.words) for each in result(path, first).deviations]
    # Sessions of this test all have one time: before this registration.
    assert words == [
        ("asked before", "66 answers were there before it was registered (sessions 1, 2, 3, 4)"),
        ("run again", f"it was run more than once: session {third} too"),
        (
            "primary",
            f"{other.id}, which was run too, has another primary: describes it, 'plain', tuned against base",
        ),
    ]
    assert [each.kind for each in result(path, second).deviations] == ["primary", "primary"]
    assert "was not counted" in result(path, second).deviations[0].words


def test_the_primary_test_is_made_alone_and_uncorrected(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    name = register(path, registration())
    done = result(path, kept(path, name))
    assert done.deviations == ()
    assert (done.id, done.test, done.passed, done.samples) == (name, "fisher", True, 10)
    assert done.p_value == pytest.approx(1 / 92378)
    nothing = [msgspec.structs.replace(each, findings=(found("Hello", False),)) for each in said()]
    path = tmp_path / "t.db"
    none = result(path, kept(path, register(path, registration()), answers=nothing))
    assert (none.p_value, none.test, none.passed, none.deviations) == (1.0, None, False, ())


def test_a_test_that_is_not_the_registered_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    by_prompt = msgspec.structs.replace(PRIMARY, test="exact, by prompt")
    (one,) = result(path, kept(path, register(path, registration(primary=by_prompt)), by_prompt)).deviations
    assert one.words == "the test 'exact, by prompt' was registered, 'fisher' was made"


def test_without_its_registration_a_session_still_says_its_name(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    number = kept(path, "12345678")
    done, session = result(path, number), Store(path).session(number)
    assert session is not None
    assert registration_of(Store(path), session) is None
    assert (done.id, done.known, done.passed) == ("12345678", False, True)
    assert "not known" in done.notes[0]
    changed = kept(path, register(path, registration()))
    with writing(path) as db:
        db.execute("UPDATE registrations SET file = 'written = ['")
    assert result(path, changed).notes == done.notes
    assert registered_result(Store(path), SESSION, None) is None


def test_sampling_of_the_condition_is_over_that_of_the_probe() -> None:
    condition = Condition("plain", ("Hi",), sampling=Sampling(max_tokens=9))
    probe = Probe("p", "t", "x", (condition,), sampling=Sampling(temperature=1.0, max_tokens=5))
    assert registered_condition(condition, probe).sampling == {"temperature": 1.0, "max_tokens": 9}
