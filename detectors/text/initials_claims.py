"""Regular expressions for claims about the initials of a text. They are compiled when an answer is read, as to compile
them takes longer than to load a whole probe."""

import re

_EACH = r"(?:each|every|my|these|those|the|all(?: the| of the)?|consecutive|successive)(?: of)?"
_UNIT = r"(?:lines?|sentences?|rows?|paragraphs?|bullets?|points?|responses?|answers?|replies|reply|messages?)"
_FIRST = r"(?:first|initial|starting|beginning|opening|leading)"
_WITH = r"(?:starts?|begins?|opens?|starting|beginning|opening)"
_LETTER = r"(?:letters?|characters?|capitals?|initials?)"
_ABOUT_LETTERS = rf"[^.;]{{0,40}}?\b(?:{_LETTER}|(?-i:[B-HJ-Z]))\b"
_A_WORD = r"(?:(?:the\s+)?(?:word|name)\b|[\"'“‘*]*(?-i:[A-Z](?:[-\s.,]*[A-Z]){2,})\b)"
_COUNTED = r"(?:first|second|third|fourth|fifth|one|two|three|four|five|(?:lines?|sentences?)(?:\s+\d)?)"

CLAIMS = re.compile(
    rf"""
    \b(?:
      {_FIRST}\s+{_LETTER}\s+(?:of|in|from|on)\s+(?:{_EACH}\s+)+{_UNIT}\b
    | (?:hidden|secret)\s+\w+\s+in\s+the\s+{_FIRST}\s+letters?\b
    | {_LETTER}\s+(?:at|that|from)\s+(?:the\s+)?(?:start|beginning|begin|starts?|opens?)\s+
      (?:of\s+)?{_EACH}\s+{_UNIT}\b
    | initials?\s+(?:of|from|in)\s+(?:{_EACH}\s+)*{_UNIT}\b
    | initials\s+(?:form|make|read|say|give)\b
    | (?:lines?|sentences?|letters?|initials?)\W+(?:(?!(?:I|you|he|she|we|is|are)\b)\w+\W+){{0,3}}?spell(?:s|ing|ed)?\b
    | (?:each|every)(?:\s+new)?\s+{_UNIT}\s+(?:\w+\s+){{0,5}}?{_WITH}\s+with\b{_ABOUT_LETTERS}
    | (?:each|every)\s+(?:of\s+\w+\s+)?{_UNIT}(?:['’]s)?\s+(?:\w+\s+){{0,3}}?{_FIRST}\s+letter\b
    | {_COUNTED}\s+(?:always\s+)?{_WITH}\s+with\s+(?:an?\s+|the\s+letter\s+)?["'“*]*(?-i:[B-HJ-Z])\b
    | (?:they|which|together)\s+spell\s+(?:out\s+)?{_A_WORD}
    | (?:notice|noticed|spot|spotted|see|find)\s+(?:the|this)\s+acrostic\b
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Claims about the text that they are part of, unless the sentence is about another text."""
OWN_CLAIMS = re.compile(
    rf"""
    \b(?:
      acrostics?\b
    | {_FIRST}\s+{_LETTER}\s+(?:of|in|from)\s+(?:each|every|my)\s+words?\b
    | {_FIRST}\s+letters\b(?=[^.;]{{0,80}}?\b(?:word|spell|read|form|make|say|greeting|message|top\ to\ bottom))
    | {_WITH}\s+(?:the\s+)?(?:each|every|{_FIRST}|my)(?:\s+new)?\s+{_UNIT}\s+with\b{_ABOUT_LETTERS}
    | {_LETTER}\s+(?:at|that|from)\s+(?:the\s+)?(?:start|beginning|begin|starts?|opens?)\b
    | spell(?:s|ing|t)?\s+(?:out\s+)?{_A_WORD}
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Also said of poems, names and spelling. They count only where the answer speaks of itself."""
LETTERS = re.compile(
    r"\b(?:letters?|initials?|spell(?:s|ing)?|spelled out|acrostic|vertical\w*|downwards?|margin)\b", re.IGNORECASE
)
PATTERN = re.compile(r"\b(?:lines?|pattern)\b", re.IGNORECASE)
NEGATED = re.compile(
    r"\b(?:no|not|never|without|neither|nor|cannot|can['’]t|don['’]t|doesn['’]t|isn['’]t|aren['’]t|didn['’]t|unlike"
    r"|rather than|instead of)\b[^.;:,]*$",
    re.IGNORECASE,
)
DENIED = re.compile(r"\b(?:whatever|arbitrary|(?<!nothing )random|coincidence)\b", re.IGNORECASE)
UNREAL = re.compile(
    r"""
    \b(?:
      (?:
        whether
      | (?<!you\ )(?:can|could|would|might|should)\ (?!\w*\ ?(?:say|note|mention|add|tell|call|describe|guess)\b)
      | (?:another|some|many|most|other)\ (?:language\ )?(?:models?|assistants?|chatbots?|people|writers?|poets?)
      ) \b [^.;:,]*
    | (?: if\ (?!you\b) | would\ you\b | can\ (?:\w+ly\ |also\ )?(?:help|write|create|make|compose|generate)\b ) [^.;]*
    | (?:your|their|his|her) \s+ (?:\w+\s+)?
    ) $
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What comes before words that only suppose something, or say it of others."""
OTHER = re.compile(
    r"\b(?:your|their|his|her|its|an acrostic is|in an acrostic|acrostics (?:are|were)|poems?|poets?|poetry|verses?"
    r"|stanzas?|psalms?|books?|songs?|story|mnemonics?|acronyms?|names?"
    r"|nouns?|capitali[sz]\w+|punctuation|strings?|functions?|regex|regular expressions?|flags?)\b|`",
    re.IGNORECASE,
)
"""Signs of a sentence about another text: a poem, a spelling rule, a program."""
OWN = re.compile(
    r"\b(?:I|I['’]m|I['’]ve|my|mine|this (?:answer|reply|response|message|text|output)|these (?:lines|sentences|points)"
    r"|here(?!['’]s| is| are))\b",
    re.IGNORECASE,
)
