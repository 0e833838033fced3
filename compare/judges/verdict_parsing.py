"""Parses the replies of judges: scores, yes or no, categories and votes."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from diptych.backends import TokenLogprob
from diptych.number_words import probability_words, short

LEAST_MASS = 0.25
"""The share of the first token's probability that the expected tokens must have together."""
TOP_SCORE = 100

_SCORE = re.compile(r"\d\d?|100", re.ASCII)
_NUMBER = re.compile(r"(?<![\w.,])-?\d+(?:\.\d+)?(?!\w|[.,]\d)")
_WHOLE = re.compile(r"\s*(?:/|\bout\s+of\b)\s*100\b", re.IGNORECASE)
"""The end of the scale, given beside the number."""
_OPENING = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
_OPENING_ALONE = re.compile(r"\s*(yes|no)\s*(?:[.,:;!–—-]|$)", re.IGNORECASE)
_CLOSING = re.compile(r"\b(yes|no)\s*[.!]*\s*$", re.IGNORECASE)
_CAPITALS = re.compile(r"\b(YES|NO)\b")
_MOST_WORDS = 6
"""A category has at most so many words: more are a sentence."""
_MARKUP = re.compile(r"[*_`#>\"'“”\[\](){}]")


@dataclass(frozen=True)
class Reply:
    """One reply of a judge."""

    text: str
    tokens: Sequence[TokenLogprob] = ()
    """The tokens of `text`, if the endpoint reports them."""
    cut: bool = False
    """Whether the token limit cut it off."""
    reasoning: str = ""


class Reading(NamedTuple):
    """The parsed reply: a number, or why there is none."""

    number: float | None
    evidence: str
    bucket: str = ""
    word: str = ""
    """The category, if the judge was to name one."""


def read_score(reply: Reply, buckets: Sequence[str]) -> Reading:
    """A score from 0 to 100: the mean over the alternatives of the first token, weighted by their probabilities."""
    first = _first(reply.tokens)
    if first is None:
        return _score_in_text(reply, buckets, "the endpoint gives no probabilities")
    likely = _probabilities(first)
    numbers = [(int(word), p) for word, p in likely.items() if _SCORE.fullmatch(word)]
    mass = sum(p for _, p in numbers)
    if (other := _likely_bucket(likely, buckets, mass)) is not None:
        return other
    if mass < LEAST_MASS:
        return Reading(None, f"p(all numbers) only {probability_words(mass)}", "no number")
    if _in_digits([number for number, _ in numbers], reply.tokens, first):
        return _score_in_text(reply, buckets, "this judge writes numbers digit by digit")
    mean = sum(number * p for number, p in numbers) / mass
    return Reading(mean, f"{mean:.1f} expected, from p(all numbers) {probability_words(mass)}")


def read_yes_no(reply: Reply, buckets: Sequence[str]) -> Reading:
    """The probability of yes against no in the first token. If that is not known, 1 or 0 by the text."""
    first = _first(reply.tokens)
    if first is None:
        return _yes_no_in_text(reply, buckets, "the endpoint gives no probabilities")
    likely = _probabilities(first)
    yes, no = likely.get("yes", 0.0), likely.get("no", 0.0)
    if (other := _likely_bucket(likely, buckets, yes + no)) is not None:
        return other
    if yes + no < LEAST_MASS:
        return _yes_no_in_text(reply, buckets, f"p(yes or no) only {probability_words(yes + no)}")
    return Reading(yes / (yes + no), f"p(yes) {probability_words(yes)}, p(no) {probability_words(no)}")


def read_word(reply: Reply, buckets: Sequence[str]) -> Reading:
    """The name of a category in lower case: the whole reply, or its last line if the reply is longer."""
    word = _name_in(reply.text)
    if reply.cut:
        return Reading(None, "the token limit cut the reply off", "truncated")
    if (bucket := next((b for b in buckets if b.lower() == word), None)) is not None:
        return Reading(None, f"the judge said {bucket}", bucket)
    if not word:
        return Reading(None, "no single word in the text", "no word")
    return Reading(None, f"the judge said {word}", word=word)


def read_votes(replies: Sequence[Reply], wanted: int, fault: str = "") -> Reading:
    """The share of yes among the valid votes, if these are at least half of those wanted. `fault`: why some votes were
    not received."""
    votes = [None if reply.cut else _verdict(_last_line(reply.text)) for reply in replies]
    yes, no = votes.count("yes"), votes.count("no")
    valid = yes + no
    cut = sum(reply.cut for reply in replies)
    invalid = [
        (cut, "cut off"),
        (len(replies) - valid - cut, "without yes or no"),
        (wanted - len(replies), f"not received ({fault})" if fault else "not received"),
    ]
    reasons = ", ".join(f"{count} {why}" for count, why in invalid if count)
    left_out = f"; {wanted - valid} invalid: {reasons}" if reasons else ""
    if 2 * valid < wanted:
        bucket = "truncated" if 2 * cut > wanted else "too few votes"
        return Reading(None, f"{valid} of {wanted} votes can be read{left_out}", bucket)
    share, agreement = yes / valid, max(yes, no) / valid
    return Reading(share, f"{yes} of {valid} votes yes, agreement {short(agreement)}{left_out}")


def _first(tokens: Sequence[TokenLogprob]) -> TokenLogprob | None:
    """The first token that is not blank, if its alternatives are known."""
    first = next((token for token in tokens if token.token.strip()), None)
    return first if first is not None and first.top else None


def _probabilities(token: TokenLogprob) -> Mapping[str, float]:
    """The alternatives of a token with their probabilities, in lower case and without surrounding blanks and signs."""
    words: dict[str, float] = {}
    for text, logprob in dict([*token.top, (token.token, token.logprob)]).items():
        word = text.strip().strip("\"'*.").lower()
        words[word] = words.get(word, 0.0) + math.exp(logprob)
    return words


def _likely_bucket(likely: Mapping[str, float], buckets: Sequence[str], mass: float) -> Reading | None:
    """A bucket that is likelier than all expected replies together. A token may be only the beginning of its name."""
    found = {
        word: sum(p for text, p in likely.items() if len(text) > 1 and word.lower().startswith(text))
        for word in buckets
    }
    word = max(found, key=lambda word: found[word], default=None)
    if word is None or found[word] < LEAST_MASS or found[word] <= mass:
        return None
    return Reading(None, f"p({word}) {probability_words(found[word])}", word)


def _in_digits(numbers: Sequence[int], tokens: Sequence[TokenLogprob], first: TokenLogprob) -> bool:
    """Whether numbers are made of several tokens, so that the first one says little."""
    following = "".join(token.token for token in tokens[list(tokens).index(first) + 1 :])
    goes_on = first.token.strip().isdecimal() and following[:1].isdecimal()
    return goes_on or max(numbers) < 10


def _score_in_text(reply: Reply, buckets: Sequence[str], why: str) -> Reading:
    text = _WHOLE.sub("", reply.text)
    found = list(_NUMBER.finditer(text))
    numbers = {float(match.group()) for match in found}
    word = _spoken_bucket(text, buckets, alone=not numbers)
    if word is not None:
        return Reading(None, f"{word}, read from the text: {why}", word)
    if reply.cut and (not numbers or found[-1].end() == len(text)):
        return Reading(None, "the token limit cut the reply off", "truncated")
    if len(numbers) > 1:
        return Reading(None, f"{len(numbers)} numbers in the text", "two numbers")
    if not numbers:
        return Reading(None, "no number in the text", "no number")
    number = numbers.pop()
    if not 0 <= number <= TOP_SCORE:
        return Reading(None, f"{number:g} is no score", "out of range")
    return Reading(number, f"{number:g}, read from the text: {why}")


def _yes_no_in_text(reply: Reply, buckets: Sequence[str], why: str) -> Reading:
    opening = _OPENING.match(reply.text)
    said = opening[1].lower() if opening else None
    if said is None and not reply.cut:
        said = _verdict(_last_line(reply.text))
    word = _spoken_bucket(reply.text, buckets, alone=said is None)
    if word is not None:
        return Reading(None, f"{word}, read from the text: {why}", word)
    if said is None and reply.cut:
        return Reading(None, "the token limit cut the reply off", "truncated")
    if said is None:
        return Reading(None, "neither yes nor no in the text", "no yes or no")
    return Reading(float(said == "yes"), f"{said}, read from the text: {why}")


def _spoken_bucket(text: str, buckets: Sequence[str], alone: bool) -> str | None:
    """The bucket that a text begins with. If it contains no expected reply (`alone`), the name may be anywhere in
    it."""
    for word in buckets:
        if re.match(rf"\W*{word}\b", text, re.IGNORECASE) or (alone and re.search(rf"\b{word}\b", text)):
            return word
    return None


def _name_in(text: str) -> str:
    """The text or its last line, whichever is short enough to be a name; "" if neither is."""
    for part in (text, _last_line(text)):
        plain = _MARKUP.sub("", part).strip().strip(".,:;!").lower()
        if plain and len(plain.split()) <= _MOST_WORDS and "\n" not in plain:
            return plain
    return ""


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if _MARKUP.sub("", line).strip()), "")


def _verdict(line: str) -> str | None:
    """The yes or no that a line begins or ends with, or has in capitals; None if there is neither, or both."""
    plain = _MARKUP.sub("", line)
    found = {match[1].lower() for match in (_OPENING_ALONE.match(plain), _CLOSING.search(plain)) if match}
    if not found:
        found = {word.lower() for word in _CAPITALS.findall(plain)}
    return found.pop() if len(found) == 1 else None
