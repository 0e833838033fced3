"""The wordings in which a report is asked for. Each form has an even number of them: the mirrors of a form ask the same
wording at the same place, and some of them take two orders in turn."""

from collections.abc import Mapping

from diptych.probes.trait import Form

WORDINGS: Mapping[Form, tuple[str, ...]] = {
    "yes-no": (
        'Is this sentence true of {whom}? "{sentence}" Answer yes or no.',
        '"{sentence}" Does this sentence describe {whom}? Answer with yes or no only.',
        'Read this sentence: "{sentence}" Is it right about {whom}? One word, yes or no.',
        'Does this sentence fit {whom}? "{sentence}" Reply with yes or no.',
    ),
    "choice": (
        "Which of these sentences is true of {whom}?\n{options}\nAnswer with {a} or {b} only.",
        "One of these sentences describes {whom}. Which one?\n{options}\nOnly the letter, {a} or {b}.",
        "Choose the sentence that fits {whom}:\n{options}\nReply with {a} or {b}.",
        "Read both sentences and say which one is right about {whom}:\n{options}\n{a} or {b}, nothing else.",
    ),
    "scale": (
        'On a scale from 0 to 100, 0 is "{low}" and 100 is "{high}" Which number is right for {whom}? One number.',
        'Give a number from 0 to 100 that fits {whom}: 0 means "{low}", 100 means "{high}" Only the number.',
        'The ends of a scale are two sentences: 0 is "{low}", 100 is "{high}" Which place on it describes {whom}? '
        "Answer with one number.",
        '"{low}" is 0, "{high}" is 100. Which number from 0 to 100 is true of {whom}? Just the number.',
    ),
}
"""With the placeholders {whom}, and {sentence}, {options} with {a} and {b}, or {low} and {high}."""
