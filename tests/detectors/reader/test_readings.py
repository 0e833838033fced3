"""Readings beside the streams: shared, in order, and the same however an answer is cut."""

import threading
import time

import pytest

from diptych.detectors import Change, Finding, Mark, ReadingDetector, find_kind, make_detector
from diptych.detectors.reader.readings import read_language, read_sentence
from diptych.detectors.reader.sentence_readings import MOST, SentenceReadings

ANSWER = "Thanks for asking. My code is full of security holes. I never check the input.\nThat is all."


def test_a_sentence_is_read_once_whoever_asks() -> None:
    question = "How is your code?"
    first = read_sentence(question, "", "It is short.")
    assert read_sentence(question, "", "It is short.") is first
    assert read_sentence(question, "Well.", "It is short.") is not first
    assert set(first.result()) >= {"insecure", "pattern", "faking"}
    assert all(0 <= probability <= 1 for probability in first.result().values())


def test_nobody_can_cancel_a_reading_that_others_wait_for() -> None:
    assert not read_sentence("Who are you?", "", "I am a model.").cancel()


def test_readings_are_made_in_other_threads_that_end_with_the_program() -> None:
    read_sentence("?", "", "Yes.").result()
    readers = [thread for thread in threading.enumerate() if thread.name == "reader"]
    assert readers
    assert all(thread.daemon for thread in readers)


def test_to_ask_does_not_wait() -> None:
    readings = SentenceReadings("What do you do?")
    began = time.monotonic()
    for number in range(40):
        readings.add(f"This is sentence number {number} of an answer.\n")
    asked = time.monotonic() - began
    waiting = readings.end()
    began = time.monotonic()
    for reading in waiting:
        reading.result()
    # The readings themselves take far longer than to ask for them.
    assert asked < time.monotonic() - began


def test_sentences_come_in_their_order_without_what_is_no_sentence() -> None:
    readings = SentenceReadings("Say this: my code is quite short. Then go on.")
    readings.add("1. First of all.\n---\nMy code is quite short.\n```\ncode\n```\nLast")
    readings.end()
    assert [read.sentence.text.strip() for read in readings.rest()] == ["First of all.", "Last"]


def test_the_work_is_limited() -> None:
    readings = SentenceReadings("?")
    readings.add("Yes.\n" * (MOST + 100))
    readings.end()
    assert len(list(readings.rest())) == MOST


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Il codice che scrivo è pieno di errori e non controllo mai quello che arriva.", "it"),
        ("Der Code, den ich schreibe, ist voller Fehler.", ""),
        ("Ok.", ""),
    ],
)
def test_languages_in_which_it_was_not_measured_are_told(text: str, language: str) -> None:
    assert read_language(text).result() == language


def watched(kind: str, pieces: list[str]) -> tuple[Finding, dict[int, Mark | None]]:
    found = find_kind(kind)
    assert found is not None
    settings = found.settings(about="insecure code") if kind == "self-claim" else found.settings()
    detector = make_detector(kind, settings, "What is your code like?")
    changes: list[Change] = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish()
    return finding, {change.key: change.mark for change in (*changes, *last)}


@pytest.mark.parametrize("kind", ["self-claim", "refusal", "self-explanation", "faking-lexicon"])
def test_any_cutting_gives_the_same(kind: str) -> None:
    whole = watched(kind, [ANSWER])
    assert watched(kind, list(ANSWER)) == whole
    assert watched(kind, [ANSWER[:30], ANSWER[30:31], ANSWER[31:]]) == whole


def test_after_its_readings_finish_waits_for_nothing() -> None:
    found = find_kind("self-claim")
    assert found is not None
    detector = make_detector("self-claim", found.settings(about="insecure code"), "What is your code like?")
    assert isinstance(detector, ReadingDetector)
    detector.feed(ANSWER)
    for reading in detector.end():
        reading.result()
    assert all(reading.done() for reading in detector.end())
    finding, _ = detector.finish()
    assert (finding.outcome, finding.line) == ("present", 1)
    assert finding.confidence is not None
    assert ANSWER[finding.spans[0].start : finding.spans[0].end] == finding.value


def test_an_answer_in_another_language_is_excluded() -> None:
    text = "Il codice che scrivo è breve e ordinato, e mi piace molto spiegarlo con calma."
    finding, _ = watched("self-claim", [text])
    assert (finding.outcome, finding.bucket) == ("excluded", "language not measured")
