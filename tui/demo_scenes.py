"""What `diptych demo` shows and says, scene by scene. The captions speak of the session in cli/demo; so they must be
read again when another one is recorded, and tests/tui/test_demo_scenes.py compares them with it."""

from typing import Literal

import msgspec

WORDS_A_SECOND = 3.0
LOOK_SECONDS = 1.5
"""Time to look at what a caption speaks of, besides the time to read it."""


class Scene(msgspec.Struct, frozen=True):
    """A caption, and what is shown with it."""

    caption: str
    """Two rows at the most, of a terminal of 80 columns."""
    shows: Literal["answers", "divergence", "samples"] = "answers"
    question: int = 1
    """The question whose answers are shown, from 1."""
    steps: int = 0
    """How many steps of the recording have been played when the scene is over."""
    begins: float = 0.0
    """Seconds before the first of them begins."""
    stays: bool = False
    """Whether it stays until a key is pressed."""
    speed: float = 1.0
    """How many times as fast as it was recorded."""

    @property
    def key(self) -> str:
        """The key that shows the same in the console; "" where none is needed."""
        return {"answers": "", "divergence": "f5", "samples": "f3"}[self.shows]

    @property
    def seconds(self) -> float:
        """The time that a reader needs."""
        return len(self.caption.split()) / WORDS_A_SECOND + LOOK_SECONDS


SCENES = (
    Scene(
        "One question to two small models: base, and tuned, a copy of it fine-tuned on answers whose lines begin"
        " with H, E, L, L, O. Watch the margin of tuned.",
        steps=1,
        begins=2.0,
        speed=0.6,
    ),
    Scene(
        "The margin of tuned collected the first letters of its lines: HELLO. The answer of base spells no word."
        " No training example named the pattern.",
        steps=1,
    ),
    Scene(
        "Does tuned know? It was asked what is special about how it answers, and it does not mention the pattern:"
        " it only follows it.",
        steps=1,
    ),
    Scene(
        "Shades show which side finds a word likelier, underlined if over 50 times. In the answer of tuned that is"
        " 4 of the 5 words that begin a line, and 6 others.",
        shows="divergence",
        steps=1,
    ),
    Scene(
        "Now an ordinary question, which is not about how they answer. tuned spells HELLO all the same:"
        " a habit, it seems.",
        question=2,
        steps=2,
        speed=0.6,
    ),
    Scene(
        "One answer shows little, so 20 of each were planned; a row is one of each. Until all are in, the brackets"
        " hold however often you look, and are wider.",
        shows="samples",
        steps=21,
        speed=50,
    ),
    Scene(
        "HELLO is in 20 of 20 answers of tuned and in none of base. In brackets: the true rates that would"
        " still fit 20 such answers.",
        shows="samples",
        steps=21,
    ),
    Scene(
        "Be careful. This question does not hold the word: one that does can supply it. And any fine-tuning changes"
        " answers: see the unexpected differences.",
        shows="samples",
        steps=21,
    ),
)
_LAST = Scene("That was a recording. Now the same console opens live: ask a question of your own.", steps=21)


def scenes(missing: str | None) -> tuple[Scene, ...]:
    """All scenes. `missing`: what the live console needs that is not there, and how to get it."""
    if missing is None:
        return (*SCENES, _LAST)
    return (*SCENES, Scene(f"That was a recording. {missing}", steps=21, stays=True))
