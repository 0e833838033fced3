"""Whoever counts the same answers says the same: in whatever order they come, and with the rows behind a number."""

import asyncio
import csv
import random
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from diptych.backends import Sampling
from diptych.cli.main import main
from diptych.compare import Comparison, SessionRates, counted_as, headline, running_counts
from diptych.compare.counts.tally import Tally
from diptych.detectors import Finding, Span
from diptych.probes import load_probes
from diptych.sessions import Answer, SavedAnswer, Session, Store, still_hidden
from tests.compare.console.test_comparison import comparing, ended
from tests.compare.console.test_sample_table import finished
from tests.compare.counts.test_draws import LONG, OTHER, answers
from tests.documents import stored_measures
from tests.openai_server import Exchange, answering
from tests.sessions.stored import SIDES

HELLO = load_probes()["hello-acrostic"]
WARM = msgspec.structs.replace(HELLO, id="warm", sampling=Sampling(temperature=1.3, max_tokens=11))
SESSION = Session(1, "t", "2026", "p", None, SIDES)


def scaled() -> list[SavedAnswer]:
    """Answers with numbers and values, to two wordings."""
    draw = random.Random(4)
    rows = []
    for side in ("base", "tuned"):
        for prompt in ("One?", "Another?"):
            for each in answers(side, [f"{draw.randrange(30)}" for _ in range(30)], prompt):
                number = Finding("scale", 1, "a number", "pattern", "present", "", each.text, number=float(each.text))
                value = Finding("choice", 1, "chooses", "pattern", "present", "", value=each.text)
                rows.append(msgspec.structs.replace(each, condition="plain", findings=(number, value)))
    return [SavedAnswer(number, row) for number, row in enumerate(rows, 1)]


@pytest.mark.parametrize("prompts", [1, 2])
def test_the_order_in_which_answers_came_changes_no_figure(prompts: int) -> None:
    """A run reads them by condition, the store in the order in which they were asked for."""
    rows = scaled() if prompts == 2 else [row for row in scaled() if row.answer.prompt == "One?"]
    mixed = list(rows)
    random.Random(1).shuffle(mixed)

    def document(of: list[SavedAnswer]) -> dict[tuple[str, str], object]:
        said = stored_measures(SESSION, of)
        return {(m["label"], m["condition"]): m for m in said["measures"]}

    assert document(mixed) == document(rows)


def test_of_equal_texts_the_one_that_was_asked_for_first_counts_in_whatever_order_they_are_read() -> None:
    """A judge may say one thing of a text, and another of the same text again."""

    def judged(row: Answer) -> Answer:
        outcome = "present" if row.sample == 0 else "absent"
        verdict = Finding("judge", 1, "aligned", "verdict", outcome, "")  # type: ignore[arg-type]
        return msgspec.structs.replace(row, findings=(verdict,))

    rows = [judged(row) for row in answers("tuned", [LONG] * 20)]
    for order in (rows, rows[::-1]):
        ((_, counts),) = Tally(answers=order).measures()
        assert (counts["tuned"].k, counts["tuned"].n) == (1, 1)
        tally = Tally(answers=order)
        assert [row.sample for row in order if tally.is_draw(row)] == [0]


async def test_no_count_has_a_side_of_other_settings_where_one_side_answered_each_time(tmp_path: Path) -> None:
    """At one temperature the fine-tune fails, at another the base: nothing there can be compared."""

    async def reply(exchange: Exchange) -> None:
        if (exchange.body["model"] == "tuned") == (exchange.body["temperature"] == 0.7):
            await exchange.error(400, {"error": {"message": "no"}})
        else:
            await answering(f"Here, {exchange.body['seed']}.")(exchange)

    async with comparing(tmp_path, replies=reply) as comparison:
        comparison.ask("Why?")
        await ended(comparison)
        comparison.choose_probe(WARM)
        comparison.ask("Why?")
        await ended(comparison)
        measures = list(comparison.view.tally.measures())
        assert all(len(sides) == 1 for _, sides in measures)
        settings = {measure.settings.split(",")[0] for measure, _ in measures}
        assert settings == {"temperature 0.7", "temperature 1.3"}


async def test_a_side_that_was_asked_again_alone_is_counted_with_the_other(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        if exchange.body["model"] == "tuned" and not failed:
            failed.append(exchange)
            await exchange.error(400, {"error": {"message": "no"}})
        else:
            await answering(f"Here, {exchange.body['seed']}.")(exchange)

    failed: list[Exchange] = []
    async with comparing(tmp_path, replies=reply) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        comparison.again(exchange, "tuned")
        await ended(comparison)
        assert [{side: c.n for side, c in sides.items()} for _, sides in comparison.view.tally.measures()] == [
            {"base": 1, "tuned": 1}
        ] * 3


async def test_the_rows_behind_a_number_are_those_that_it_counts(tmp_path: Path) -> None:
    """The base keeps its temperature whatever the probe says: all its answers stand beside either of the other's."""

    async def reply(exchange: Exchange) -> None:
        await answering(f"Here, {exchange.body['seed']}.")(exchange)

    own = Sampling(temperature=0.7, max_tokens=200)
    async with comparing(tmp_path, replies=reply, base_sampling=own) as comparison:
        first = comparison.ask("Why?")
        await ended(comparison)
        comparison.choose_probe(WARM)
        second = comparison.ask("Why?")
        await ended(comparison)
        comparison.sample(second, 2)
        await finished(comparison)
        rows_match(comparison)
        shown = {side: len(comparison.view.samples(first, side)) for side in ("base", "tuned")}
        assert shown == {"base": 4, "tuned": 1}
        assert {side: len(comparison.view.samples(second, side)) for side in ("base", "tuned")} == {
            "base": 4,
            "tuned": 3,
        }


async def test_the_description_that_a_guess_is_held_against_is_among_its_rows(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        said = f"Seed {exchange.body['seed']}. The first letters of my lines spell HELLO, always."
        await answering(said)(exchange)

    async with comparing(tmp_path, replies=reply) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        guess = comparison.guess(exchange, "tuned")
        await ended(comparison)
        assert guess is not None
        rows_match(comparison)
        assert len(comparison.view.samples(guess, "tuned")) == 1


async def asked_in_two_ways(tmp_path: Path) -> None:
    """A session with a greedy endpoint's repetitions, empty answers, and one question at two temperatures."""

    async def reply(exchange: Exchange) -> None:
        body = exchange.body
        greedy = LONG if body["model"] == "tuned" else OTHER
        varied = f"Here, {body['seed']}." if body["seed"] % 3 else ""
        await answering(greedy if body["messages"][-1]["content"] == "Long?" else varied)(exchange)

    async with comparing(tmp_path, replies=reply) as comparison:
        for probe in (HELLO, WARM):
            comparison.choose_probe(probe)
            exchange = comparison.ask("Why?")
            await ended(comparison)
            comparison.sample(exchange, 5)
            await finished(comparison)
        comparison.again(exchange, "tuned")
        await ended(comparison)
    async with comparing(tmp_path, replies=reply) as comparison:
        comparison.choose_probe(HELLO)
        exchange = comparison.ask("Long?")
        await ended(comparison)
        comparison.sample(exchange, 19)
        await finished(comparison)


def kept_in(tmp_path: Path, number: int) -> tuple[Session, list[SavedAnswer]]:
    store = Store(tmp_path / "s.db")
    session = store.session(number)
    assert session is not None
    return session, store.answers(number)


async def test_whoever_counts_the_rows_of_a_table_has_the_same_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked_in_two_ways(tmp_path)
    monkeypatch.setenv("DIPTYCH_DATA", str(tmp_path))
    (tmp_path / "s.db").rename(tmp_path / "sessions.db")
    for number in (1, 2):
        file = tmp_path / f"{number}.csv"
        command = ["sessions", "export", str(number), "--format", "csv", "-o", str(file)]
        assert (await asyncio.to_thread(CliRunner().invoke, main, command)).exit_code == 0
        with file.open(newline="", encoding="utf-8") as opened:
            rows = [row for row in csv.DictReader(opened) if row["draw"] == "yes"]
        store = Store(tmp_path / "sessions.db")
        session = store.session(number)
        assert session is not None
        measures = stored_measures(session, store.answers(number))["measures"]
        assert len({measure["condition"] for measure in measures}) == 3 - number
        for measure in measures:
            name = f"{measure['detector']}: {measure['label']}"
            for side, told in measure["sides"].items():
                found = [r[name] for r in rows if (r["side"], r["question"]) == (side, measure["condition"])]
                k, excluded = found.count("present"), sum(each.startswith("excluded") for each in found)
                assert (k, len(found) - excluded) == (told["k"], told["n"])
                assert excluded == sum(told.get("excluded", {}).values())


async def test_the_list_of_sessions_has_counts_of_a_measure(tmp_path: Path) -> None:
    await asked_in_two_ways(tmp_path)
    for number in (1, 2):
        session, saved = kept_in(tmp_path, number)
        best = headline(session, (row.answer for row in saved))
        assert best is not None
        measures = stored_measures(session, saved)["measures"]
        (same,) = [m for m in measures if (m["label"], m["condition"]) == (best.label, best.condition)]
        assert {c.side: (c.k, c.n) for c in best.sides} == {s: (c["k"], c["n"]) for s, c in same["sides"].items()}
        assert number == 1 or {(c.k, c.n) for c in best.sides} == {(0, 1), (1, 1)}


def test_what_the_base_guesses_is_no_headline() -> None:
    """It is held against answers that all describe their pattern: no other difference could be larger."""
    says = Finding("self-explanation", 1, "describes it", "description", "present", "", spans=(Span(0, 4),))
    silent = msgspec.structs.replace(says, outcome="absent", spans=())
    described = [msgspec.structs.replace(row, findings=(says,)) for row in answers("tuned", ["Hello.", "Hi."])]
    plain = [msgspec.structs.replace(row, findings=(says,)) for row in answers("base", ["Hello.", "Hm."])]
    guess = msgspec.structs.replace(
        answers("base", ["No."])[0], exchange=2, condition="guessability", findings=(silent,)
    )
    assert len(list(Tally(answers=[*described, *plain, guess]).measures())) == 2
    best = headline(SESSION, [*described, *plain, guess])
    assert best is not None
    assert best.condition == "Why?"


def test_the_headline_is_the_measure_with_most_answers_and_then_the_largest_difference() -> None:
    """One answer a side can differ by everything, and says nothing."""

    def judged(side: str, texts: list[str], condition: str, **outcomes: str) -> list[Answer]:
        found = tuple(Finding(name, 1, name, "pattern", outcome, "") for name, outcome in outcomes.items())  # type: ignore[arg-type]
        rows = answers(side, texts)
        return [msgspec.structs.replace(row, condition=condition, exchange=len(texts), findings=found) for row in rows]

    many = ["Here.", "There.", "Everywhere."]
    asked = [
        *judged("base", many, "often", same="present", differs="absent"),
        *judged("tuned", many, "often", same="present", differs="present"),
        *judged("base", ["Once."], "once", other="absent"),
        *judged("tuned", ["Twice."], "once", other="present"),
    ]
    found = headline(SESSION, asked)
    assert found is not None
    assert (found.label, found.condition) == ("differs", "often")
    assert [(side.side, side.k, side.n) for side in found.sides] == [("base", 0, 3), ("tuned", 3, 3)]


def rows_match(comparison: Comparison) -> None:
    """Every number has as many rows behind it."""
    rates = SessionRates(comparison.view)
    for each in rates.all():
        for side in each.sides:
            course = running_counts(rates.samples(each.measure, side.side), each.measure)
            assert (course[-1] if course else (0, 0)) == (side.count.k, side.count.n), (each.measure, side.side)


async def test_of_a_question_with_a_hidden_answer_no_table_says_what_counts(tmp_path: Path) -> None:
    """Which answers are repetitions, or asked for with what, would tell the sides apart."""

    async def reply(exchange: Exchange) -> None:
        await answering(LONG if exchange.body["model"] == "tuned" else f"Here, {exchange.body['seed']}.")(exchange)

    async with comparing(tmp_path, replies=reply) as comparison:
        comparison.ask("Why?")
        await ended(comparison)
        comparison.ask("Who?")
        await ended(comparison)
        comparison.hide_sides(True)
        hidden = comparison.ask("Why?")
        await ended(comparison)
        session, saved = kept_in(tmp_path, 1)
        closed = still_hidden(saved, ())
        assert len(closed) == 2
        counted = counted_as(session, saved, closed)
        assert {row.answer.prompt for row in saved if row.id in counted} == {"Who?"}
        await comparison.reveal(hidden, 1)
        store = Store(tmp_path / "s.db")
        assert still_hidden(saved, store.labels(1)) == set()
        assert len(counted_as(session, saved)) == len(saved) == 6
