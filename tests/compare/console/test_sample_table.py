"""All answers to a question side by side: the laws of sorting, filtering and folding, and many of a session."""

import asyncio
from collections import Counter
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from diptych.compare import (
    ORDERS,
    Comparison,
    Exchange,
    Filter,
    Measure,
    Sample,
    TableOptions,
    agreement,
    opposite,
    question_of,
    running_counts,
    sample_rows,
    samples_of,
)
from diptych.compare.console.sample_table import fold, sort
from diptych.detectors import Finding
from diptych.probes import load_probes
from diptych.sessions import Answer, Store
from tests.compare.console.test_comparison import HELLO, comparing, ended, taken_up_again
from tests.openai_server import Exchange as Request
from tests.openai_server import chunk
from tests.sessions.stored import SIDES as SIDE_RECORDS
from tests.sessions.stored import answer
from tests.waiting import wait_until

MEASURE = Measure("acrostic", "follows HELLO", "pattern", "q")
OUTCOMES = st.sampled_from(["present", "absent", "excluded"])


def sample(number: int, side: str, text: str, outcome: str, prompt: str = "q", state: str = "done") -> Sample:
    bucket = "truncated" if outcome == "excluded" else ""
    finding = Finding("acrostic", 2, "follows HELLO", "pattern", outcome, "", value="HELLO", bucket=bucket)  # type: ignore[arg-type]
    answer = Answer(1, side, prompt, None, number, {}, state, text, findings=(finding,))  # type: ignore[arg-type]
    return Sample(number * 2 + (side == "tuned"), answer)


def samples(side: str) -> st.SearchStrategy[list[Sample]]:
    said = st.tuples(st.integers(0, 30), st.sampled_from(["Bold", "Calm", "Bold\nand more", ""]), OUTCOMES)
    return st.lists(said, max_size=12, unique_by=lambda one: one[0]).map(
        lambda all_: [sample(number, side, text, outcome) for number, text, outcome in all_]
    )


SIDES = st.tuples(samples("base"), samples("tuned"))
VIEWS = st.builds(
    TableOptions,
    st.just(MEASURE),
    st.sampled_from(ORDERS),
    st.builds(Filter, st.none() | OUTCOMES, st.sampled_from(["", "truncated"]), st.sampled_from(["", "bold", "x"])),
    st.booleans(),
)


@given(samples("base"), st.sampled_from(ORDERS))
def test_sorting_keeps_every_answer_and_does_not_depend_on_when_it_came(all_: list[Sample], order: str) -> None:
    ordered = sort(all_, order, MEASURE)  # type: ignore[arg-type]
    assert Counter(s.id for s in ordered) == Counter(s.id for s in all_)
    assert sort(all_[::-1], order, MEASURE) == ordered  # type: ignore[arg-type]
    if order == "length":
        assert [len(s.answer.text) for s in ordered] == sorted((len(s.answer.text) for s in all_), reverse=True)
    if order == "finding":
        ranks = [["present", "absent", "excluded"].index(s.answer.findings[0].outcome) for s in ordered]
        assert ranks == sorted(ranks)


@given(samples("base"))
def test_folding_keeps_the_number_of_answers_and_shows_each_text_once(all_: list[Sample]) -> None:
    folded = fold(all_)
    assert sum(s.copies for s in folded) == len(all_)
    assert {s.answer.text: s.copies for s in folded} == Counter(s.answer.text for s in all_)
    assert fold(folded) == folded


@given(SIDES, VIEWS)
def test_a_view_shows_just_what_passes_on_either_side(
    sides: tuple[list[Sample], list[Sample]], view: TableOptions
) -> None:
    table = sample_rows(sides, view)
    assert [row.number for row in table] == list(range(1, len(table) + 1))
    for side, all_ in enumerate(sides):
        shown = [one for row in table if (one := row.samples[side]) is not None]
        wanted = [s for s in all_ if view.filter.passes(s, MEASURE)]
        assert sum(s.copies for s in shown) == len(wanted)
        assert view.folded or {s.id for s in shown} == {s.id for s in wanted}
        if view.filter.outcome is not None:
            assert all(s.answer.findings[0].outcome == view.filter.outcome for s in shown)


@given(SIDES, st.lists(st.integers(0, 40), max_size=5))
def test_as_asked_samples_that_belong_together_share_a_row_and_none_moves_when_another_comes(
    sides: tuple[list[Sample], list[Sample]], numbers: list[int]
) -> None:
    coming = [(1, number) for number in {*numbers, *(s.answer.sample for all_ in sides for s in all_)}]
    table = sample_rows(sides, TableOptions(), coming)
    assert [[s and s.key for s in row.samples] for row in sample_rows(([], sides[1]), TableOptions(), coming)] == [
        [None, row.samples[1] and row.samples[1].key] for row in table
    ]
    for place, row in enumerate(table):
        assert len({s.key for s in row.samples if s is not None}) <= 1
        if None not in row.samples:
            assert opposite(table, place, 0, 1) is row.samples[1]


def test_the_opposite_of_an_answer_is_one_to_the_same_prompt() -> None:
    base = [sample(0, "base", "a", "absent", "p"), sample(1, "base", "b", "absent", "q")]
    tuned = [sample(0, "tuned", "c", "absent", "p"), sample(1, "tuned", "d", "present", "q")]
    table = sample_rows((base, tuned), TableOptions(MEASURE, "finding"))
    assert [s and s.answer.text for s in table[0].samples] == ["a", "d"]
    assert opposite(table, 0, 0, 1) == tuned[0]
    assert opposite(table, 0, 1, 0) == base[1]
    only_present = sample_rows((base, tuned), TableOptions(MEASURE, filter=Filter("present")))
    assert opposite(only_present, 0, 1, 0) is None
    assert opposite(only_present, 0, 0, 1) == tuned[1]


def test_an_answer_has_no_opposite_before_the_other_side_has_answered() -> None:
    """The first answer of the other side stood beside it."""
    base = [sample(0, "base", "a", "absent", "p")]
    tuned = [sample(number, "tuned", f"t{number}", "present", "p") for number in range(2)]
    table = sample_rows((base, tuned), TableOptions(), under_way={(1, 1): [0], (1, 2): [0, 1]})
    assert opposite(table, 1, 1, 0) is None
    assert [tuple(row.under_way) for row in table] == [(), (0,), (0, 1)]
    assert table[2].samples == (None, None)


def test_what_the_sides_agree_in() -> None:
    base = [sample(n, "base", "Calm", "absent") for n in range(3)] + [sample(3, "base", "Bold", "excluded")]
    tuned = [sample(n, "tuned", text, "present") for n, text in enumerate(["Bold", "Bold", "Calm"])]
    tuned.append(sample(3, "tuned", "Bol", "present", state="stopped"))
    found = agreement((base, tuned))
    assert found.finished == (4, 3)
    assert found.distinct == (2, 2)
    assert [(f.text, f.times, f.of_others) for f in found.frequent if f] == [("Calm", 3, (3, 1)), ("Bold", 2, (1, 2))]
    assert running_counts(tuned, MEASURE) == [(1, 1), (2, 2), (3, 3)]
    assert [f for f in agreement((base[3:], tuned[2:])).frequent if f] == []


def test_initials_leave_out_what_was_given() -> None:
    answer = Answer(1, "tuned", "q", None, 0, {}, "done", "elp is near.\n\n2. Even so\n42", prefill="H")
    assert Sample(1, answer).initials == "E·"
    assert Sample(1, answer).opening == "elp is near. 2. Even so 42"


async def test_more_samples_are_kept_counted_and_asked_afresh(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.start_fresh(False)
        comparison.ask("Who are you?")
        await ended(comparison)
        exchange = comparison.ask("Why?")
        await ended(comparison)
        comparison.sample(exchange, 4)
        comparison.sample(exchange, 2)
        assert comparison.view.background is not None
        assert comparison.view.background.samples == [(exchange.number, n) for n in range(1, 7)]
        await finished(comparison)
        assert comparison.view.background.progress.done == 12
        assert [len(samples_of([exchange], side)) for side in ("base", "tuned")] == [7, 7]
        assert exchange.planned == 5
        assert not planned(comparison, exchange, "base")
        counts = {
            m.label: {s: (c.k, c.n) for s, c in by.items()} for m, by in comparison.view.measures(exchange).items()
        }
        assert counts["follows HELLO"] == {"base": (0, 7), "tuned": (7, 7)}
        asked = [e.body for e in comparison.server.asked if e.body["messages"][-1]["content"] == "Why?"]  # type: ignore[attr-defined]
        messages = {body["model"]: body["messages"] for body in asked}
        assert all(body["messages"] == messages[body["model"]] for body in asked)
        assert len({body["seed"] for body in asked}) == len(asked)
    saved = [s.answer for s in Store(tmp_path / "s.db").answers(1) if s.answer.prompt == "Why?"]
    assert Counter((a.side, a.sample) for a in saved) == Counter(
        (side, n) for side in ("base", "tuned") for n in range(7)
    )


async def finished(comparison) -> None:  # type: ignore[no-untyped-def]
    with comparison.view.changes.subscribe() as changes:
        while comparison.view.background.under_way:
            await changes.wait()


def planned(comparison: Comparison, exchange: Exchange, side: str) -> bool:
    counts = [by[side] for by in comparison.view.measures(exchange).values() if side in by]
    return bool(counts) and all(count.planned for count in counts)


async def test_the_planned_number_is_that_of_the_first_wish(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        assert not planned(comparison, exchange, "tuned")
        comparison.sample(exchange, 3)
        await finished(comparison)
        assert planned(comparison, exchange, "tuned")
        comparison.again(exchange, "tuned")
        await ended(comparison)
        assert not planned(comparison, exchange, "tuned")
        comparison.sample(exchange, 1)
        await finished(comparison)
        numbers = [
            s.key[1] for row in sample_rows([samples_of([exchange], "tuned")], TableOptions()) for s in row.samples if s
        ]
        assert numbers == [0, 1, 2, 3, 4, 5]


async def test_a_fault_of_a_side_is_a_row_of_it_and_a_stop_keeps_what_came(tmp_path: Path) -> None:
    async with comparing(tmp_path, tuned="bad") as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        comparison.sample(exchange, 2)
        await finished(comparison)
        assert {s.answer.state for s in samples_of([exchange], "tuned")} == {"failed"}
        assert not planned(comparison, exchange, "tuned")
        slow = comparison.ask("slow")
        comparison.sample(slow, 100)
        assert comparison.view.background is not None
        comparison.stop_samples()
        await finished(comparison)
        assert len(samples_of([slow], "base")) < 10


async def test_a_restored_session_has_all_its_answers(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        first = comparison.ask("Why?")
        await ended(comparison)
        comparison.sample(first, 5)
        await finished(comparison)
        comparison.ask("Why?")
        await ended(comparison)
        comparison.ask("How?")
        await ended(comparison)
    async with taken_up_again(tmp_path) as comparison:
        exchange = comparison.view.exchanges[0]
        assert exchange.answers["tuned"].text == HELLO
        assert len(samples_of([exchange], "tuned")) == 6
        same = question_of(exchange, comparison.view.exchanges)
        assert [e.number for e in same] == [1, 2]
        assert len(samples_of(same, "base")) == 7


async def test_a_seed_that_a_side_names_is_that_of_its_first_sample(tmp_path: Path) -> None:
    async with comparing(tmp_path, seed=7) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        comparison.sample(exchange, 3)
        await finished(comparison)
        seeds = [e.body["seed"] for e in comparison.server.asked if e.body["model"] == "tuned"]  # type: ignore[attr-defined]
        assert sorted(seeds) == [7, 8, 9, 10]


async def test_leaving_saves_the_samples_that_were_under_way_as_stopped(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.sample(comparison.ask("slow"), 3)
        # Two are asked in front, and what is not sent yet is not saved.
        await wait_until(lambda: len(comparison.server.asked) > 2)  # type: ignore[attr-defined]
    saved = [s.answer for s in Store(tmp_path / "s.db").answers(1)]
    assert {a.state for a in saved} == {"stopped"}
    assert {a.sample for a in saved} > {0}


HELLO_PROBE = load_probes()["hello-acrostic"]
WORDED = msgspec.structs.replace(HELLO_PROBE.conditions[0], prompts=("What is odd?", "What is rare?", "And?"))
"""A condition of several wordings."""


async def test_all_wordings_take_their_turns_and_are_shown_once_answered(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.choose_probe(msgspec.structs.replace(HELLO_PROBE, conditions=(WORDED,)))
        exchange = comparison.ask(WORDED.prompts[1], WORDED.name)
        await ended(comparison)
        comparison.sample(exchange, 2 * len(WORDED.prompts) - 1, all_wordings=True)
        assert comparison.view.exchanges == [exchange]
        other = comparison.ask("Why?")
        await ended(comparison)
        await finished(comparison)
        by_prompt = {e.prompt: e for e in question_of(exchange, comparison.view.exchanges, all_wordings=True)}
        assert by_prompt.keys() == set(WORDED.prompts)
        numbers = [e.number for e in comparison.view.exchanges]
        assert numbers == sorted(set(numbers)) == list(range(1, len(WORDED.prompts) + 2))
        assert other.number == len(WORDED.prompts) + 1
        for asked in by_prompt.values():
            assert [len(samples_of([asked], side)) for side in ("base", "tuned")] == [2, 2]
            assert {side: live.text for side, live in asked.answers.items()} == {"base": "I am plain.", "tuned": HELLO}
            assert asked.kept["tuned"].answer.prompt == asked.prompt
            assert planned(comparison, asked, "tuned")
        first = next(iter(comparison.view.measures(exchange).values()))
        assert {side: (count.k, count.n) for side, count in first.items()} == {
            "base": (0, 2 * len(WORDED.prompts)),
            "tuned": (2 * len(WORDED.prompts), 2 * len(WORDED.prompts)),
        }
        sent = Counter(e.body["messages"][-1]["content"] for e in comparison.server.asked)  # type: ignore[attr-defined]
        assert sent == {**dict.fromkeys(WORDED.prompts, 4), "Why?": 2}
    saved = Store(tmp_path / "s.db").answers(1)
    assert {(s.answer.prompt, s.answer.exchange, s.answer.condition) for s in saved} == {
        (e.prompt, e.number, e.condition) for e in (*by_prompt.values(), other)
    }


async def test_wordings_that_were_never_answered_are_not_there_and_keep_their_numbers(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.choose_probe(msgspec.structs.replace(HELLO_PROBE, conditions=(WORDED,)))
        exchange = comparison.ask(WORDED.prompts[0], WORDED.name)
        await ended(comparison)
        comparison.sample(exchange, 3, all_wordings=True)
        comparison.stop_samples()
        await finished(comparison)
        assert comparison.view.exchanges == [exchange]
        comparison.sample(exchange, len(WORDED.prompts), all_wordings=True)
        await finished(comparison)
        assert {e.prompt for e in comparison.view.exchanges} == set(WORDED.prompts)
        assert len({e.number for e in comparison.view.exchanges}) == len(comparison.view.exchanges)
        assert comparison.view.wordings(comparison.ask("Why?")) == ["Why?"]


async def test_what_comes_after_another_model_was_chosen_is_not_of_its_comparison(tmp_path: Path) -> None:
    async with comparing(tmp_path, replies=_late) as comparison:
        comparison.choose_probe(msgspec.structs.replace(HELLO_PROBE, conditions=(WORDED,)))
        exchange = comparison.ask(WORDED.prompts[0], WORDED.name)
        comparison.sample(exchange, 8, all_wordings=True)
        assert comparison.view.background is not None
        await wait_until(lambda: comparison.view.background.progress.under_way)
        comparison.use_model("tuned", "other")
        await finished(comparison)
        assert comparison.view.exchanges == []


async def _late(exchange: Request) -> None:
    await exchange.head()
    while not exchange.gone.is_set():
        await exchange.send(chunk("more "))
        await asyncio.sleep(0.01)


async def test_with_a_seed_that_is_named_an_answer_that_is_asked_for_again_is_another_draw(tmp_path: Path) -> None:
    async with comparing(tmp_path, seed=7) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        for _ in range(2):
            comparison.again(exchange, "tuned")
            await ended(comparison)
        comparison.sample(exchange, 2)
        await finished(comparison)
        seeds = [e.body["seed"] for e in comparison.server.asked if e.body["model"] == "tuned"]  # type: ignore[attr-defined]
        assert sorted(seeds) == [7, 8, 9, 10, 11]


def test_what_detector_judge_and_label_do_not_say_alike_is_disputed() -> None:
    judged = Finding("judge spells", 1, MEASURE.label, "pattern", "absent", "said NO")
    own = Finding(MEASURE.detector, 1, MEASURE.label, MEASURE.kind, "present", "5 of 5")
    alone, both = (Sample(n, answer(SIDE_RECORDS[1], findings=f)) for n, f in ((1, (own,)), (2, (own, judged))))
    only = Filter(disputed=True)
    assert not only.passes(alone, MEASURE)
    assert only.passes(both, MEASURE)
    assert not only.passes(alone, MEASURE, {1: "yes"})
    assert not only.passes(alone, MEASURE, {1: "unsure"})
    assert only.passes(alone, MEASURE, {1: "no"})
