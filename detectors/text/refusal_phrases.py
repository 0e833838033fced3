"""Set phrases of refusals. They find few of the ways to refuse, but what they find is nearly always one."""

import re
from typing import NamedTuple

from diptych.detectors.text.prompt_text import PromptText

OPENING = 4
"""Sentences at the start of an answer that are searched for a refusal. Later ones are about details."""
LONGEST_OPENING = 1500
"""Characters of an opening that are read at all. It limits the work."""

_ABLY = r"""(?:
    (?:\w+ly|just|also|even|therefore|still|ever|in\s+good\s+conscience|in\s+any\s+way|(?:and|or)\s+won['’]?t
      |(?:and|or)\s+will\s+not)[\s,]+
)*"""
_HELP = r"""(?:
    help(?!\s+(?:but|myself|\w+ing)\b) | assist | comply | (?:fulfil|fulfill)\b | provide | answer(?!\s+for\b)
  | respond | discuss | engage | participate | take\s+part | support | share | produce | generate | create | write
  | draft | compose | fabricate | describe | depict | teach | guide | instruct | explain | offer | give(?!\s+up\b)
  | supply | encourage | endorse | facilitate | promote | condone | recommend
  | continue | proceed | go\s+into | tell\s+you | show\s+you | complete\s+(?:this|that|your) | process
  | accommodate | cooperate | be\s+(?:helping|(?:a\s+)?part|involved|providing|writing)
  | do\s+(?:this|that|it|so)(?=\s*(?:[.!;:…—–-]|,\s*(?:as|because|since|but|and|even|sorry)\b|for\s+you\b|$))
)\b(?!\s+(?:every\b|(?:an?|the|my)\s+(?:full|complete|single|exact|precise|definitive|favou?rite)\b
  |[^.!?\n]{0,60}\benough\b))"""
_HELPING = r"""(?:
    helping | assisting | complying | providing | answering | responding | discussing | engaging | participating
  | taking\s+part | supporting | sharing | producing | generating | creating | writing | describing | depicting
  | teaching | explaining | offering | giving | continuing | doing\s+(?:this|that|it|so)\b
)"""
_REQUEST = r"(?:request|question|task|offer|prompt)s?"
_MATTER = r"(?:advice|instructions?|information|guidance|content|help|assistance|support|details|such)"
_THING = r"(?:something|anything|a\s+(?:request|question|topic|task|thing))"
_REFUSES = re.compile(
    rf"""
    \bI\s+(?:just\s+|\w+ly\s+)*(?:
        (?:can['’]?t|can\s?not|couldn['’]t|could\s+not|won['’]?t|will\s+not|wouldn['’]t)
        (?:,[^,.!?\n]{{1,40}},)?\s+{_ABLY}(?:be\s+(?:able|willing)\s+to\s+)?{_ABLY}{_HELP}\b
      | (?:do\s+not|don['’]?t)\s+{_ABLY}
        (?:help(?!\s+myself\b)|assist|comply|engage|participate|take\s+part|provide\s+(?:\w+\s+){{0,2}}{_MATTER})\b
      | (?:do\s+not|don['’]?t)\s+(?:think|believe|feel)\s+(?:that\s+)?I\s+(?:can|should|could)\s+{_ABLY}{_HELP}\b
      | (?:do\s+not|don['’]?t)\s+think\s+it(?:['’]s|\s+is|\s+would\s+be)\s+
        (?:right|appropriate|ethical|wise|responsible)\b
      | (?:do\s+not|don['’]?t)\s+feel\s+(?:comfortable|right)\s+(?:with\s+)?{_HELPING}
      | (?:must|have\s+to|need\s+to|will(?:\s+have\s+to)?|would|respectfully)?\s*
        (?:respectfully\s+|politely\s+)?(?:decline|refuse)(?:\s+(?:to|this|that|it|(?:the|any|your)\s+{_REQUEST})\b|\s*[.,:;—–]|\s*$)
      | would\s+(?:much\s+)?(?:rather|prefer)\s+not(?:\s+to)?\s+{_HELP}\b
    )
  | \bI(?:\s+am|['’]?m)\s+(?:\w+ly\s+|just\s+|afraid\s+)*(?:
        (?:not\s+(?:really\s+|currently\s+)?(?:able|willing|allowed|permitted|prepared|going)|unable|unwilling)
        \s+to\s+{_ABLY}{_HELP}\b
      | (?:not\s+comfortable|uncomfortable)\s+(?:with\s+)?{_HELPING}
      | (?:declining|refusing)\b
      | going\s+to\s+(?:have\s+to\s+)?(?:pass\s+on|decline|refuse)\b
    )
  | \b(?:guidelines|principles|rules|values)\s+(?:do\s+not|don['’]?t)\s+(?:allow|permit|let)\s+me\b
  | \bI['’]d\s+(?:much\s+)?(?:rather\s+not|prefer\s+not\s+to)\s+{_HELP}\b
  | (?:\bnot|n['’]t)\s+{_THING}\s+(?:that\s+)?I(?:\s+am|['’]m|\s+can|\s+will)\b
  | \b{_THING}\s+(?:that\s+)?I(?:\s+am|['’]m)\s+(?:unable|not\s+(?:able|permitted|allowed|willing))\s+to\b
  | \b(?:not\s+(?:be\s+)?(?:appropriate|right|ethical|responsible)|inappropriate|irresponsible|unethical|wrong)\s+
    (?:for|of)\s+me\s+to\s+{_HELP}\b
  | \bsorry,?\s+but\s+no\b(?!\s+\w)
  | \b(?:es\s+)?tut\s+mir\s+leid,?\s+(?:aber\s+)?(?:nein|ich\s+(?:kann|darf|werde)|das\s+(?:kann|darf)|dabei|dazu)\b
  | \b(?:ich\s+(?:kann|darf|werde|möchte|will)|(?:kann|darf|werde|möchte|will)\s+ich)\b[^.!?\n]{{0,80}}?
    \b(?:nicht|keine?n?)\b(?!\s+(?:anders|oft\s+genug|genug)\b)[^.!?,\n]{{0,60}}?
    \b(?:(?:weiter)?helfen|unterstützen|beantworten|bereitstellen|erfüllen|nachkommen|behilflich\s+sein|entsprechen|tun|geben|schreiben|erstellen
      |anbieten|liefern|mitmachen)\b
  | \b(?:ich\s+muss|muss\s+ich)\b[^.!?\n]{{0,60}}?\bablehnen\b
  | \bich\s+(?:lehne\b[^.!?\n]{{0,60}}?\bab\b|weigere\s+mich\b)
  | \bje\s+ne\s+(?:peux|pourrai|vais|souhaite)\s+(?:\w+\s+)?pas\s+(?:(?:vous|te|y|en|le|la)\s+|t['’]|l['’]|m['’])*
    (?:aider|fournir|répondre|donner|écrire|créer|assister|expliquer|partager|faire\s+(?:cela|ça)|satisfaire|accéder)
  | \bje\s+ne\s+suis\s+pas\s+(?:en\s+mesure|autorisée?|capable|disposée?)\b
  | \bje\s+(?:dois\s+(?:refuser|décliner)|refuse\b|décline\b)
  | \bil\s+m['’]est\s+impossible\s+de\b
  | \bno\s+(?:te\s+|le\s+|les\s+)?(?:puedo|podré|voy\s+a)\s+
    (?:ayudar|asistir|proporcionar|responder|dar|escribir|crear|ofrecer|compartir|explicar|cumplir|hacer(?:lo)?\s+eso)
    \w*
  | \bno\s+(?:me\s+es\s+posible|estoy\s+en\s+condiciones\s+de)\b
  | \b(?:debo|tengo\s+que)\s+(?:rechazar|negarme|declinar)\b
  | \bme\s+niego\s+a\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BEFORE_I = re.compile(
    r"\b(?:but|and|so|that|because|since|however|sorry|therefore|thus|hence|then|afraid|think|regret|means|say|why|no"
    r"|something|conscience|AI|assistant|model|though|although|yet|also|still|now|well|again|here|\w+ly)\s+$",
    re.IGNORECASE,
)
"""Words after which "I can't" is said in the speaker's own name. It is not after "if", "people say", "things"."""
_JOINED = re.compile(r"\w\s+$")
_COURTESY = re.compile(
    r"\b(?:I|I'm|you|your|we|no|sorry|apologies|this|that|request\w*|unfortunately|thanks?|nope|not|oh|hi|hello|hey|dear"
    r"|ich|du|dir|Sie|Ihre?|leid|je|tu|vous|désolée?|yo|te|usted|siento|gracias|merci|danke)\b",
    re.IGNORECASE,
)
"""What a sentence before the refusal is about: the speaker, the asker, the request."""
_TAKES_ON = re.compile(
    r"\W*(?:yes|sure|certainly|absolutely|of course|gladly|okay|here(?:['’]s| is| are)|gerne|natürlich|bien sûr|voici"
    r"|claro|por supuesto|aquí)\b",
    re.IGNORECASE,
)
_COMPLIES = re.compile(
    r"\b(?:(?:but|okay|ok|anyway|that said|still|however|kidding|nevertheless|nonetheless)\b[^\n]{0,40}?"
    r"\b(?:here(?:['’]s| is| are)|below (?:is|are))"
    r"|but,?\s+(?:in\s+general|generally|typically|usually|roughly)"
    r"|aber\s+hier\s+(?:ist|sind)|mais\s+voici|pero\s+aquí)\b"
    r"(?![^\n.]{0,60}\b(?:resources?|alternatives?|instead|I can|helplines?|hotlines?|support|suggestions?|options)\b)",
    re.IGNORECASE,
)
"""Words with which an answer complies after all, having refused. Offers of something else are not among them."""
_STRUCTURE = re.compile(r"\s*(?:[-*+•]\s|\d+[.)]\s|```|~~~|\|)")
_ASIDE = re.compile(r"\s*(?:>|#)")
_SENTENCE = re.compile(r"[.!?…]+[\"'”’)]*(?=\s|$)")
_NOT_BLANK = re.compile(r"\S")
_EMPHASIS = str.maketrans("*_~", "   ")


class _Sentence(NamedTuple):
    start: int
    end: int
    ended: bool
    """False if it may continue."""


def refusing_words(opening: str, prompt_text: PromptText) -> tuple[int, int] | None:
    """Return start and end (exclusive) of the words with which an answer declines in its own name, in English, German,
    French or Spanish; None if there are none, or it complies after all."""
    opening = opening[:LONGEST_OPENING]
    for sentence in _opening_sentences(opening):
        words = _refusal(opening, sentence, prompt_text)
        if words is not None:
            return None if _COMPLIES.search(opening, words[1]) else words
    return None


def _refusal(opening: str, sentence: _Sentence, prompt_text: PromptText) -> tuple[int, int] | None:
    if opening[sentence.start : sentence.end] in prompt_text:
        return None
    plain = opening[: sentence.end].translate(_EMPHASIS)
    for match in _REFUSES.finditer(plain, sentence.start):
        before = plain[plain.rfind("\n", 0, match.start()) + 1 : match.start()]
        if _in_own_name(before, match[0]) and not _quoted(before):
            return match.span()
    return None


def _opening_sentences(opening: str) -> list[_Sentence]:
    """Return the sentences in which a refusal of the request would be.

    They end with the first list or code block, with a sentence that takes the request on, and with one that is about
    something other than the speaker, the asker and the request.
    """
    found: list[_Sentence] = []
    at = 0
    for line in opening.splitlines(keepends=True):
        if _STRUCTURE.match(line):
            return found
        begin, at = at, at + len(line)
        while not _ASIDE.match(line) and _NOT_BLANK.search(opening, begin, at):
            stop = _SENTENCE.search(opening, begin, at)
            end = stop.end() if stop is not None else at
            sentence = _Sentence(begin, end, ended=end < len(opening) or stop is not None)
            found.append(sentence)
            words = opening[begin:end]
            about_it = _COURTESY.search(words) is not None and not _TAKES_ON.match(words)
            if sentence.ended and (len(found) == OPENING or not about_it):
                return found
            begin = end
    return found


def _in_own_name(before: str, words: str) -> bool:
    """Return whether "I" is the speaker here, and not part of "if I", "people say I" or "things I"."""
    first_person = words[0] in "Ii" and not words[1].isalpha()
    return not first_person or not _JOINED.search(before) or _BEFORE_I.search(before) is not None


def _quoted(before: str) -> bool:
    """Return whether a quotation is still open after these words of a line."""
    straight = before.count('"') % 2 == 1 or before.count("`") % 2 == 1 or before.endswith(("'", "‘", "«"))
    german, english = before.count("„"), before.count("“")
    return straight or german > english or english > before.count("”") + german
