"""The child process that says how likely a model finds given tokens: it reads many in one pass of llama.cpp.

It is not the child that serves answers. A mistake about the C API would end the process that makes it, and here it ends
nobody's answer. A long pass also holds up nobody else. The weights are mapped, so both have them in the same memory.
It reads with the same adapters as long as it lives, so nothing that it remembers can come from others.

It reads its settings as one line of JSON from standard input, then texts, and answers each line with one.
"""

from typing import TYPE_CHECKING

import msgspec

from diptych.backends.servers.child_lines import Answer, NextLine, answer_lines
from diptych.backends.token_alignment import TOP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy import float32
    from numpy.typing import NDArray

    from diptych.backends.servers.llama_c_api import CModel

PROMPT_PART = 512
"""Tokens of a prompt that are read at once at most: as many as the server reads, which changes the rounding."""
PART = 48
"""Tokens of an answer that are read at once at most. From 64 on, llama.cpp computes attention in another way than for
single tokens. That saves a twentieth of the time. But a model with 4-bit weights rounds so coarsely that it moved each
log-probability by .065 nats on average. Below 64, they are those with which a model without adapters generates."""
_FAINTEST = -80.0
"""Differences of logits below this are counted as this: their probability is nothing, and their product is a number."""


Adapters = tuple[tuple[str, float], ...]
"""The file of each adapter, and its scale."""


class ScoringSettings(msgspec.Struct, frozen=True):
    """The first line."""

    model: str
    """The file of its weights."""
    context: int
    """Tokens of a text at most."""
    threads: int
    gpu_layers: int | None = None
    """Layers that are computed on the GPU; None leaves it to llama.cpp."""
    adapters: Adapters = ()
    """Those with which all texts are read."""


class Text(msgspec.Struct, frozen=True, tag=True):
    """A line that begins a text: its prompt is to be read, and the token after it scored."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]


class Further(msgspec.Struct, frozen=True, tag=True):
    """A line that continues it: the next part of the answer is to be read, and as many tokens scored."""


class Likelihood(msgspec.Struct, frozen=True):
    """How likely a model finds a token where it stands."""

    logprob: float
    entropy: float
    """Of the whole distribution at this place, in nats."""
    top: tuple[tuple[str, float], ...]
    """The likeliest tokens at this place with their log-probabilities, the likeliest first."""


class Scores(msgspec.Struct, frozen=True):
    """The answer to each line: one likelihood for each token that was scored."""

    likelihoods: list[Likelihood] = []
    error: str = ""
    """Why there are none."""


def main() -> None:
    """Score until standard input closes."""
    answer_lines(_serve)


def _serve(next_line: NextLine, answer: Answer) -> None:
    from diptych.backends.servers.llama_c_api import CModel, NotAsExpected

    settings = msgspec.json.decode(next_line(), type=ScoringSettings)
    batch = min(PROMPT_PART, settings.context)
    try:
        model = CModel(settings.model, settings.context, batch, settings.threads, settings.gpu_layers)
        model.apply(settings.adapters)
        answer(Scores())
        reader = TextReader(model, batch)
        while True:
            line = msgspec.json.decode(next_line(), type=Text | Further)
            answer(Scores(reader.begin(line) if isinstance(line, Text) else reader.continue_text()))
    except NotAsExpected as error:
        answer(Scores(error=str(error)))


class TextReader:
    """Scores texts with a model, one after the other.

    A prompt stays in the model's memory until another one comes, because many answers to one prompt are read as a rule.
    Nothing stays of an answer, nor of a prompt that only begins alike: in parts of other sizes a model differs from
    itself, and what a text scores must not depend on what was read before.
    """

    def __init__(self, model: "CModel", prompt_part: int = PROMPT_PART) -> None:
        self._model = model
        self._prompt_part = prompt_part
        self._prompt: tuple[int, ...] = ()
        self._answer: tuple[int, ...] = ()
        self._scored = 0
        self._after_prompt: NDArray[float32]
        """The logits of the first token of an answer, in a row."""

    def begin(self, text: Text) -> list[Likelihood]:
        """Begin a text; returns the likelihood of the first token of its answer. Raises NotAsExpected."""
        if text.prompt != self._prompt or not self._model.keep(len(text.prompt)):
            self._read_prompt(text.prompt)
        self._answer, self._scored = text.answer, 1
        return likelihoods(self._after_prompt.copy(), text.answer[:1], self._model.text)

    def continue_text(self) -> list[Likelihood]:
        """The likelihoods of the next tokens of the answer. Raises NotAsExpected."""
        wanted = self._answer[self._scored : self._scored + PART]
        before = self._answer[self._scored - 1 :][: len(wanted)]
        logits = self._model.read(before, len(self._prompt) + self._scored - 1, len(wanted))
        self._scored += len(wanted)
        return likelihoods(logits, wanted, self._model.text)

    def _read_prompt(self, prompt: tuple[int, ...]) -> None:
        self._prompt = ()
        self._model.clear()
        for start in range(0, len(prompt), self._prompt_part):
            part = prompt[start : start + self._prompt_part]
            logits = self._model.read(part, start, int(start + len(part) == len(prompt)))
        self._prompt, self._after_prompt = prompt, logits.copy()


def likelihoods(logits: "NDArray[float32]", wanted: "Sequence[int]", text: "Callable[[int], str]") -> list[Likelihood]:
    """The likelihood of each wanted token, from the logits at its place, which this uses up. `text` names tokens."""
    import numpy

    found = []
    for row, token in zip(logits, wanted, strict=True):
        highest = row.max()
        differences = numpy.maximum(row - highest, _FAINTEST)
        weights = numpy.exp(differences)
        total = weights.sum()
        log_total = float(numpy.log(total))
        entropy = log_total - float((weights * differences).sum() / total)
        level = float(highest) + log_total
        logprob = float(row[token]) - level
        top = []
        for _ in range(TOP):
            # Five times the highest is four times as fast as numpy's partition.
            likeliest = int(row.argmax())
            top.append((text(likeliest), float(row[likeliest]) - level))
            row[likeliest] = -numpy.inf
        found.append(Likelihood(logprob, entropy, tuple(top)))
    return found
