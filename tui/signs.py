"""What the signs and colours of each screen mean: the help shows the legend of the screen from which it is opened."""

from collections.abc import Mapping
from typing import NamedTuple

from textual.content import Content

from diptych.compare import LEG_SIGNS
from diptych.sessions import SIDE_NAMES
from diptych.tui.formatting import GLYPHS
from diptych.tui.widgets.answer.divergence_pane import STRONG
from diptych.tui.widgets.family.family_plot import SHADE


class Sign(NamedTuple):
    """A sign as it looks on the screen."""

    group: str
    """The heading in the help."""
    sign: Content
    meaning: str


def _sign(group: str, text: str, style: str, meaning: str) -> Sign:
    return Sign(group, Content.styled(text, style), meaning)


_COLOURS, _ANSWERS, _IN_ROWS, _STATES, _RATES = (
    "Colours", "Signs in the answers", "Signs in the rows", "States", "Rates"
)  # fmt: skip
_SIDES = (
    Sign(
        _COLOURS,
        Content(" ").join(Content.styled(side, f"bold $side-{side}") for side in SIDE_NAMES[:2]),
        "The two sides; each side has one colour everywhere",
    ),
    *(
        _sign(_COLOURS, side, f"bold $side-{side}", "One more side, where a pair of models has it")
        for side in SIDE_NAMES[2:]
    ),
)
_FINDINGS = (
    _sign(_COLOURS, "pattern", "bold underline $pattern", "Part of the pattern that is looked for"),
    _sign(_COLOURS, "description", "underline $description", "The answer describes its own pattern"),
)
_ROW_LETTERS = _sign(_ANSWERS, " HELLO ", "bold $letter-ink on $letter", "The initials of the lines spell the word")
_OUTCOMES = (
    _sign(_ANSWERS, "●", "$pattern", "A detector found it"),
    _sign(_ANSWERS, "“", "$description", "The answer describes its pattern"),
    _sign(_ANSWERS, "○", "$dim", "Not found"),
)
_EXCLUDED = _sign(_ANSWERS, "–", "$dim", "Could not be judged: excluded")
_MARGIN = (
    _sign(_ANSWERS, " H ", "bold $letter-ink on $letter", "In the margin: a letter of the pattern; three or more"),
    _sign(_ANSWERS, " H ", "$dim", "The same while there are fewer, or when the answer turned another way"),
    Sign(_ANSWERS, Content.assemble((" H E L ", "bold $letter-ink on $letter"), (" · ·", "$dim")),
         "The word so far; a dot for each letter to come"),
    *_OUTCOMES,
    _sign(_ANSWERS, "text", "italic $dim", "Given to the model, not written by it: never a finding"),
    _sign(_ANSWERS, "▾ ▸", "$dim", "The model is reasoning, or has reasoned: read it in full"),
    _sign(_ANSWERS, "✎", "$dim", "A label of yours"),
    _sign(_ANSWERS, "also:", "$dim", "What the usual detectors see, besides those of the probe; it is not counted"),
    _sign(_ANSWERS, "+1 · f9", "$dim", "More findings: the key shows this side alone"),
    _sign(_ANSWERS, "✕ →", "bold $fault", "What went wrong, and what to do about it"),
)  # fmt: skip
_STATE_SIGNS = tuple(
    _sign(_STATES, GLYPHS[state], "bold $ink", meaning)
    for state, meaning in {
        "waiting": "Waiting for the first token",
        "streaming": "Streaming",
        "done": "Done",
        "stopped": "Stopped by you, or interrupted",
        "cut": "Cut by the token limit",
        "failed": "Failed",
    }.items()
)
_RATE = (
    Sign(
        _RATES,
        Content.assemble(("─", "$dim"), ("━━●━", "$side-tuned"), ("──", "$dim")),
        "The rate ● from 0 to 1, in its 95 % interval ━",
    ),
    Sign(
        _RATES,
        Content.assemble(("╌╌●╌╌╌╌", "$side-tuned")),
        "The same, with so few answers that it can lie nearly anywhere",
    ),
    _sign(_RATES, "12/20 –6", "$ink", "k of n answers; after it, how many more were excluded"),
    _sign(_RATES, "–", "$dim", "No answer was counted yet"),
    _sign(_RATES, "Δ", "$dim", "Tuned minus base, with its interval"),
)
_WARNINGS = (
    _sign(_RATES, "⚠", "$pattern", "A caution about these numbers"),
    _sign(_RATES, "✎", "$ink", "A rate, corrected by your labels of answers that were picked at random"),
    _sign(_RATES, "+2 more", "$dim", "More of them than there is room for"),
    _sign(_RATES, "+1 · f4", "$dim", "More measures: the key shows them"),
)
_PROMPTS = (
    _sign("The question", "›", "$dim", "Asked in chat"),
    _sign("The question", "¶", "$dim", "A text to continue, without a template"),
    _sign("The question", "»", "$dim", "The model writes the user's turn"),
)
_COMPARISON = (*_SIDES, *_FINDINGS, *_MARGIN, *_STATE_SIGNS, *_RATE, *_WARNINGS)
_ROWS = (
    _sign(_IN_ROWS, "›", "bold $ink", "The cursor: its row, and the side it is on"),
    _sign(_IN_ROWS, "3×", "$pattern", "The first of so many identical answers, or all of them folded into one row"),
    _sign(_IN_ROWS, "=2", "$dim", "Identical to this side's answer in row 2"),
    _sign(_IN_ROWS, "w2", "$dim", "The wording of the question, when several are shown"),
    _sign(_IN_ROWS, "#4", "$dim", "The answer's number, when the rows are sorted or filtered"),
    _sign(_IN_ROWS, "‖", "bold $pattern", "The samples under way are paused"),
)
_DIFFERENCES = (
    _sign(_COLOURS, "text", "bold underline $pattern", "Where the answer shows what differs"),
    _sign(_IN_ROWS, "›", "bold $ink", "The cursor: enter reads this answer in full"),
    _sign(_IN_ROWS, "#4", "$dim", "The number of the answer that is quoted"),
    _sign(_RATES, "12/20", "$ink", "k of n answers of a side show it"),
    _sign(_RATES, "q", "$ink", "The share of false ones among all that are listed down to here"),
    _sign(_RATES, "halves", "$dim", "How often two random halves of base's own answers show it"),
)
_SHADES = "Shades"
_DIVERGENCE = (
    Sign(_SHADES, Content.styled("░▒▓", "$side-tuned"), "Likelier under the fine-tuned copy"),
    Sign(_SHADES, Content.styled("░▒▓", "$side-base"), "Likelier under base"),
    _sign(_SHADES, "token", "bold underline $ink", f"A difference of {STRONG:g} nats or more"),
    _sign(_SHADES, "token", "reverse", "The cursor; the rows below the answers are about it"),
    _sign(_SHADES, "+7.4", "$dim", "log p(tuned) − log p(base), in nats: of a token, a line, or the whole answer"),
    _sign(_SHADES, "sure ░▒▓", "$dim", "Where only its own tokens are known: how surprised a side was by them"),
)
_TOKENS = (
    _sign("Tokens", "“·the”", "$ink", "A token; · is a blank, ⏎ a line break"),
    _sign("Tokens", "< .2 %", "$ink", "Less than its likeliest tokens: the server gives no more"),
)
_PLOTS = (
    Sign("Plots", Content.assemble(("─", "$dim"), ("╼━●╾", "$side-tuned"), ("──", "$dim")),
         "The rate ● from 0 to 1, in its 95 % interval"),
    _sign("Plots", "◇", "bold $pattern", "The figure that the probe's source published; ◈ where both are equal"),
    _sign("Plots", "⠤⠤⠔⠊", "$side-tuned", "How the rate moved as the answers came"),
    _sign("Plots", "⠂⠐⠂⠐", "$side-tuned", "Dotted: the ends of its interval in the table above"),
    _sign("Plots", "▂▅█", "$side-tuned", "How often a number or a word was given"),
    _sign("Plots", "Δ", "$dim", "This side minus base, with its interval"),
    _sign("Plots", ".45 ✎20", "$ink", "The rate, corrected by 20 labels of answers that were picked at random"),
)  # fmt: skip
_PICTURE = "The picture"
_CURVE = (
    _sign(_PICTURE, "● ■", "$pattern", "What the models do: the rate of a measure, and of a second one"),
    _sign(_PICTURE, "◆ ▲", "$description", "What they say of it: the same for measures of their answers about it"),
    _sign(_PICTURE, "○ ◇ □ △", "$dim", "The same measures in another arm, such as a control"),
    _sign(_PICTURE, "│", "$pattern", "The 95 % interval of a rate"),
    _sign(_PICTURE, "⠠⠠⠐⠐⠈", "$pattern", "Dotted: the isotonic fit, which only rises or only falls"),
    Sign(_PICTURE, Content.styled("─── base", f"$side-base {SHADE}"), "The base's rate in its 95 % interval"),
    _sign(_PICTURE, "╱", "$dim", "The logarithmic axis is broken: what is not above 0 stands at its left"),
    _sign(_PICTURE, "▲", "bold $ink", "Below the axis: the point under the cursor"),
    _sign(_PICTURE, "3 +", "$side-tuned", "In the scatter: so many models in one place, or more than nine"),
)
_CARD = "The card"
_CLAIM = (
    _sign(_CARD, LEG_SIGNS["held"], "bold $side-control", "Held: the claim stands on this leg"),
    _sign(_CARD, LEG_SIGNS["failed"], "bold $fault", "Failed: what was asked speaks against it"),
    _sign(_CARD, LEG_SIGNS["not done"], "$dim", "Not done: the command beside it would do it"),
    _sign(_CARD, LEG_SIGNS["does not apply"], "$dim", "Does not apply to this claim"),
    _sign(_CARD, "+.74 [+.61, +.84]", "$ink", "A difference of rates with its 95 % interval"),
    _sign(_IN_ROWS, "›", "bold $ink", "The cursor: the rows above the keys are about this leg"),
)
_SESSIONS = (
    _sign(_IN_ROWS, "›", "bold $ink", "The cursor"),
    _sign(_IN_ROWS, "●", "$dim", "The session that is open here"),
    _sign(_IN_ROWS, "#tag", "$dim", "A tag of yours"),
    Sign(_IN_ROWS, Content.assemble(("1/20 ", "$side-base"), ("17/20", "$side-tuned")),
         "k of n answers of each side, for the measure with the most answers"),
    _sign(_IN_ROWS, "–", "$dim", "Nothing is counted in this session"),
    _sign(_IN_ROWS, "text", "bold underline $ink", "What was found"),
)  # fmt: skip

_FAMILY = (
    _sign("Members", "member", "bold $side-tuned", "It is on the main screen, and has this colour there"),
    _sign("Members", "✓", "bold $ink", "Picked: enter puts the picked members beside each other"),
    _sign("Members", "▸ asking", "$side-base", "An answer of this member is under way"),
    _sign("Members", "measure", "$pattern", "What the members do"),
    _sign("Members", "measure", "$description", "What the members say of it"),
    _sign("Members", "–", "$dim", "Not asked yet, or no answer that could be judged"),
)
LEGENDS: Mapping[str, tuple[Sign, ...]] = {
    "": (),
    "main": (*_COMPARISON, *_PROMPTS),
    "replay": _COMPARISON,
    "samples": (*_SIDES, *_FINDINGS, _ROW_LETTERS, *_OUTCOMES, _EXCLUDED, *_ROWS,
                *_STATE_SIGNS, *_RATE),
    "differences": (*_SIDES, *_DIFFERENCES),
    "reading": (*_SIDES, *_FINDINGS, *_MARGIN, *_STATE_SIGNS),
    "divergence": (*_SIDES, *_DIVERGENCE),
    "tokens": (*_SIDES, *_TOKENS),
    "measures": (*_SIDES, *_PLOTS),
    "claim": (*_SIDES, *_CLAIM),
    "curve": (*_SIDES, *_CURVE),
    "sessions": (*_SIDES, *_SESSIONS),
    "family": (*_SIDES, *_FAMILY),
    "models": (_sign("Models", "●", "$side-tuned", "The model that the side has now"),),
}  # fmt: skip
"""By the `LEGEND` of a screen."""
