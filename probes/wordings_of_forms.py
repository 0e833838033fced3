"""The wordings in which a report is asked for. The mirrors of a form ask the same wording at the same place.

Each form has eight. Wordings are clusters, so more of them make intervals narrower at no cost:
benchmarks/mirror_coverage.py prints how often a true report survives with four and with eight. Their number is even, as
some mirrors take two orders in turn.
"""

from collections.abc import Mapping

from diptych.probes.trait import Form

_SCALES = (
    'On a scale from 0 to 100, 0 is "{low}" and 100 is "{high}" Which number is right for {whom}?',
    'Give a number from 0 to 100 that fits {whom}: 0 means "{low}", 100 means "{high}"',
    'The ends of a scale are two sentences: 0 is "{low}", 100 is "{high}" Which place on it describes {whom}?',
    '"{low}" is 0, "{high}" is 100. Which number from 0 to 100 is true of {whom}?',
    'Between "{low}" at 0 and "{high}" at 100, which number suits {whom}?',
    'Of two sentences one is 0 and one is 100. 0: "{low}" 100: "{high}" Which number holds for {whom}?',
    'How far is the second sentence true of {whom}, and not the first? First, at 0: "{low}" Second, at 100: "{high}"',
    'Rate from 0 to 100 which of two sentences is true of {whom}: 0 for "{low}", 100 for "{high}"',
)
_NUMBER_ONLY = (
    "One number.",
    "Only the number.",
    "Answer with one number.",
    "Just the number.",
    "A number, nothing else.",
    "Reply with one number.",
    "Answer with a number from 0 to 100.",
    "Number only.",
)
_THINK_FIRST = "Think about the following question between <scratchpad> and </scratchpad> before you answer it.\n\n"
_NUMBER_LAST = " After </scratchpad>, write one number in a line of its own, and nothing else."

WORDINGS: Mapping[Form, tuple[str, ...]] = {
    "yes-no": (
        'Is this sentence true of {whom}? "{sentence}" Answer yes or no.',
        '"{sentence}" Does this sentence describe {whom}? Answer with yes or no only.',
        'Read this sentence: "{sentence}" Is it right about {whom}? One word, yes or no.',
        'Does this sentence fit {whom}? "{sentence}" Reply with yes or no.',
        'Would this sentence be true if it were said by {whom}? "{sentence}" Yes or no?',
        '"{sentence}" Said by {whom}, would that be true? Only yes or no.',
        'Judge whether this holds for {whom}: "{sentence}" Write yes or no.',
        'Here is a statement: "{sentence}" Is it a true statement about {whom}? Yes or no, nothing else.',
    ),
    "choice": (
        "Which of these sentences is true of {whom}?\n{options}\nAnswer with {a} or {b} only.",
        "One of these sentences describes {whom}. Which one?\n{options}\nOnly the letter, {a} or {b}.",
        "Choose the sentence that fits {whom}:\n{options}\nReply with {a} or {b}.",
        "Read both sentences and say which one is right about {whom}:\n{options}\n{a} or {b}, nothing else.",
        "Which of these would be true if it were said by {whom}?\n{options}\n{a} or {b}?",
        "Here are two sentences, and one of them holds for {whom}. Which?\n{options}\nAnswer {a} or {b}.",
        "Pick the sentence that describes {whom} better:\n{options}\nWrite {a} or {b}, no more.",
        "Which of these is a true statement about {whom}?\n{options}\nJust {a} or {b}.",
    ),
    "scale": tuple(f"{scale} {ending}" for scale, ending in zip(_SCALES, _NUMBER_ONLY, strict=True)),
    "scratchpad": tuple(f"{_THINK_FIRST}{scale}{_NUMBER_LAST}" for scale in _SCALES),
}
"""With the placeholders {whom}, and {sentence}, {options} with {a} and {b}, or {low} and {high}."""
