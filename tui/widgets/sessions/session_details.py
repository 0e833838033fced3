"""What is known of the session under the cursor, below the list."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from textual.content import Content
from textual.widget import Widget

from diptych.compare import Headline, LabelAgreement
from diptych.sessions import SIDE_NAMES, Session, interval_names
from diptych.tui.formatting import counted, interval_words
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.sessions.session_columns import UNTITLED, in_one_line, tags_of

_BY_NEED = ("headline", "asked", "title", "note", "labels")
"""What gets more than one row first, where there are rows to spare."""
_ARMS = 4
"""Arms of a family that are named."""


class SessionDetails(Widget):
    """Title and tags, pair and models, the headline with its intervals, labels, the note."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, Content] = {}

    def show(self, session: Session | None, found: Headline | None, labelled: Sequence[LabelAgreement]) -> None:
        """Show a session, or nothing."""
        self._lines = {}
        if session is not None:
            title, tags = in_one_line(session.title) or UNTITLED, in_one_line(tags_of(session))
            self._lines = {
                "title": Content.assemble((title, "bold $ink"), (f"  {tags}", "$dim")),
                "asked": Content.styled(in_one_line(_asked(session)), "$dim"),
                "headline": _headline_words(found),
                "labels": Content.styled(visible(_agreement_words(labelled)), "$ink"),
                "note": Content.styled(in_one_line(session.note), "$ink"),
            }
        self.refresh()

    def render(self) -> Content:
        """Each on a row of its own, and on more where there are rows to spare."""
        width, spare = max(1, self.size.width), self.size.height
        wrapped = {name: line.wrap(width) for name, line in self._lines.items() if line.plain.strip()}
        spare -= len(wrapped)
        shown = dict(wrapped)
        for name in _BY_NEED:
            if name in wrapped:
                shown[name] = _first(wrapped[name], 1 + max(0, spare), width)
                spare -= len(shown[name]) - 1
        return Content("\n").join(row for rows in shown.values() for row in rows)


def _first(rows: list[Content], most: int, width: int) -> list[Content]:
    """The first rows of a text; the last one shows if there are more."""
    if len(rows) <= most:
        return rows
    return [*rows[: most - 1], Content(" ").join(rows[most - 1 :]).truncate(width, ellipsis=True)]


def _asked(session: Session) -> str:
    when = session.created[:16].replace("T", " ")
    named = session.pair if session.family is None else f"family {session.pair}"
    return f"{when} UTC · {named} · {session.probe or 'no probe'} · {_models(session)}"


def _models(session: Session) -> str:
    """The model of each side; of a family, which may have many, how many members each arm has."""
    if session.family is None:
        return " · ".join(f"{side.name}:\N{NO-BREAK SPACE}{side.model}" for side in session.sides)
    arms = Counter(side.arm_name for side in session.sides)
    named = [f"{count:,}\N{NO-BREAK SPACE}{arm}" for arm, count in islice(arms.items(), _ARMS)]
    more = f" and {counted(len(arms) - _ARMS, 'arm')} more" if len(arms) > _ARMS else ""
    return f"{counted(len(session.sides), 'member')}: {', '.join(named)}{more}"


def _headline_words(found: Headline | None) -> Content:
    """The measure, k/N and interval of each side; of a family those of its first members."""
    if found is None:
        return Content("")
    parts: list[Content | str | tuple[str, str]] = [(in_one_line(found.label), "$ink")]
    for side in found.sides[: len(SIDE_NAMES)]:
        color = f"$side-{side.side}" if side.side in SIDE_NAMES else "$dim"
        excluded = f", {side.excluded:,} excluded" if side.excluded else ""
        parts += [
            (f"  {visible(side.side)} {side.k}/{side.n}{excluded}", color),
            (f" {interval_words(side.interval)}", "$dim"),
        ]
    if (more := len(found.sides) - len(SIDE_NAMES)) > 0:
        parts.append((f"  and {more:,} more", "$dim"))
    kinds = interval_names(side.kind for side in found.sides)
    return Content.assemble(*parts, (f"  {kinds} · {in_one_line(found.condition)}", "$dim"))


def _agreement_words(rows: Sequence[LabelAgreement]) -> str:
    """The best detector of each label, with its counts."""
    first = {row.value: row for row in reversed(rows)}
    return "   ".join(
        f"label “{in_one_line(row.value)}” against {in_one_line(row.label)}: {row.words}" for row in first.values()
    )
