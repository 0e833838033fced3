"""`diptych sessions discover`: finds what distinguishes the sides of a session, without a target."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from diptych.cli.commands.sessions_manage import find_session
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import fail, print_json, sanitized
from diptych.cli.setup.config import Config, data_file
from diptych.cli.setup.wiring import build_judge
from diptych.number_words import p_words, signed
from diptych.sessions import SavedAnswer, Store, still_hidden

if TYPE_CHECKING:
    from diptych.compare import Discovery, Found, Judgement, Trait

_SHOWN, _WORDS, _TOKENS = 25, 25, 12
"""Items that are printed; --json has all."""
_ALSO = 4


@click.command("discover", short_help="Find what distinguishes the sides, without a target.")
@click.argument("session_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON document.")
@click.option("--judge", "judging", is_flag=True, help="Let the model of [judge] propose differences, and test them.")
@click.pass_obj
def discover_session(config: Config, session_id: int, as_json: bool, judging: bool) -> None:
    """Find what distinguishes the sides of a session, without telling any detector what to look for.

    Of a family the arms are compared with the first one, the answers of all their members together.
    """
    from diptych.compare import NotEnough, discover, discovery_document

    store = Store(data_file())
    session = find_session(store, session_id)
    saved = store.answers(session_id)
    arms = {side.name: side.arm_name for side in session.sides} if session.family is not None else None
    if still_hidden(saved, store.labels(session_id)):
        fail(f"the sides of session {session_id} are hidden; label its answers first")
    if len({side.arm_name for side in session.sides}) < 2:
        only = "one side" if session.family is None else "one arm"
        fail(f"session {session_id} has only {only}; discovery compares two")
    if judging and session.family is not None:
        fail(f"session {session_id} asks a family; --judge compares the sides of a pair")
    if judging and config.judge is None:
        fail("no model can propose differences; set one under [judge] in config.toml")
    try:
        all_found = discover(saved, arms)
    except NotEnough as error:
        fail(f"session {session_id}: {error.text(TERMINAL)}")
    judged = asyncio.run(_judge(config, saved, all_found)) if judging else [None] * len(all_found)
    if as_json:
        against = [discovery_document(*pair) for pair in zip(all_found, judged, strict=True)]
        print_json({"session": session_id, "against": against})
        return
    texts = {row.id: row.answer.text for row in saved}
    click.echo(sanitized(f"session {session_id}  {session.title}"))
    if session.family is not None:
        click.echo("arms of a family: the tests take each answer as one draw, and speak of these models alone")
    for found, judgement in zip(all_found, judged, strict=True):
        output = [*discovery_lines(found, texts), *(proposal_lines(found, judgement) if judgement is not None else ())]
        click.echo(sanitized("\n".join(["", *output])))


async def _judge(config: Config, saved: Sequence[SavedAnswer], all_found: Sequence["Found"]) -> list["Judgement"]:
    """Let the model propose differences and judge them. The number of calls is printed first."""
    from diptych.compare import calls_of_judge, judge_differences

    side = build_judge(config, ())
    assert side is not None
    calls = sum(calls_of_judge(saved, found.base, found.tuned) for found in all_found)
    click.echo(sanitized(f"{side.model} proposes and judges: at most {calls:,} calls"), err=True)
    try:
        return [await judge_differences(saved, found.base, found.tuned, side) for found in all_found]
    finally:
        await side.backend.close()


def discovery_lines(found: "Found", texts: Mapping[int, str]) -> Iterator[str]:
    """Yield the discoveries as text. `texts`: the answers by number."""
    base, tuned = found.base, found.tuned
    verdict, null = found.verdict, found.null
    questions = f"{found.questions} {'question' if found.questions == 1 else 'questions'}"
    yield f"{tuned} against {base}: {found.answers[1]} and {found.answers[0]} answers to {questions}"
    conclusion = "they differ" if verdict.differ else "no difference was found"
    how = f"whole answers compared as strings, {verdict.permutations:,} permutations"
    yield f"{conclusion}  {p_words(verdict.p_value)}  ({how})"
    yield (
        f"{found.tested} traits could be tested; listed are those with a false-discovery rate up to 5 %"
        f"; {base} against itself: any listed in {null.with_any} of {null.splits} random splits"
    )
    for number, discovery in enumerate(found.discoveries[:_SHOWN], 1):
        yield ""
        yield f"{number:3}  {_trait(discovery)}"
        yield f"     {_counts(discovery, found)}"
        if discovery.also:
            yield f"     also {_also(discovery)}"
        yield from _example(discovery, found, texts)
    yield from _more_line(len(found.discoveries) - _SHOWN, "discoveries")
    if found.words:
        yield from ("", "words")
    for discovery in found.words[:_WORDS]:
        odds = f"{discovery.log_odds or 0:+.1f}".replace("-", "−")
        yield f"     {_short(discovery.value):16} {_counts(discovery, found)}  log-odds {odds} sd"
    yield from _more_line(len(found.words) - _WORDS, "words")
    if found.tokens:
        yield from ("", f"tokens that {tuned} was more likely to say, where both could have")
    for shift in found.tokens[:_TOKENS]:
        places = f"{sum(shift.places)} places in {sum(shift.answers)} answers"
        yield f"     {shift.token!r:16} {signed(shift.difference)} nats  {p_words(shift.p_value)}  {places}"


def proposal_lines(found: "Found", judgement: "Judgement") -> Iterator[str]:
    """Yield the differences that a model proposed from half of the answers, and its blind verdicts on the other
    half."""
    yield from ("", f"differences that {judgement.model} proposed, judged blindly on other answers")
    if judgement.fault:
        yield f"     none: {judgement.fault}"
    for proposal in judgement.proposals:
        mark = "✓" if proposal.holds else "·"
        counts = f"{found.base} {_fraction(proposal.base)}  {found.tuned} {_fraction(proposal.tuned)}"
        left = f"  not judged: {proposal.not_judged}" if proposal.not_judged else ""
        yield f"  {mark}  {_short(proposal.statement, 120)}"
        yield f"     {counts}  {p_words(proposal.p_holm)}{left}"


def _trait(trait: "Discovery | Trait") -> str:
    from diptych.compare import trait_words

    return _short(trait_words(trait.feature, trait.value), 60)


def _counts(discovery: "Discovery", found: "Found") -> str:
    parts = [f"{found.base} {_fraction(discovery.base)}", f"{found.tuned} {_fraction(discovery.tuned)}"]
    parts += [f"{name} {_fraction(rate)}" for name, rate in discovery.beside.items()]
    if discovery.means is not None:
        parts.append("means {:.3g} and {:.3g}".format(*discovery.means))
    parts.append(p_words(discovery.q_value, "q"))
    parts.append(f"{found.base} halves {_fraction(discovery.null[0])} and {_fraction(discovery.null[1])}")
    return "  ".join(parts)


def _also(discovery: "Discovery") -> str:
    text = ", ".join(map(_trait, discovery.also[:_ALSO]))
    left = len(discovery.also) - _ALSO
    return f"{text} and {left} more" if left > 0 else text


def _example(discovery: "Discovery", found: "Found", texts: Mapping[int, str]) -> Iterator[str]:
    side = found.tuned if discovery.more else found.base
    for example in discovery.examples[side][:1]:
        spans = [(span.start, span.end) for span in example.spans]
        yield f"     {side}, answer {example.answer}: {excerpt_of(texts[example.answer], spans)}"


def excerpt_of(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return an excerpt of the text in one line, the spans between « and »."""
    from diptych.compare import excerpt

    pieces = excerpt(text, spans)
    return " ".join("".join(f"«{piece}»" if there else piece for piece, there in pieces).split())


def _short(text: str, width: int = 40) -> str:
    line = " ".join(text[: 4 * width].split())
    return line if len(line) <= width and len(text) <= 4 * width else f"{line[: width - 1]}…"


def _fraction(rate: Sequence[int]) -> str:
    return f"{rate[0]}/{rate[1]}"


def _more_line(count: int, what: str) -> Iterator[str]:
    if count > 0:
        yield f"     and {count} more {what}: --json lists them"
