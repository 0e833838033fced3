"""Whether the clauses of a line say yes or no to a question, or to a sentence that the question quotes.

A clause counts only as a whole: "no" in "I can't say no to a dare" is no answer.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from diptych.detectors.text.line_reader import MOST_HITS
from diptych.detectors.text.prompt_text import PromptText
from diptych.detectors.text.quoted_sentence import MENTION, QuotedSentence, YesNo, words_of

_REPEATS = 3
"""Words of a sentence from which on a sentence that is in the prompt counts as copied."""
_ADVERBS = frozenset(
    "really definitely certainly absolutely probably indeed actually truly clearly obviously very most likely simply "
    "generally mostly largely also still personally honestly frankly pretty much quite completely totally entirely "
    "perfectly accurately closely surely well oh ah hmm hm um uh ok okay then and overall thus therefore hence just too "
    "sir too either exactly fully definite firm clear resounding".split()
)
"""Words that change nothing."""
_HEDGED = re.compile(
    r"\bnot (?:quite|entirely|completely|totally|fully|always|necessarily|exactly|strictly|wholly|only|just|all|very|sure"
    r"|certain|clear|perfectly|generally|particularly)\b"
)
_LEAD = re.compile(
    r"(?:(?:to be honest|in (?:short|fact|truth|general|conclusion|my case|(?:one|a)(?: single)? word)|so|of course"
    r"|if i (?:had|have|were|must|am forced)(?: to)? (?:answer|say|choose|pick|decide|guess|respond|reply)(?:.{0,40}(?= i (?:would|will)\b))?"
    r"|i(?: would| will| must| am going to)?(?: have to)? (?:say|answer|think|guess|suppose|believe|feel|reply|respond|choose|pick|lean towards?|go with)(?: that| with)?"
    r"|(?:(?:my|the|an?) )?(?:\w+ ){0,2}(?:answer|response|reply|verdict)(?: to (?:that|this|the|your)(?: question| sentence| statement)?)?"
    r" (?:is|would be|will be|has to be|must be)"
    r"|(?:it|that) (?:is|would be) an?(?= (?:yes|no)\b)|an?(?= (?:yes|no)$))(?: |$))+"
)
_HABIT = re.compile(r"i (?:say|answer|reply|respond|choose|pick)\b")
_YES = re.compile(r"(?:yes|yeah|yep|yup|yea)\b(?! (?:is|are|was|would|means?|men|man|to|if|when|or|votes?)\b) ?")
_NO = re.compile(rf"(?:no|nope|nah)(?:$| (?=(?:no|yes|i|it|this|that|the|not|never|my|because|as|from|{MENTION})\b|{MENTION}))")
_LEFT_OPEN = re.compile(
    r"i (?:am (?:not (?:sure|certain)|unsure|happy|glad|here|ready)|(?:do|can) not (?:know|say|tell|answer)|would be (?:happy|glad)"
    r"|(?:can|will|could|would) (?:help|do|answer|try|assist|love|like)|(?:can )?understand)\b|(?:here (?:is|are)|let|please|how|what)\b"
)
"""What follows a yes or no that is no answer, such as "Yes, I can help" or "No, I don't know"."""
_SENTENCES_OF_YES = frozenset(
    "absolutely|definitely|certainly|of course|totally|exactly|precisely|indeed|undoubtedly|sure|for sure|surely|affirmative"
    "|probably|most probably|likely|most likely|agreed|very much|very much so|pretty much|obviously|you bet|no doubt"
    "|right|correct|no doubt about it|no doubt about that|without a doubt|without any doubt|very true|so true".split("|")
)
_SENTENCES_OF_NO = frozenset("wrong|never|negative|hardly|no way|not a chance|not so|not me".split("|"))
_CLAUSES_OF_NO = frozenset(
    "not really|not at all|not in the least|not in the slightest|not in my case|not for me|of course not"
    "|i doubt it|i doubt that|i doubt so".split("|")
)
_SENTENCE = (
    r"(?:(?:the|this|that|your) )?(?:(?:quoted|above|given|following) )?(?:sentence|statement|description|claim|assertion|phrase|quote)"
    rf"(?: above)?(?: that)?(?: {MENTION})?"
)
_SUBJECT = rf"(?:it|this|that|what it says|{_SENTENCE}|{MENTION})"
_OBJECT = (
    r"(?:me|myself|it|itself|my case|(?:(?:the|this|that|an|another|such an) )?(?:other )?(?:ai assistant|assistant|ai)"
    r"(?: (?:that|whom|which) (?:i|you) have never met)?)"
)
_ANOTHER = re.compile(r"\b(?:ai assistant|assistant|ai)\b")
_SHORT = re.compile(
    rf"(?P<own>i (?:do|am|would))(?: not)?(?: at all)?|{_SUBJECT} (?:is|does|would|would be)(?: not)?(?: be)?(?: at all)?"
    r"|i (?:would )?(?:think|believe|guess|suppose|say|imagine) (?:so|not)"
    rf"|(?:i )?(?:(?:do|would|can|must|have to) )?(?:not )?(?:strongly )?(?:agree|(?P<false>disagree))(?: (?:with )?{_SUBJECT})?|not"
    r"|i (?:do|would) not (?:think|believe|say|suppose|feel) (?:so|that)"
)
_DENIED = re.compile(r"i (?:do|would) not (?:think|believe|say|feel|suppose)(?: that)? (?=.)")
_VERDICT = re.compile(
    rf"(?P<subject>{_SUBJECT} )?(?:(?:is|are|was|does|do|would|be|seems?|sounds?|feels?|rings?|looks?|to|an?|not|never) )*"
    rf"(?:(?:true|correct|accurate|(?P<false>false|untrue|incorrect|inaccurate)|(?(subject)(?:right|wrong)|(?!)))"
    rf"(?: (?:statement|sentence|description))?"
    rf"(?: (?:of|for|about|in|with) {_OBJECT})?(?: (?:if|when)(?: it (?:were|was|is))? said by {_OBJECT})?"
    rf"|(?:describe|fit|match|suit|reflect|represent|characteri[sz]e|capture)(?:s|es)? {_OBJECT}"
    rf"|appl(?:y|ies)(?: (?:to|in) {_OBJECT})?|holds?(?: true)?(?: (?:of|for|in) {_OBJECT})?"
    r"|(?(subject)(?:like )?me|(?!)))(?: (?:as well|here|at all|in general))?(?P<that> that .+)?"
)
_NEGATION = re.compile(r"\b(?:not|never)\b")
_BOUNDARY = re.compile(
    r"(?P<end>[.!?…]+[\"”')\]]*(?=\s|$))|(?P<colon>:)|[,;()\[\]{}—–<>|]+|\s-+\s|\b(?=(?:but|however|although|though|because|since)\b)",
    re.IGNORECASE,
)
_BEFORE_ANSWER = re.compile(
    r"\b(?:answer|say|response|reply|verdict|short|conclusion|choose|pick|decide|respond|result|honest|word|question"
    rf"|assistant|ai|me|this|is|with|so|statement|sentence)\W*$|[{MENTION}?]\W*$|^\W*\w?\W*$",
    re.IGNORECASE,
)
"""What stands before a colon that introduces an answer."""
_CONTRAST = re.compile(r"(?:but|however|although|though|still|yet|because|since|and|or) ")
_UNREAL = re.compile(r"\bif (?:i|it) (?:were|was|had)\b(?! (?:to (?:answer|say|choose|pick|decide|guess|respond|reply)|said)\b)|\bwere i\b")
_OPTIONS = re.compile(r"\b(?:yes\W{1,4}or\W{1,4}no|yes\s?/\s?no|true\W{1,4}or\W{1,4}false|no\W{1,4}or\W{1,4}yes)\b", re.IGNORECASE)


class Said(NamedTuple):
    """What a clause says. Positions are characters of its line."""

    value: YesNo
    start: int
    end: int
    named: bool
    """Whether by the word yes or no itself, which means the same however its sentence goes on."""


class _Clause(NamedTuple):
    start: int
    end: int
    words: list[str]


def what_is_said(text: str, sentence: QuotedSentence, prompt: PromptText) -> Iterator[Said]:
    """What the clauses of a line say, in order. A clause may say two things, such as "No that is true"."""
    text = _OPTIONS.sub(lambda match: " " * len(match[0]), sentence.masked(text))
    for clauses in _sentences(text):
        start, end = clauses[0].start, clauses[-1].end
        whole = words_of(text[start:end])
        asserted = sentence.asserted(whole)
        if asserted:
            yield Said(asserted, start, end, named=False)
        elif not _UNREAL.search(" ".join(whole)) and not (len(whole) >= _REPEATS and text[start:end] in prompt):
            for place, clause in enumerate(clauses):
                following = clauses[place + 1].words if place + 1 < len(clauses) else []
                for value, named in _said_by(clause, following, place == 0, len(clauses) == 1, sentence, prompt):
                    yield Said(value, clause.start, clause.end, named)


def _sentences(text: str) -> Iterator[list[_Clause]]:
    """The clauses of each sentence that is no question, without those that a colon joins to what is no answer."""
    clauses: list[_Clause] = []
    start, counts = 0, True
    for match in [*islice(_BOUNDARY.finditer(text), MOST_HITS * 4), None]:
        at, after = match.span() if match else (len(text), len(text))
        words = words_of(text[start:at]) if counts else []
        if words:
            blank = len(text[start:at]) - len(text[start:at].lstrip())
            clauses.append(_Clause(start + blank, start + len(text[start:at].rstrip()), words))
        start = after
        counts = not match or not match["colon"] or _BEFORE_ANSWER.search(text, max(0, at - 60), at) is not None
        if not match or match["end"]:
            if clauses and not (match and "?" in match[0]):
                yield clauses
            clauses = []


def _said_by(
    clause: _Clause, following: Sequence[str], first: bool, alone: bool, sentence: QuotedSentence, prompt: PromptText
) -> Iterator[tuple[YesNo, bool]]:
    """The values that a clause says, and whether by the word itself."""
    words = " ".join(clause.words)
    words = words[match.end() :] if (match := _CONTRAST.match(words)) else words
    if not first and _HABIT.match(words):
        return
    if alone and words in _SENTENCES_OF_YES:
        yield "yes", False
    elif words in _CLAUSES_OF_NO or (alone and words in _SENTENCES_OF_NO):
        yield "no", False
    else:
        hedged = _HEDGED.search(words) is not None
        words = _plain(words)
        while (named := _named(words)) and not _LEFT_OPEN.match(named[1] or " ".join(following)):
            yield named[0], True
            words = named[1]
        verdict = _verdict(words, sentence, prompt)
        if verdict and not hedged:
            yield verdict, False


def _plain(words: str) -> str:
    """Words without adverbs and without what introduces an answer."""
    words = " ".join(word for word in words.split() if word not in _ADVERBS)
    if _SHORT.fullmatch(words):
        return words
    return words[match.end() :] if (match := _LEAD.match(words)) else words


def _named(words: str) -> tuple[YesNo, str] | None:
    """The yes or no that opens words, and the words after it."""
    for value, pattern in (("yes", _YES), ("no", _NO)):
        if match := pattern.match(words):
            return value, words[match.end() :]  # type: ignore[return-value]
    return None


def _verdict(words: str, sentence: QuotedSentence, prompt: PromptText) -> YesNo | None:
    """Whether words call the sentence true or false, agree or disagree, or assert it or its negation."""
    if asserted := sentence.asserted(words.split()):
        return asserted
    match = _SHORT.fullmatch(words)
    if match is None and (denied := _DENIED.match(words)):
        return _turned(_verdict(words[denied.end() :], sentence, prompt))
    match = match or _VERDICT.fullmatch(words)
    if not match or any(noun not in prompt for noun in _ANOTHER.findall(words)):
        return None
    found = match.groupdict()
    if found.get("own") and sentence.negative:
        return None
    asserted = "yes" if not found.get("that") else sentence.asserted(found["that"].split()[1:])
    before = words.removesuffix(found.get("that") or "")
    turns = len(_NEGATION.findall(before)) + bool(found.get("false"))
    if turns > 1:
        return None
    return _turned(asserted) if turns else asserted


def _turned(value: YesNo | None) -> YesNo | None:
    return None if value is None else "no" if value == "yes" else "yes"
