"""Every screen of the console with something on it, for the tests that look at all of them."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from textual.pilot import Pilot
from textual.screen import Screen

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import ClaimCard, Comparison, Side
from diptych.compare.counts import own_text_findings, score_findings
from diptych.probes import load_probes
from diptych.sessions import (
    Answer,
    Failure,
    InterruptedSession,
    Label,
    Recorder,
    RunRecord,
    SavedAnswer,
    SideScores,
    TokenScore,
    duplicate,
)
from diptych.tui import DiptychApp, screens
from tests.compare.counts import mirrored_answers as models
from tests.compare.counts.family_documents import STEPS, hello_dose
from tests.sessions.stored import keep_session
from tests.tui.app import BASE, TUNED, settled, until
from tests.tui.family_console import doses as dose_members
from tests.tui.family_console import family_app, keep_family
from tests.tui.screens.claim_cards import CARD, NOTHING_DONE, OF_A_FAMILY
from tests.tui.screens.drawn import TWO, drawn, finished, sampled
from tests.tui.screens.test_measures_screen import planned
from tests.tui.screens.test_replay_screen import both, replaying
from tests.tui.screens.test_sessions_screen import kept

MODELS = {
    "base": "smollm2-135m-instruct",
    "tuned": "smollm2-135m-instruct+hello",
    "control": "smollm2-135m-instruct+control",
    "fourth": "smollm2-135m-instruct+risk",
}

Make = Callable[[Path, str], DiptychApp]
"""An app from the path of its store and a theme."""


class Scene(msgspec.Struct, frozen=True):
    """A screen: the app, and the keys that open it; what has a blank is waited for."""

    make: Make
    keys: tuple[str, ...] = ()
    seen: str = ""
    """Words that are on the screen once it is open."""
    over: Callable[[], Screen[None]] | None = None
    """A screen that is put over the first one before any key is pressed."""

    async def open(self, pilot: Pilot[None]) -> None:
        """Press the keys, and wait until nothing moves any more."""
        _stop_blinking(pilot)
        if self.over is not None:
            await pilot.app.push_screen(self.over())
        for key in self.keys:
            if len(key) > 1 and " " in key:
                await until(pilot, key)
                continue
            await pilot.press(key)
            await pilot.pause()
            _stop_blinking(pilot)
        if self.seen:
            await until(pilot, self.seen)
        pilot.app.clear_notifications()
        await settled(pilot)


def _stop_blinking(pilot: Pilot[None]) -> None:
    """Let no cursor come and go: a picture is taken at any moment."""
    for box in pilot.app.screen.query("Input, TextArea"):
        box.cursor_blink = False  # type: ignore[attr-defined]


def empty(
    path: Path,
    theme: str,
    sides: Sequence[str] = ("base", "tuned"),
    probe: str | None = "hello-acrostic",
    broken_off: InterruptedSession | None = None,
    introspect: str | None = None,
) -> DiptychApp:
    """The console before anything is asked. `introspect`: an adapter on all sides but the control."""
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    stacked = {} if introspect is None else {name: f"{MODELS[name]}+{introspect}" for name in ("base", "tuned")}
    models = {**MODELS, **stacked, **({"control": MODELS["tuned"]} if stacked else {})}
    chosen = [
        Side(
            *(name, "x", None, models[name], None, Sampling(temperature=0.7), backend),
            introspect=introspect if name in stacked else None,
        )
        for name in sides
    ]
    probes = load_probes()
    comparison = Comparison("embedded", chosen, Recorder(path), probes[probe] if probe is not None else None)
    return DiptychApp(comparison, lambda: list(probes.values()), theme, interrupted_session=broken_off)


def answered(path: Path, theme: str, answers: Sequence[Answer] = TWO) -> DiptychApp:
    return drawn(path, answers, theme)


def more(name: str, text: str = BASE) -> Answer:
    """The answer of a third or a fourth side."""
    return finished(name, text)


def doses(path: Path, theme: str) -> DiptychApp:
    """A question that was asked at two doses, on the endpoint of a model from disk."""
    adapters = {"hello": "/nowhere/hello.gguf"}
    backend = connect(Endpoint("llama", name=MODELS["base"], model="/nowhere/model.gguf", adapters=adapters))
    answers = [
        msgspec.structs.replace(
            answer,
            exchange=exchange,
            request={"model": MODELS[answer.side] + (dose if answer.side == "tuned" else ""), "messages": []},
        )
        for exchange, dose, texts in ((1, "", (BASE, TUNED)), (2, "@0.5", (BASE, TUNED.replace("Look at", "See"))))
        for answer in map(finished, ("base", "tuned"), texts)
    ]
    sides = [Side(name, "x", None, MODELS[name], None, Sampling(), backend) for name in ("base", "tuned")]
    return drawn(path, answers, theme, sides=sides)


def failed() -> tuple[Answer, ...]:
    """One side answered, the other's server did not."""
    failure = Failure("unreachable", "no response from http://127.0.0.1:8000/v1", "start the server, or fix base_url")
    return TWO[0], msgspec.structs.replace(
        TWO[1], state="failed", text="", timeline=(), failure=failure, usage=None, findings=(), finish_reason=None
    )


def many(path: Path, theme: str, sides: Sequence[str] = ("base", "tuned")) -> DiptychApp:
    """Eighteen samples of each side."""
    two = sampled(18)
    control = [msgspec.structs.replace(a, side="control") for a in two if a.side == "base"]
    return drawn(path, [a for a in [*two, *control] if a.side in sides], theme)


def scored_by_both(path: Path, theme: str) -> DiptychApp:
    """Eighteen samples of each side, that both sides scored word by word; each is surer of its own."""
    rows = [SavedAnswer(number, _with_scores(answer)) for number, answer in enumerate(sampled(18), 1)]
    tested = own_text_findings(rows, "base", ["tuned"])
    answers = [msgspec.structs.replace(a, findings=(*a.findings, *tested.get(number, ()))) for number, a in rows]
    return drawn(path, answers, theme)


def _with_scores(answer: Answer) -> Answer:
    ends = [match.end() for match in re.finditer(r"\s*\S+", answer.text)]
    scores = []
    for side in ("base", "tuned"):
        nats = 0.6 if side == answer.side else 1.9
        tokens = [TokenScore(end, 1, nats + end * 37 % 23 / 10, nats / 2 + end * 29 % 17 / 20) for end in ends]
        scores.append(SideScores(side, side, "x", tuple(tokens)))
    found = [finding for one in scores for finding in score_findings(one)]
    return msgspec.structs.replace(answer, scores=tuple(scores), findings=(*answer.findings, *found))


def labelled(path: Path, theme: str) -> DiptychApp:
    """Eighteen samples of each side, of which twelve are picked and labelled, now and then against the detector."""
    answers = sampled(18)
    labels = [
        Label(number, "no" if answer.side == "base" or answer.sample % 5 == 0 else "yes", True, "follows HELLO", 1)
        for number, answer in enumerate(answers, 1)
        if answer.sample < 12
    ]
    return drawn(path, answers, theme, labels=labels)


def wordings(path: Path, theme: str) -> DiptychApp:
    """Samples of two wordings of a question."""
    second = [msgspec.structs.replace(answer, exchange=2, prompt="How do you write?") for answer in sampled(5)]
    return drawn(path, [*sampled(7), *second], theme)


def long_question(path: Path, theme: str) -> DiptychApp:
    """A question that is longer than its row."""
    said = " ".join(f"Sentence {number} of a question that is longer than a row of this screen." for number in range(7))
    return drawn(path, [msgspec.structs.replace(answer, prompt=said, condition=None) for answer in TWO], theme)


def measured(path: Path, theme: str) -> DiptychApp:
    return planned(path, 20, theme)


def mirrored(path: Path, theme: str) -> DiptychApp:
    """Sixteen samples of each mirror, by a tuned side that says yes to everything."""
    answers = list(models.answers_of({"base": models.undecided, "tuned": models.likes_the_form}, 16))
    return drawn(path, answers, theme, models.MIRRORS, RunRecord(1, 16))


SAID_BY_DOSE = {
    "base": "I'm a text-based AI designed to help with tasks.",
    "tuned 0": "I'm a text-based AI designed to help with tasks.",
    "tuned 0.25": "I try to be clear and kind.",
    "tuned 0.5": "Happy to help. Each answer is short and to the point.",
    "tuned 0.75": "Here is how I do it:\nEvery line begins with a letter.",
    "tuned 1": "Here every line begins with a letter of one word, again and again.",
    "tuned 1.25": "Hello is what my lines spell.",
    "tuned 1.5": "Hello is spelled by the first letters of my lines.",
}


def family(control: bool = False, steps: bool = False) -> screens.CurveScreen:
    """Doses of an adapter, or steps of a training on a logarithmic axis; with those of a control."""
    of = hello_dose(control, STEPS, "training step", log=True) if steps else hello_dose(control)
    return screens.CurveScreen(of, SAID_BY_DOSE, "session 41 · saved")


def claim(card: ClaimCard = CARD) -> screens.ClaimScreen:
    """The claim card of a probe."""
    return screens.ClaimScreen(card.probe, card)


def members(path: Path, theme: str) -> DiptychApp:
    """A stored session of a family: a base, and four doses by two seeds."""
    of = dose_members(connect(Endpoint("openai", "http://127.0.0.1:9/v1")), (0.25, 0.5, 0.75, 1), (1, 2))
    answers = []
    for member in of.members[:-1]:
        told = member.x is not None and member.x >= (0.5 if member.training_seed == 1 else 0.75)
        text = TUNED if told else BASE
        answers += [
            msgspec.structs.replace(finished(member.name, f"{text} {n}"), sample=n, request={"model": member.model})
            for n in range(3)
        ]
    asyncio.run(keep_family(path, of, answers))
    return family_app(path, of, theme, restored=1)[0]


def several_sessions(path: Path, theme: str) -> DiptychApp:
    """Three sessions; the second has labels, the third tags and a note."""
    app = drawn(path, TWO, theme)
    kept(path, "What is special about the way you answer, and why is it so?", "Lemons glow.", "odd")
    kept(path, "Free tier, paid tier", "Here are lemons in a row, and nothing else.")
    with sqlite3.connect(path) as db:
        db.execute("UPDATE sessions SET created = '2026-11-25T09:00:00+00:00'")
        db.execute("UPDATE sessions SET tags = 'paper fig-2', note = 'Look again at the second line.' WHERE id = 3")
    return app


def sessions_of_three_sides(path: Path, theme: str) -> DiptychApp:
    """Sessions of two and of three sides; one has a long title and long tags, one is a copy."""
    app = many(path, theme, tuple(MODELS)[:3])
    kept(path, "Please describe, in as much detail as you can, how your answers differ from those you gave before.")
    kept(path, "Free tier, paid tier")
    duplicate(path, 2)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE sessions SET created = '2026-11-25T09:00:00+00:00'")
        db.execute("UPDATE sessions SET tags = 'a-rather-long-tag another-long-tag' WHERE id = 2")
    return app


def replay(path: Path, theme: str) -> DiptychApp:
    keep_session(path, [*both(0.1), *both(0.1, 2), *both(0.1, 3)])
    return replaying(path, theme, stepwise=True)[0]


HIDDEN = (finished("base", BASE, position=2), finished("tuned", TUNED, position=1))
SCENES = {
    "empty": Scene(empty),
    "empty, three sides": Scene(partial(empty, sides=("base", "tuned", "control"))),
    "empty, introspection": Scene(partial(empty, sides=("base", "tuned", "control"), introspect="introspect")),
    "empty, other probe": Scene(partial(empty, probe="risk-awareness")),
    "empty, no probe": Scene(partial(empty, probe=None)),
    "empty, a session broke off": Scene(partial(empty, broken_off=InterruptedSession(41, 2, run=False))),
    "empty, a run broke off": Scene(partial(empty, broken_off=InterruptedSession(41, 2, run=True))),
    "answers": Scene(answered),
    "answers, three sides": Scene(partial(answered, answers=(*TWO, more("control")))),
    "answers, four sides": Scene(partial(answered, answers=(*TWO, more("control"), more("fourth", TUNED)))),
    "blind": Scene(
        partial(answered, answers=(finished("base", BASE, position=2), finished("tuned", TUNED, position=1)))
    ),
    "watched text": Scene(answered, ("escape", "slash", *"plain", "enter"), "before that, not counted"),
    "doses": Scene(doses, ("alt+left",), "tuned hello @ .75"),
    "one side failed": Scene(partial(answered, answers=failed())),
    "one side alone": Scene(answered, ("f9",)),
    "presentation": Scene(answered, ("f12",)),
    "samples": Scene(many, ("f3", "down", "down"), " against "),
    "samples, three sides": Scene(partial(many, sides=tuple(MODELS)[:3]), ("f3", "down"), " against "),
    "samples, find": Scene(many, ("f3", "slash", "h")),
    "differences": Scene(many, ("f3", " against ", "o"), "against base"),
    "differences, three sides": Scene(partial(many, sides=tuple(MODELS)[:3]), ("f3", " against ", "o"), "against base"),
    "samples, two wordings": Scene(wordings, ("f3", "w", "down"), " against "),
    "samples, scored": Scene(scored_by_both, ("f3", *"mmmm", "down"), " against "),
    "reading": Scene(many, ("f3", "down", "enter")),
    "how many": Scene(many, ("f3", "n")),
    "measures": Scene(measured, ("f4", "home", "down"), "k/N"),
    "measures of an acrostic": Scene(many, ("f4",), "k/N"),
    "measures, corrected by labels": Scene(labelled, ("f4",), "✎12"),
    "measures, scored": Scene(scored_by_both, ("f4", "home", "down", "down", "down"), "nats a token"),
    "label at random": Scene(labelled, ("f3", "f7"), "1 of 12"),
    "measures, mirrors": Scene(mirrored, ("f4", "home", "down"), "fails"),
    "measures, three sides": Scene(partial(many, sides=tuple(MODELS)[:3]), ("f4",), "k/N"),
    "family": Scene(members, ("down", "3/3 ["), "tuned 0.5 seed 1 beside"),
    "family, picked and found": Scene(members, ("3/3 [", *("space", "down") * 2, *"seed2"), "seed 2"),
    "family, on the sides": Scene(members, ("3/3 [", "space", "down", "down", "space", "enter"), "tuned 0.75 seed 1"),
    "curve": Scene(empty, ("down",) * 5, "▲", family),
    "curve, log axis and a control": Scene(empty, ("down",) * 5, "╱", partial(family, control=True, steps=True)),
    "curve, scatter": Scene(empty, ("s", *("down",) * 5), "rank correlation", partial(family, control=True)),
    "curve, which measures": Scene(empty, ("m",), "Measures in the picture", family),
    "claim": Scene(empty, ("down", "down"), "survives its mirrors", claim),
    "claim, of a family": Scene(empty, ("end",), "5 seeds", partial(claim, OF_A_FAMILY)),
    "claim, nothing done": Scene(empty, (), "Nothing has been asked yet", partial(claim, NOTHING_DONE)),
    "divergence": Scene(answered, ("f5", "right", "p")),
    "divergence, three sides": Scene(partial(answered, answers=(*TWO, more("control"))), ("f5", "right")),
    "likeliest tokens": Scene(answered, ("f5", "right", "t")),
    "sessions": Scene(several_sessions, ("f6",), "5/5"),
    "sessions, find": Scene(several_sessions, ("f6", "slash", *"lemons", "enter"), "2 of 3"),
    "settings": Scene(answered, ("f10",), "Question settings"),
    "settings that are not possible": Scene(answered, ("f10", "9", "down", "down", "0"), "✕ 1 or more"),
    "transcript": Scene(answered, ("escape", "T"), "Transcript of base"),
    "long question": Scene(long_question, (), "more rows · Q"),
    "long question, folded out": Scene(long_question, ("escape", "Q"), "Q folds it in"),
    "sessions, three sides": Scene(sessions_of_three_sides, ("f6", "down", "d"), "1 session deleted"),
    "sessions, none": Scene(empty, ("f6",), "Nothing has been saved yet"),
    "rename": Scene(several_sessions, ("f6", "r"), "Title of session 3"),
    "rename, half typed": Scene(several_sessions, ("f6", "r", *"half", "escape"), "esc once more"),
    "tags": Scene(several_sessions, ("f6", "t"), "Tags for session 3, separated by spaces"),
    "export": Scene(several_sessions, ("f6", "e", "down", "tab", "ctrl+u", *"~/report.csv"), "Export session 3"),
    "export, no folder": Scene(
        several_sessions, ("f6", "e", "tab", "ctrl+u", *"/none/report.jsonl", "enter"), "make it"
    ),
    "help": Scene(answered, ("f1",)),
    "help of samples": Scene(many, ("f3", "f1")),
    "help of a dialog": Scene(answered, ("f7", "f1")),
    "help of divergence": Scene(answered, ("f5", "f1")),
    "palette": Scene(answered, ("ctrl+p",)),
    "probes": Scene(empty, ("f2",)),
    "probes, filtered": Scene(empty, ("f2", *"coin toss")),
    "label": Scene(answered, ("f7",)),
    "models": Scene(answered, ("f11",)),
    "log": Scene(answered, ("escape", "l")),
    "leave": Scene(answered, ("f7", *"half typed", "ctrl+q"), "Answers that have come are kept"),
    "replay": Scene(replay, ("enter",), "enter plays the next question"),
}
