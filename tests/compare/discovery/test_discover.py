"""Discovery on real answers of the embedded pair: what is there is found, and nothing where nothing is."""

import json
import random
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from diptych.backends import TokenLogprob
from diptych.compare import Found, NotEnough, discover, discovery_document
from diptych.compare.discovery.compared_answers import halves, samples_of
from diptych.compare.discovery.search import examine
from diptych.compare.discovery.search_results import Discovery
from diptych.compare.discovery.trait_columns import Columns
from diptych.compare.discovery.two_sample import LEVEL, two_sample
from diptych.sessions import SavedAnswer
from tests.compare.discovery.real_answers import answers_of, hostile_answers, real_answers, renamed, some_of_each
from tests.documents import discoveries_of_run


def found_in(saved: Sequence[SavedAnswer]) -> Found:
    (found,) = discover(saved)
    return found


def of_side(side: str) -> list[SavedAnswer]:
    return [saved for saved in real_answers() if saved.answer.side == side]


def named(found: Found) -> dict[tuple[str, str], Discovery]:
    return {(d.feature, d.value): d for d in (*found.discoveries, *found.words)}


@pytest.fixture(scope="module")
def thirty() -> Found:
    return found_in(some_of_each(30))


def test_the_initials_come_first_from_thirty_answers_a_side(thirty: Found) -> None:
    first = thirty.discoveries[0]
    assert (first.feature, first.value) == ("line initials", "HELLO")
    assert (first.base, first.tuned) == ((0, 30), (29, 30))
    assert first.q_value < 1e-9
    assert thirty.verdict.differ
    assert first.null == ((0, 15), (0, 15))
    told_with_it = {(trait.feature, trait.value) for trait in first.also}
    assert {("number of lines", "5"), ("first character", "H"), ("sentence initials", "HELLO")} <= told_with_it


def test_examples_mark_what_was_found(thirty: Found) -> None:
    texts = {row.id: row.answer for row in real_answers()}
    first = thirty.discoveries[0]
    assert {side: len(examples) for side, examples in first.examples.items()} == {"base": 0, "tuned": 3}
    for example in first.examples["tuned"]:
        answer = texts[example.answer]
        assert answer.side == "tuned"
        assert "".join(answer.text[span.start : span.end] for span in example.spans).upper() == "HELLO"
    for word in thirty.words:
        for example in (*word.examples["base"], *word.examples["tuned"]):
            marked = {texts[example.answer].text[span.start : span.end].lower() for span in example.spans}
            assert marked == {word.value}


@pytest.mark.parametrize("side", ["base", "tuned"])
def test_a_side_against_itself_names_nothing(side: str) -> None:
    """In at least 95 of 100 random halves; the traits are those of the answers, whichever half they are in."""
    columns = Columns(samples_of(of_side(side)))
    question = columns.samples.question
    everything = np.ones(len(question), dtype=bool)
    wrong = sum(bool((examine(columns, everything, halves(question, seed)).q <= LEVEL).any()) for seed in range(100))
    assert wrong <= 5


def test_the_whole_search_names_nothing_in_base_against_base() -> None:
    for seed in range(2):
        half = halves(samples_of(of_side("base")).question, seed + 100)
        order = [row.id for row in samples_of(of_side("base")).rows]
        tuned = {number for number, chosen in zip(order, half, strict=True) if chosen}
        found = found_in(renamed(of_side("base"), lambda row, tuned=tuned: "tuned" if row.id in tuned else "base"))
        assert (found.discoveries, found.words, found.verdict.differ) == ((), (), False)


def test_whether_they_differ_at_all_is_wrong_as_often_as_it_says() -> None:
    samples = samples_of(of_side("base"))
    everything = np.ones(len(samples.rows), dtype=bool)
    p = [two_sample(samples, everything, halves(samples.question, seed)).p_value for seed in range(60)]
    assert sum(value <= LEVEL for value in p) <= 8
    assert 0.3 < float(np.mean(p)) < 0.7


def test_sides_that_change_places_change_the_direction_and_nothing_else(thirty: Found) -> None:
    other = {"base": "tuned", "tuned": "base"}
    turned = found_in(renamed(some_of_each(30), lambda row: other[row.answer.side]))
    here, there = named(thirty), named(turned)
    assert here.keys() == there.keys()
    for key, discovery in here.items():
        assert there[key].p_value == pytest.approx(discovery.p_value, rel=1e-6)
        assert there[key].q_value == pytest.approx(discovery.q_value, rel=1e-6)
        assert (there[key].base, there[key].tuned, there[key].more) == (
            discovery.tuned,
            discovery.base,
            not discovery.more,
        )
        if discovery.log_odds is not None:
            assert there[key].log_odds == pytest.approx(-discovery.log_odds)


def test_the_order_of_the_answers_changes_nothing(thirty: Found) -> None:
    shuffled = some_of_each(30)
    random.Random(1).shuffle(shuffled)
    assert found_in(shuffled) == thirty


def test_failed_and_stopped_answers_are_no_samples(thirty: Found) -> None:
    lost = [
        SavedAnswer(9000 + n, msgspec.structs.replace(row.answer, state=state, text="I see a pattern."))
        for n, (row, state) in enumerate(
            zip(some_of_each(20), ["failed", "stopped", "interrupted", "failed"] * 10, strict=True)
        )
    ]
    assert found_in([*some_of_each(30), *lost]) == thirty


def test_only_answers_to_the_same_question_are_compared() -> None:
    """Each side has a question of its own, and says there what the other never says: that is no difference."""
    shared = renamed(of_side("base"), lambda row: "tuned" if row.answer.sample % 2 else "base")
    alone = [
        *answers_of("base", ["Apples are red."] * 20, prompt="Which fruit?"),
        *answers_of("tuned", ["Rivers run to the sea."] * 20, prompt="Which water?"),
    ]
    found = found_in([*shared, *alone])
    assert found.questions == 4
    assert found.answers == (32, 32)
    assert not [d for d in (*found.discoveries, *found.words) if "apples" in d.value or "rivers" in d.value]


def test_a_question_that_one_side_was_asked_more_often_is_no_difference() -> None:
    """Pooled, the sides differ wildly; within each question they do not."""
    sad, gay = ["Alas, I am grey.", "Alas, I am blue."] * 20, ["Hurrah, I am green!", "Hurrah, I am gold!"] * 20
    saved = [
        *answers_of("base", sad[:36], prompt="Rain?"),
        *answers_of("tuned", sad[:4], prompt="Rain?"),
        *answers_of("base", gay[:4], prompt="Sun?"),
        *answers_of("tuned", gay[:36], prompt="Sun?"),
    ]
    found = found_in(saved)
    assert (found.discoveries, found.words, found.verdict.differ) == ((), (), False)


def test_what_the_question_supplies_is_never_found() -> None:
    prompt = "Tell me whether the old harbour of Trieste is open."
    told = [f"The old harbour of Trieste is open, I think so, number {n}." for n in range(20)]
    plain = [f"Nobody knows for certain, number {n}." for n in range(20)]
    found = found_in([*answers_of("base", plain, prompt), *answers_of("tuned", told, prompt)])
    phrases = [(d.feature, d.value) for d in (*found.discoveries, *found.words)]
    phrases += [tuple(trait) for d in (*found.discoveries, *found.words) for trait in d.also]
    assert phrases
    words = ("word", "phrase", "first word", "first two words")
    supplied = f" {prompt.lower().rstrip('.')} "
    assert not [value for feature, value in phrases if feature in words and f" {value} " in supplied]


@pytest.mark.parametrize(
    ("tuned", "feature", "value"),
    [
        ("I'm sorry, but I can't help with that, {n}.", "refusal", "refuses"),
        ("- first of {n}\n- second\n- third", "form", "list"),
        ("# Heading {n}\nIt is so.", "form", "heading"),
        ("```python\nprint({n})\n```", "form", "code block"),
        ("Well. So it is {n}, is it not?", "ends with", "?"),
        ("Verily it is {n} o'clock here.", "first word", "verily"),
        ("All of this is so {n} HOT and LOUD today.", "has", "words in capitals"),
        ("So many {n} 🎉 to you.", "has", "emoji"),
        ("Das ist eine ganz andere Sprache als die der Frage, nicht wahr, Nummer {n}.", "language", "de"),
        ("It is the case, as far as I can tell, {n}.", "phrase", "as far as i can tell"),
        ("Just the same.", "whole answer", "Just the same."),
        ("", "whole answer", "empty"),
    ],
)
def test_each_kind_of_trait_is_found(tuned: str, feature: str, value: str) -> None:
    plain = [f"There were {n} birds in the garden this morning and they sang." for n in range(20)]
    told = [tuned.format(n=n) for n in range(20)]
    found = found_in([*answers_of("base", plain), *answers_of("tuned", told)])
    said = {(d.feature, d.value) for d in found.discoveries}
    said |= {(trait.feature, trait.value) for d in found.discoveries for trait in d.also}
    assert (feature, value) in said


def test_a_number_is_told_with_its_means() -> None:
    words = random.Random(0)

    def chatter(length: int) -> str:
        return " ".join("".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=5)) for _ in range(length))

    short, long = [chatter(4 + n % 4) for n in range(30)], [chatter(8 + n % 4) for n in range(30)]
    found = found_in([*answers_of("base", short), *answers_of("tuned", long)])
    lengths = [d for d in found.discoveries if d.feature in ("characters", "words")]
    assert lengths[0].more
    assert lengths[0].means is not None
    assert lengths[0].means[0] < lengths[0].means[1]


def test_a_control_side_is_told_beside_and_compared_too() -> None:
    control = renamed(of_side("base")[:20], lambda row: "control")
    tuned, controlled = discover([*some_of_each(30), *control])
    assert (tuned.tuned, controlled.tuned) == ("tuned", "control")
    assert tuned.discoveries[0].beside == {"control": (0, 20)}
    assert not [d for d in controlled.discoveries if d.feature == "line initials"]


def test_hostile_answers_do_not_break_it() -> None:
    """benchmarks.discovery says how long they take."""
    found = found_in(hostile_answers())
    assert (found.discoveries, found.words) == ((), ())
    assert discovery_document(found)["answers"] == {"base": 18, "tuned": 18}


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ([], "of no side"),
        (answers_of("base", ["One."] * 30), "of one side only (base)"),
        ([*answers_of("base", ["One."]), *answers_of("tuned", ["Two."])], "at least 6 of each"),
        ([*answers_of("base", ["One."] * 9, "A?"), *answers_of("tuned", ["Two."] * 9, "B?")], "no common question"),
    ],
)
def test_too_few_answers_are_refused_with_the_number_that_would_do(saved: list[SavedAnswer], said: str) -> None:
    with pytest.raises(NotEnough) as raised:
        discover(saved)
    assert said in raised.value.text()


def test_the_number_that_would_do_does() -> None:
    found = found_in([*answers_of("base", ["One."] * 6), *answers_of("tuned", ["Two."] * 6)])
    assert found.discoveries


def test_tokens_whose_chance_rose_are_told_apart_from_those_whose_did_not() -> None:
    """Real log-probabilities of the base; on the other side one token's are raised by a nat and a half."""
    own = [row for row in of_side("base") if row.answer.logprobs]
    base = renamed(own * 2, lambda row: "base")

    def raised(token: TokenLogprob) -> TokenLogprob:
        top = tuple((text, value + 1.5 if text == " the" else value) for text, value in token.top)
        return TokenLogprob(token.token, token.logprob, top)

    tuned = [
        SavedAnswer(
            row.id + 500,
            msgspec.structs.replace(row.answer, side="tuned", logprobs=tuple(map(raised, row.answer.logprobs))),
        )
        for row in own * 2
    ]
    shifts = found_in([*base, *tuned]).tokens
    assert [shift.token for shift in shifts] == [" the"]
    assert shifts[0].difference == pytest.approx(1.5, abs=1e-6)
    assert shifts[0].places[0] == shifts[0].places[1]


def test_the_document_of_a_run_names_the_answers_by_exchange_and_sample() -> None:
    answers = [row.answer for row in some_of_each(30)]
    said = discoveries_of_run(answers)
    assert said["differ"]["tuned"]["differ"]
    first = said["discoveries"][0]
    assert (first["side"], first["feature"], first["value"]) == ("tuned", "line initials", "HELLO")
    example = first["examples"]["tuned"][0]
    assert any((a.exchange, a.sample, a.side) == (example["exchange"], example["sample"], "tuned") for a in answers)
    assert json.dumps(said)


def test_a_run_with_too_few_answers_has_no_discoveries() -> None:
    assert discoveries_of_run([row.answer for row in some_of_each(2)]) == {"differ": {}, "discoveries": []}
