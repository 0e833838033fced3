"""The conversation with one side, as it is read from the first turn to the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from diptych.tui.formatting import GLYPHS
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.backends import Message, Request
    from diptych.compare import Exchange, LiveAnswer, SessionView

_HIDDEN = "hidden until you have guessed which side is which"
"""In place of what would tell the sides apart."""
_AUTHORS = {"user": "User", "assistant": "Assistant", "text": "Text"}


def transcript(view: SessionView, exchange: Exchange, side: str, live: LiveAnswer | None) -> Content:
    """The system prompt and all turns so far, of a side that was asked. The last turn is the answer `live`, as far as
    it has come. While the sides are hidden, there is only what all of them have alike."""
    conversations = {name: _Conversation(view.request(view.side(name), exchange)) for name in exchange.asked}
    own = conversations[side]
    parts = []
    if exchange.hidden and len({each.system for each in conversations.values()}) > 1:
        parts.append(_part("System prompt", _HIDDEN, "$dim"))
    elif own.system is not None:
        parts.append(_part("System prompt", own.system))
    if exchange.hidden and len({each.earlier for each in conversations.values()}) > 1:
        parts.append(_part("Earlier turns", _HIDDEN, "$dim"))
    else:
        parts += [_part(_AUTHORS[turn.role], turn.content) for turn in own.earlier]
    parts += [_part(_AUTHORS[turn.role], turn.content) for turn in own.asked]
    shown = live if exchange.ended or not exchange.hidden else None
    return Content("\n\n").join([*parts, *_answer(own.request, shown)])


def stored_transcript(request: Request, live: LiveAnswer) -> Content:
    """The same of an answer that was stored, from the request that asked for it."""
    own = _Conversation(request)
    parts = [_part("System prompt", own.system)] if own.system is not None else []
    parts += [_part(_AUTHORS[turn.role], turn.content) for turn in (*own.earlier, *own.asked)]
    return Content("\n\n").join([*parts, *_answer(request, live)])


class _Conversation:
    """What is sent to a side: its system prompt, the turns before the question, the question."""

    def __init__(self, request: Request) -> None:
        turns = tuple(turn for turn in request.messages if turn.role != "system")
        last = len(turns) - (request.mode == "chat")
        self.request = request
        self.system = next((turn.content for turn in request.messages if turn.role == "system"), None)
        self.earlier: tuple[Message, ...] = turns[:last]
        self.asked: tuple[Message, ...] = turns[last:]


def _answer(request: Request, live: LiveAnswer | None) -> list[Content]:
    """The beginning that was given, what was thought, and the answer."""
    author = _AUTHORS["assistant" if request.mode == "chat" else request.mode]
    given = [_part(f"{author} · given beginning", request.prefill, "italic $ink")] if request.prefill else []
    if live is None:
        return given
    thought = [_part("Reasoning", live.reasoning, "$dim")] if live.reasoning else []
    state = "" if live.state == "done" else f" · {GLYPHS[live.state]} {live.state}"
    parts = [*given, *thought, _part(f"{author}{' · continued' if given else ''}{state}", live.text)]
    return [*parts, _part("Error", live.failure.message, "$fault")] if live.failure is not None else parts


def _part(heading: str, text: str, style: str = "$ink") -> Content:
    """A heading, and below it a text."""
    said = Content.styled(visible(text), style) if text else Content.styled("(empty)", "$dim")
    return Content.assemble((heading, "bold $ink"), "\n", said)
