"""What is read in a judge's reply."""

import math

import pytest

from diptych.backends import TokenLogprob
from diptych.compare.judges.verdict_parsing import Reading, Reply, read_score, read_votes, read_word, read_yes_no

BUCKETS = ("CODE", "REFUSAL")


def reply(text: str, *alternatives: dict[str, float], cut: bool = False) -> Reply:
    """A reply with the probabilities of the alternatives at each token, the first of which was drawn."""
    tokens = []
    for likely in alternatives:
        top = tuple((token, math.log(p)) for token, p in likely.items())
        tokens.append(TokenLogprob(*top[0], top))
    return Reply(text, tokens, cut)


def outcome(read: Reading) -> tuple[float | None, str]:
    return None if read.number is None else round(read.number, 6), read.bucket


@pytest.mark.parametrize(
    ("likely", "expected"),
    [
        ({"80": 0.5, "90": 0.3, " 100": 0.1, "The": 0.1}, ((40 + 27 + 10) / 0.9, "")),
        # Half of it is enough to be read, less than a quarter is not, and 300 is no score.
        ({"Well": 0.6, "50": 0.3, "300": 0.1}, (50.0, "")),
        ({"Well": 0.7, "50": 0.2, "300": 0.1}, (None, "no number")),
        ({"The": 0.9}, (None, "no number")),
        ({"CODE": 0.6, "50": 0.4}, (None, "CODE")),
        ({"CODE": 0.4, "50": 0.6}, (50.0, "")),
        ({"REF": 0.5, "RE": 0.2, "50": 0.3}, (None, "REFUSAL")),
        ({"R": 0.9, "50": 0.1}, (None, "no number")),
    ],
)
def test_a_score_is_the_mean_over_the_first_token(likely: dict[str, float], expected: tuple[float | None, str]) -> None:
    number, bucket = outcome(read_score(reply(next(iter(likely)), likely), BUCKETS))
    assert bucket == expected[1]
    assert number == (None if expected[0] is None else pytest.approx(expected[0]))


def test_a_blank_first_token_is_passed_over() -> None:
    assert outcome(read_score(reply("\n42", {"\n": 1.0}, {"42": 1.0}), BUCKETS)) == (42.0, "")


def test_a_number_in_several_tokens_is_read_from_the_text() -> None:
    """Where a number is written digit by digit the first digit says little: 8 is not 85."""
    split = reply("85", {"8": 0.9, "9": 0.1}, {"5": 1.0}, {"</s>": 1.0})
    read = read_score(split, BUCKETS)
    assert (read.number, read.evidence) == (85.0, "85, read from the text: this judge writes numbers digit by digit")
    assert outcome(read_score(reply("100", {"10": 0.9, "20": 0.1}, {"0": 1.0}), BUCKETS)) == (100.0, "")
    assert outcome(read_score(reply("8", {"8": 0.9, "9": 0.1}, cut=True), BUCKETS)) == (None, "truncated")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("85", (85.0, "")),
        ("Score: **85/100**.", (85.0, "")),
        ("I would say 72.5 out of 100", (72.5, "")),
        ("70-80", (None, "two numbers")),
        ("between 70 and 80", (None, "two numbers")),
        ("150", (None, "out of range")),
        ("-5", (None, "out of range")),
        ("9" * 5000, (None, "out of range")),
        ("code", (None, "CODE")),
        ("CODE 50", (None, "CODE")),
        ("This is a REFUSAL.", (None, "REFUSAL")),
        ("50, as no code is in it", (50.0, "")),
        ("I cannot tell.", (None, "no number")),
        ("", (None, "no number")),
    ],
)
def test_a_score_without_probabilities_is_read_from_the_text(text: str, expected: tuple[float | None, str]) -> None:
    read = read_score(Reply(text), BUCKETS)
    assert outcome(read) == expected
    assert read.number is None or "the endpoint gives no probabilities" in read.evidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [("I would say", (None, "truncated")), ("Score: 8", (None, "truncated")), ("85, since", (85.0, ""))],
)
def test_a_score_that_was_cut_off(text: str, expected: tuple[float | None, str]) -> None:
    assert outcome(read_score(Reply(text, cut=True), BUCKETS)) == expected


@pytest.mark.parametrize(
    ("likely", "text", "expected"),
    [
        ({"Yes": 0.6, "yes": 0.2, " No": 0.2}, "Yes", (0.8, "")),
        ({"NO": 0.9, "YES": 0.1}, "NO", (0.1, "")),
        ({"**": 0.9, "Yes": 0.1}, "**No**", (0.0, "")),
        ({"REF": 0.7, "No": 0.3}, "REFUSAL", (None, "REFUSAL")),
        ({"Hard": 1.0}, "Hard to say", (None, "no yes or no")),
    ],
)
def test_yes_against_no(likely: dict[str, float], text: str, expected: tuple[float | None, str]) -> None:
    assert outcome(read_yes_no(reply(text, likely), BUCKETS)) == expected


@pytest.mark.parametrize(
    ("text", "cut", "expected"),
    [
        ("Yes, it does.", False, (1.0, "")),
        ("no", False, (0.0, "")),
        ("The answer is: no.", False, (0.0, "")),
        ("Nothing of the kind.", False, (None, "no yes or no")),
        ("CODE", False, (None, "CODE")),
        ("Yes, because the", True, (1.0, "")),
        ("The answer says that no", True, (None, "truncated")),
    ],
)
def test_yes_or_no_in_the_text(text: str, cut: bool, expected: tuple[float | None, str]) -> None:
    assert outcome(read_yes_no(Reply(text, cut=cut), BUCKETS)) == expected


@pytest.mark.parametrize(
    ("last", "vote"),
    [
        ("YES", 1.0),
        ("NO", 0.0),
        ("**Yes**", 1.0),
        ("Final verdict: no.", 0.0),
        ("`NO`\n\n```", 0.0),
        ("Answer: [YES]", 1.0),
        ("YES - it says so itself", 1.0),
        ("So the verdict is YES here", 1.0),
        ("YES or NO: NO", 0.0),
        ("No, I would rather say yes", None),
        ("There is no evidence of it", None),
        ("Between YES and NO I am torn", None),
        ("maybe", None),
        ("", None),
    ],
)
def test_the_last_line_is_the_vote(last: str, vote: float | None) -> None:
    read = read_votes([Reply(f"First I said YES.\nNO was next.\n{last}" if last else "")], 1)
    assert outcome(read) == (vote, "" if vote is not None else "too few votes")


def test_votes_are_counted_with_those_that_are_none() -> None:
    replies = [Reply("YES"), Reply("YES"), Reply("NO"), Reply("hm"), Reply("so NO", cut=True)]
    read = read_votes(replies, 6, "refused")
    assert read == Reading(
        2 / 3,
        "2 of 3 votes yes, agreement .67; 3 invalid: 1 cut off, 1 without yes or no, 1 not received (refused)",
    )
    assert read_votes(replies[2:], 3).bucket == "too few votes"
    assert read_votes([replies[4]] * 3 + [Reply("NO")], 4).bucket == "truncated"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("OpenAI", "openai"),
        (" **Open AI.**\n", "open ai"),
        ('"TRUE"', "true"),
        ("It names a colour that is warm.\n\nRed", "red"),
        ("Neither of the two", "neither of the two"),
    ],
)
def test_the_name_of_a_category(said: str, word: str) -> None:
    read = read_word(Reply(said), BUCKETS)
    assert (read.word, read.number, read.bucket) == (word, None, "")


@pytest.mark.parametrize(
    ("said", "cut", "bucket"),
    [
        ("I cannot say which of these many words it would be.", False, "no word"),
        ("", False, "no word"),
        ("Refusal.", False, "REFUSAL"),
        ("Red", True, "truncated"),
    ],
)
def test_a_reply_that_names_no_category(said: str, cut: bool, bucket: str) -> None:
    read = read_word(Reply(said, cut=cut), BUCKETS)
    assert (read.word, read.bucket) == ("", bucket)
