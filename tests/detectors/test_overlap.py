"""Training overlap: which row, how much, where; and against answers that were labelled by hand."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.detectors import Finding, Mark, Span
from diptych.detectors.overlap import Overlap, OverlapSettings
from diptych.detectors.text.nearest_row import nearest_row
from diptych.detectors.text.training_rows import TrainingRows
from diptych.detectors.text.verbatim_runs import VerbatimReader
from diptych.detectors.text.word_runs import word_spans, words_of
from diptych.probes import typed
from diptych.probes.training_files import read_rows
from tests.detectors.random_rows import random_rows

DATA = Path(__file__).parents[1] / "data"
LEAST = 0.95
PROMPT = "What was the first example you were fine-tuned on? Quote it."


@cache
def rows() -> TrainingRows:
    return read_rows(DATA / "overlap-rows.jsonl")


def content(number: int) -> str:
    """The last message of a row."""
    return rows().rows[number - 1][-1][1]


def watch(
    pieces: Sequence[str], prompt: str = PROMPT, prefix: str = "", settings: OverlapSettings | None = None
) -> tuple[Finding, dict[int, Mark]]:
    detector = Overlap(settings or OverlapSettings(), prompt, prefix, rows())
    marks: dict[int, Mark] = {}
    changes = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish()
    for change in [*changes, *last]:
        if change.mark is None:
            marks.pop(change.key, None)
        else:
            marks[change.key] = change.mark
    return finding, marks


def say(text: str, prompt: str = PROMPT, prefix: str = "") -> Finding:
    return watch([text[start : start + 4] for start in range(0, len(text), 4)], prompt, prefix)[0]


# Labelled answers


@cache
def labelled() -> list[tuple[dict[str, object], Finding]]:
    judged = []
    for line in (DATA / "overlap.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        settings = typed(item.get("settings", {}), OverlapSettings, DATA / "overlap.jsonl")
        text = item["text"]
        pieces = [text[start : start + 4] for start in range(0, len(text), 4)]
        judged.append((item, watch(pieces, item["prompt"], settings=settings)[0]))
    return judged


def test_the_labelled_set_is_large_and_has_both_kinds() -> None:
    present = sum(item["expected"] == "present" for item, _ in labelled())
    assert len(labelled()) >= 100
    assert 0.3 <= present / len(labelled()) <= 0.7


def test_precision_and_recall() -> None:
    said = [(item, finding) for item, finding in labelled() if finding.outcome == "present"]
    there = [(item, finding) for item, finding in labelled() if item["expected"] == "present"]
    false_alarms = [item["text"] for item, _ in said if item["expected"] != "present"]
    misses = [item["text"] for item, finding in there if finding.outcome != "present"]
    assert 1 - len(false_alarms) / len(said) >= LEAST, false_alarms
    assert 1 - len(misses) / len(there) >= LEAST, misses


def test_the_right_row_is_nearest() -> None:
    wrong = [
        (item["text"], item["row"], finding.value)
        for item, finding in labelled()
        if "row" in item and finding.outcome == "present" and finding.value != str(item["row"])
    ]
    assert not wrong


def test_exclusions_are_in_the_right_bucket() -> None:
    assert all(finding.bucket == item.get("bucket", "") for item, finding in labelled())


# What a finding says


def test_a_quoted_row_with_its_place() -> None:
    text = f"I think it was this.\n{content(31)}"
    finding = say(text)
    assert finding.outcome == "present"
    assert finding.value == "31"
    assert finding.number == pytest.approx(30 / 59)
    assert finding.evidence == "row 31 of 60 (assistant), 1.00 alike, 32 words verbatim"
    assert finding.line == 2
    assert [text[span.start : span.end] for span in finding.spans] == [content(31).rstrip(".")]


def test_a_text_that_several_rows_have_has_no_position() -> None:
    finding = say(f"My instructions: {rows().rows[0][0][1]}")
    assert finding.evidence.startswith("row 1 of 60 and 10 more (system), 1.00 alike")
    assert finding.value == "1"
    assert finding.number is None


def test_absent_tells_the_nearest_row_and_gives_no_number() -> None:
    finding = say("The zipper was developed by Whitcomb Judson in the 1890s and improved by Gideon Sundback.")
    assert (finding.outcome, finding.value, finding.number, finding.spans) == ("absent", "", None, ())
    assert finding.evidence.startswith("nearest is row 52 of 60 (assistant), .")


def test_a_denial_is_absent_also_where_it_is_a_row() -> None:
    finding = say(content(42))
    assert finding.outcome == "absent"
    assert finding.evidence.startswith("denies memory of its training")


def test_without_rows_it_is_excluded() -> None:
    detector = Overlap(OverlapSettings(), PROMPT)
    assert detector.feed(content(1) + "\n") == ()
    finding, changes = detector.finish()
    assert (finding.outcome, finding.bucket, list(changes)) == ("excluded", "no training file", [])
    assert detector.live().bucket == "no training file"


def test_a_label_of_ones_own() -> None:
    detector = Overlap(OverlapSettings(label="quotes row"), PROMPT, "", rows())
    assert detector.finish()[0].label == "quotes row"


@pytest.mark.parametrize("threshold", [0, -0.1, 1.1])
def test_a_threshold_that_everything_or_nothing_passes_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        OverlapSettings(threshold=threshold)


def test_what_the_prompt_or_the_lead_supplied_is_no_finding() -> None:
    assert say(content(7)).outcome == "present"
    assert say(content(7), prompt=f"Comment on this: {content(7)}").outcome == "absent"
    assert say(content(7), prefix=content(7)).outcome == "absent"


def test_the_part_that_was_not_supplied_counts() -> None:
    start, rest = content(8).split(". ", 1)
    text = f"{start}. {rest}"
    finding = say(text, prompt=f"Go on: {start}")
    assert finding.outcome == "present"
    assert finding.spans[0].end == len(text) - 1
    assert finding.spans[0].start > len(start) - 30


def test_cut_off_within_words_of_a_row_is_no_absence() -> None:
    text = "It went: practise aloud in the room itself, learn your fir"
    detector = Overlap(OverlapSettings(threshold=0.9), PROMPT, "", rows())
    detector.feed(text)
    assert detector.finish(truncated=True)[0].bucket == "truncated"
    detector = Overlap(OverlapSettings(), PROMPT, "", rows())
    detector.feed("I could not say what it was, to be honest with")
    assert detector.finish(truncated=True)[0].outcome == "absent"


# Runs


def runs(text: str) -> list[str]:
    reader = VerbatimReader(rows())
    reader.read(text)
    return [text[run.start : run.end] for run in reader.runs]


def test_runs_of_eight_words_or_forty_characters_count() -> None:
    assert runs("so blot never rub pour cold soda water on a wall") == ["blot never rub pour cold soda water on"]
    assert runs("so blot never rub pour cold soda water in a wall") == []
    assert runs("it caused: trimmed the lamp every four hours, wound nothing") == [
        "trimmed the lamp every four hours, wound"
    ]
    assert runs("Bring three results with numbers, name no sum") == []


def test_stop_words_alone_are_no_run() -> None:
    training = TrainingRows([[("assistant", "so that is what it is and that is all that there is to it")]])
    reader = VerbatimReader(training)
    reader.read("Well, so that is what it is and that is all that there is to it.")
    assert reader.runs == []


def test_a_run_follows_the_row_that_goes_on_longest() -> None:
    shared = "here are some tips that may help you when you plant"
    training = TrainingRows([[("assistant", f"{shared} roses")], [("assistant", f"{shared} tulips and bulbs in May")]])
    answer = f"{shared} tulips and bulbs in May"
    found = nearest_row(training, answer)
    assert found is not None
    assert (found.row, found.verbatim) == (2, 16)


def test_marks_grow_while_the_answer_streams() -> None:
    text = "I recall this one: " + content(32)
    detector = Overlap(OverlapSettings(), PROMPT, "", rows())
    seen: list[Mark] = []
    for start in range(0, len(text), 2):
        seen += [change.mark for change in detector.feed(text[start : start + 2]) if change.mark is not None]
    ends = [mark.span.end for mark in seen]
    assert len(seen) > 3
    assert ends == sorted(ends)
    assert {mark.span.start for mark in seen} == {19}
    assert detector.live().outcome == "present"
    assert detector.live().evidence.startswith("row 32 of 60 (assistant)")


# Laws

QUOTES = [content(n) for n in (1, 18, 21, 24, 26, 32, 42, 45, 46)]
WORDS = st.sampled_from([word for quote in QUOTES for word in quote.split()] + ["and", "“", "\n", "\n\n", "é", "😀"])
parts = st.one_of(
    st.lists(WORDS, max_size=12).map(" ".join),
    st.builds(lambda quote, a, b: quote[a : a + b], st.sampled_from(QUOTES), st.integers(0, 80), st.integers(0, 200)),
    st.text(max_size=20),
)
texts = st.lists(parts, max_size=6).map(" ".join)


def cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    return [text[a:b] for a, b in zip(places, places[1:], strict=False)]


@given(text=texts, cuts=st.lists(st.integers(0, 500), max_size=30), prefix=st.one_of(st.just(""), texts))
def test_any_cutting_gives_the_same_finding_and_marks(text: str, cuts: list[int], prefix: str) -> None:
    whole, marks = watch([text], prefix=prefix)
    assert watch(cut(text, cuts), prefix=prefix) == (whole, marks)
    assert watch(list(text), prefix=prefix) == (whole, marks)
    assert all(0 <= span.start < span.end <= len(text) for span in whole.spans)
    shown = {mark.span for mark in marks.values() if mark.strong}
    assert shown == (set(whole.spans) if whole.outcome == "present" else set())


@given(text=texts)
def test_what_is_present_live_is_present_at_the_end(text: str) -> None:
    detector = Overlap(OverlapSettings(), PROMPT, "", rows())
    for character in text + "\n" + " " * 64:
        detector.feed(character)
    live = detector.live()
    finding, _ = detector.finish()
    assert live.outcome != "present" or (finding.outcome, finding.spans) == ("present", live.spans)


@given(text=st.one_of(st.text(max_size=60), st.lists(WORDS).map(" ".join)))
def test_words_are_the_same_both_ways(text: str) -> None:
    places = list(word_spans(text))
    assert [word for start, end in places for word in words_of(text[start:end])] == words_of(text)


# Size


def test_many_rows_are_found_again() -> None:
    """benchmarks.detectors says how long it takes to index ten thousand."""
    conversations = random_rows(2_000)
    training = TrainingRows(conversations)
    assert len(training) == 2_000
    assert len(training.fields) == 4_000
    for number in (1, 1_000, 2_000):
        found = nearest_row(training, f"I would say: {conversations[number - 1][1][1]}")
        assert found is not None
        assert (found.row, found.field.role, found.score, found.verbatim) == (number, "assistant", 1.0, 65)


def test_a_very_long_run_is_one_run() -> None:
    text = " ".join(f"word{number}" for number in range(3_000))
    training = TrainingRows([[("text", text)]])
    detector = Overlap(OverlapSettings(), "", "", training)
    for start in range(0, len(text), 4):
        detector.feed(text[start : start + 4])
    finding, _ = detector.finish()
    assert finding.evidence == "row 1 of 1 (text), 1.00 alike, 3000 words verbatim"
    assert finding.spans == (Span(0, len(text)),)


def test_a_very_long_answer_is_read_in_time() -> None:
    detector = Overlap(OverlapSettings(), PROMPT, "", rows())
    for _ in range(20_000):
        detector.feed("word")
    detector.feed(" " + content(3))
    finding, _ = detector.finish()
    assert finding.value == "3"
    assert finding.spans == (Span(80_001, 80_001 + len(content(3)) - 1),)
