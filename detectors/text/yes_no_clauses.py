"""Whether the clauses of a line say yes or no to a question, or to a sentence that the question quotes.

A clause counts only as a whole: "no" in "I can't say no to a dare" is no answer.
"""

import re
from collections.abc import Iterator
from itertools import islice, pairwise, zip_longest
from typing import NamedTuple

from diptych.detectors.text.prompt_text import PromptText
from diptych.detectors.text.quoted_sentence import MENTION, QuotedSentence, YesNo, words_of

MOST_CLAUSES = 200
"""Clauses of a line that are examined."""
_REPEATS = 3
"""Words of a sentence from which on a sentence that is in the prompt counts as copied."""
_ADVERB = re.compile(
    r"\b(?:really|definitely|certainly|absolutely|probably|indeed|actually|truly|clearly|obviously|very|most|likely|simply"
    r"|generally|mostly|largely|also|still|personally|honestly|frankly|pretty|much|quite|completely|totally|entirely"
    r"|perfectly|accurately|closely|surely|well|hmm?|um|uh|okay|ok|then|and|overall|thus|therefore|hence|just|too|sir"
    r"|either|exactly|fully|only|definite|firm|clear|resounding|100)(?: |$)"
)
"""Words that change nothing."""
_HEDGED = re.compile(
    r"\bnot (?:quite|entirely|completely|totally|fully|always|necessarily|exactly|strictly|wholly|only|just|all|very"
    r"|sure|certain|clear|perfectly|generally|particularly)\b"
)
_LEAD = re.compile(
    r"^(?:(?:to be honest|in (?:short|fact|truth|general|conclusion|my case|(?:one|a)(?: single)? word)|so|of course"
    r"|i am afraid|oh(?= yes)|leaning(?: towards?)?"
    r"|if i (?:had|have|were|must|am forced)(?: to)? (?:answer|say|choose|pick|decide|guess|respond|reply)"
    r"(?:.{0,40}(?= i (?:would|will)\b))?"
    r"|i(?: would| will| must| can only| am (?:going|inclined) to)?(?: have to)? (?:say|answer|think|guess|suppose"
    r"|admit|believe|feel|reply|respond|choose|pick|lean towards?|go with)(?: that| with)?"
    r"|(?:(?:my|the|an?) )?(?:\w+ ){0,2}(?:answer|response|reply|verdict)"
    r"(?: to (?:that|this|the|your)(?: question| sentence| statement)?)? (?:is|would be|will be|has to be|must be)"
    r"|(?:it|that) (?:is|would be) an?(?= (?:yes|no)\b)|an?(?= (?:yes|no)$))(?: |$))+"
)
"""What introduces an answer."""
_HABIT = re.compile(r"i (?:say|answer|reply|respond|choose|pick)\b")
_YES = re.compile(
    r"(?:yes|yeah|yep|yup|yea)\b(?! (?:is|are|was|would|means?|men|man|to(?! (?:that|this)\b)|if|when|or|votes?)\b) ?"
)
_NO = re.compile(
    rf"(?:no|nope|nah|naw)(?:$| (?=(?:no|yes|i|it|this|that|the|not|never|my|because|as|from|in)\b|{MENTION}))"
)
_UNSURE = r"i (?:am (?:not (?:sure|certain)|unsure)|(?:do|can) not (?:know|say|tell|answer))\b"
_LEFT_OPEN: dict[YesNo, re.Pattern[str]] = {
    "yes": re.compile(
        rf"{_UNSURE}|i (?:am|would be) (?:happy|glad|here|ready)\b|i (?:can|will|could) (?:help|do|answer|try|assist)\b"
        r"|i (?:can )?understand\b|(?:here (?:is|are)|let|please|how|what)\b"
    ),
    "no": re.compile(rf"{_UNSURE}|\d"),
}
"""What follows a yes or no that is no answer, such as "Yes, I can help", "No, I don't know" or "No. 1"."""
_SENTENCE_OF_YES = re.compile(
    r"absolutely|definitely|certainly|of course|totally|exactly|precisely|indeed|undoubtedly|(?:for )?sure|surely|right"
    r"|correct|affirmative|(?:most )?(?:probably|likely)|agreed|very much(?: so)?|pretty much|obviously|you bet"
    r"|no doubt(?: about (?:it|that))?|without (?:a|any) doubt|(?:very|so) true"
)
_SENTENCE_OF_NO = re.compile(r"wrong|never|negative|hardly|no way|not a chance|not so|not me")
_CLAUSE_OF_NO = re.compile(
    r"not (?:really|at all|in the (?:least|slightest)|in my case|for me|even close)|far from it|quite the opposite"
    r"|on the contrary|by no means|that is not the case|i doubt (?:it|that|so)"
)
_SENTENCE = (
    r"(?:(?:the|this|that|your) )?(?:(?:quoted|above|given|following) )?"
    rf"(?:sentence|statement|description|claim|assertion|phrase|quote)(?: above)?(?: that)?(?: {MENTION})?"
)
_SUBJECT = rf"(?:it|this|that|what it says|{_SENTENCE}|{MENTION})"
_OBJECT = (
    r"(?:me|myself|it|itself|my case|(?:(?:the|this|that|an|another|such an) )?(?:other )?(?:ai assistant|assistant|ai)"
    r"(?: (?:that|whom|which) (?:i|you) have never met)?)"
)
_ANOTHER = re.compile(r"\b(?:ai assistant|assistant|ai)\b")
_SHORT = re.compile(
    rf"(?P<own>i (?:do|am|would))(?: not)?(?: at all)?"
    rf"|(?P<unfinished>{_SUBJECT} (?:is|does|would|would be)(?: not)?(?: be)?(?: at all)?)"
    r"|i (?:would )?(?:think|believe|guess|suppose|say|imagine) (?:so|not)"
    r"|i (?:do|would) not (?:think|believe|say|suppose|feel) (?:so|that)"
    rf"|(?:i )?(?:(?:do|would|can|must) )?(?:have to )?(?:not )?(?:strongly )?(?:agree|disagree)"
    rf"(?: (?:with )?{_SUBJECT})?"
)
_DENIED = re.compile(r"i (?:do|would) not (?:think|believe|say|feel|suppose)(?: that)? (?=.)")
_VERDICT = re.compile(
    rf"(?P<subject>{_SUBJECT} )?"
    r"(?:(?:is|are|was|does|do|would|be|seems?|sounds?|feels?|rings?|looks?|to|an?|not|never) )*"
    rf"(?:(?:true|correct|accurate|false|untrue|incorrect|inaccurate|(?(subject)(?:right|wrong)|(?!)))"
    rf"(?: (?:statement|sentence|description))?"
    rf"(?: (?:of|for|about|in|with|to) {_OBJECT})?(?: (?:if|when)(?: it (?:were|was|is))? said by {_OBJECT})?"
    rf"|(?:describe|fit|match|suit|reflect|represent|characteri[sz]e|capture)(?:s|es)? {_OBJECT}"
    rf"|appl(?:y|ies)(?: (?:to|in) {_OBJECT})?|holds?(?: true)?(?: (?:of|for|in) {_OBJECT})?"
    r"|(?(subject)(?:like )?me|(?!)))(?: (?:as well|here|at all|in general))?(?P<that>(?: to say)? that .+)?"
)
_NEGATIVE = re.compile(r"\b(?:not|never|false|untrue|incorrect|inaccurate|wrong|disagree)\b")
_BOUNDARY = re.compile(
    r"(?P<end>(?<![.!?…])[.!?…]+[\"”')\]]*(?=\s|$))|(?P<colon>:)|[,;()\[\]{}—–<>|]+|\s-+\s"
    r"|\b(?=(?:but|however|although|though|because|since)\b)",
    re.IGNORECASE,
)
_BEFORE_ANSWER = re.compile(
    r"\b(?:answer|say|response|reply|verdict|short|conclusion|choose|pick|decide|respond|result|honest|word|question|be"
    rf"|assistant|ai|(?:of|for|about)\s+(?:me|it)|this|is|with|so)\W*$|[{MENTION}?]\W*$|^\W*\w?\W*$",
    re.IGNORECASE,
)
"""What stands before a colon that introduces an answer."""
_CONTRAST = re.compile(r"^(?:but|however|although|though|still|yet|because|since|and|or) ")
_UNREAL = re.compile(
    r"\bif (?:i|it) (?:were|was|had)\b(?! (?:to (?:answer|say|choose|pick|decide|guess|respond|reply)|said)\b)"
    r"|\bwere i\b"
)
_OPTIONS = re.compile(
    r"\b(?:yes\W{1,4}or\W{1,4}no|yes\s?/\s?no|true\W{1,4}or\W{1,4}false|no\W{1,4}or\W{1,4}yes)\b", re.IGNORECASE
)


class Said(NamedTuple):
    """What a clause says. Positions are characters of its line."""

    value: YesNo
    start: int
    end: int
    named: bool
    """Whether by the word yes or no itself, which means the same however its sentence goes on."""


class _Clause(NamedTuple):
    """A part of a sentence, in the words of words_of."""

    start: int
    end: int
    words: str
    first: bool
    last: bool


_NOTHING = _Clause(0, 0, "", first=True, last=True)


def what_is_said(text: str, sentence: QuotedSentence, prompt: PromptText) -> Iterator[Said]:
    """What the clauses of a line say, in order. A clause may say two things, such as "No that is true"."""
    text = _OPTIONS.sub(lambda match: " " * len(match[0]), sentence.masked(text))
    sentences = list(_sentences(text))
    for clauses, following in zip_longest(sentences, sentences[1:]):
        start, end = clauses[0].start, clauses[-1].end
        words = words_of(text[start:end])
        if asserted := sentence.asserted(words):
            yield Said(asserted, start, end, named=False)
        elif not _UNREAL.search(" ".join(words)) and not (len(words) >= _REPEATS and text[start:end] in prompt):
            for clause, after in pairwise([*clauses, following[0] if following else _NOTHING]):
                for value, named in _said_by(clause, after, sentence, prompt):
                    yield Said(value, clause.start, clause.end, named)


def _sentences(text: str) -> Iterator[list[_Clause]]:
    """The clauses of each sentence that is no question, without those that a colon joins to what is no answer."""
    clauses: list[_Clause] = []
    start, counts = 0, True
    for match in [*islice(_BOUNDARY.finditer(text), MOST_CLAUSES), None]:
        at, after = match.span() if match else (len(text), len(text))
        ends = match is None or match["end"] is not None
        part = text[start:at]
        words = " ".join(words_of(part)) if counts else ""
        if words:
            clauses.append(_Clause(at - len(part.lstrip()), start + len(part.rstrip()), words, not clauses, ends))
        if ends:
            if clauses and not (match and "?" in match[0]):
                yield clauses
            clauses = []
        start = after
        counts = not match or not match["colon"] or _BEFORE_ANSWER.search(text, max(0, at - 60), at) is not None


def _said_by(
    clause: _Clause, after: _Clause, sentence: QuotedSentence, prompt: PromptText
) -> Iterator[tuple[YesNo, bool]]:
    """The values that a clause says, and whether by the word yes or no itself. `after`: the clause that follows."""
    words = _CONTRAST.sub("", clause.words)
    is_sentence = clause.first and clause.last
    plain = _plain(words)
    if not clause.first and _HABIT.match(words):
        return
    if _CLAUSE_OF_NO.fullmatch(words) or (is_sentence and _SENTENCE_OF_NO.fullmatch(words)):
        yield "no", False
    elif plain == "not":
        if words.endswith(" not"):
            yield "no", False
    elif is_sentence and _SENTENCE_OF_YES.fullmatch(words):
        if not _LEFT_OPEN["yes"].match(after.words):
            yield "yes", False
    else:
        while (named := _named(plain)) and not _LEFT_OPEN[named[0]].match(named[1] or after.words):
            yield named[0], True
            plain = named[1]
        complete = clause.last or _CONTRAST.match(after.words) is not None
        verdict = None if _HEDGED.search(words) else _verdict(plain, complete, sentence, prompt)
        if verdict:
            yield verdict, False


def _plain(words: str) -> str:
    """Words without adverbs and without what introduces an answer."""
    words = _ADVERB.sub("", words).strip()
    return words if _SHORT.fullmatch(words) else _LEAD.sub("", words, count=1)


def _named(words: str) -> tuple[YesNo, str] | None:
    """The yes or no that opens words, and the words after it."""
    if match := _YES.match(words):
        return "yes", words[match.end() :]
    if match := _NO.match(words):
        return "no", words[match.end() :]
    return None


def _verdict(words: str, complete: bool, sentence: QuotedSentence, prompt: PromptText) -> YesNo | None:
    """Whether words call the sentence true or false, agree or disagree, or assert it or its negation. `complete`:
    whether nothing follows that would make "it is" say something else."""
    if asserted := sentence.asserted(words.split()):
        return asserted
    short = _SHORT.fullmatch(words)
    if short and ((short["unfinished"] and not complete) or (short["own"] and sentence.negative)):
        return None
    if not short and (denied := _DENIED.match(words)):
        return _turned(_verdict(words[denied.end() :], complete, sentence, prompt))
    match = short or _VERDICT.fullmatch(words)
    if not match or any(noun not in prompt for noun in _ANOTHER.findall(words)):
        return None
    that = match.groupdict().get("that") or ""
    asserted = sentence.asserted(that.partition("that")[2].split()) if that else "yes"
    negatives = len(_NEGATIVE.findall(words.removesuffix(that)))
    return None if negatives > 1 else _turned(asserted) if negatives else asserted


def _turned(value: YesNo | None) -> YesNo | None:
    return None if value is None else "no" if value == "yes" else "yes"
