"""Full-text search in prompts and answers."""

import re
import sqlite3
from typing import NamedTuple

from diptych.sessions.encoding import storable

_TERM = 3
"""Characters of an index term. A shorter text is searched in the texts themselves."""
_MOST_HITS = 20_000
"""Hits that are examined, so that a very common word takes no longer."""
_AROUND = 60
"""Characters that are shown on each side of a hit."""
_HIDDEN = (
    "place IS NOT NULL AND NOT EXISTS (SELECT 1 FROM labels JOIN answers AS other ON other.id = labels.answer_id"
    " WHERE other.session_id = answers.session_id AND other.exchange = answers.exchange)"
)
"""SQL condition: the side of an answer is still hidden, as in diptych.sessions.blind_masking."""


class Hit(NamedTuple):
    """Where a text was found: `before`, `hit` and `after` are the text around it."""

    session: int
    answer: int
    side: str
    """"" while it is hidden."""
    in_prompt: bool
    before: str
    hit: str
    after: str


def search(db: sqlite3.Connection, text: str, sessions: int) -> list[Hit]:
    """Return the newest hit of each session, newest first, for at most that many sessions. Case is ignored; every
    other character matches itself. Raises sqlite3.Error."""
    text = storable(text).replace("\0", "")
    if not text.strip():
        return []
    found: dict[int, Hit] = {}
    rows = db.execute(*_query(text))
    for seen, (answer, session) in enumerate(rows):
        if session not in found:
            found[session] = _hit(db, session, answer, text)
        if len(found) == sessions or seen == _MOST_HITS:
            break
    rows.close()
    return list(found.values())


def still_hidden_in(db: sqlite3.Connection, session: int) -> bool:
    """Return whether a session has answers whose side is still hidden. Raises sqlite3.Error."""
    rows = db.execute(f"SELECT EXISTS (SELECT 1 FROM answers WHERE session_id = ? AND {_HIDDEN})", (session,))  # noqa: S608
    return bool(rows.fetchone()[0])


def _query(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the SQL statement that yields answer and session, newest first, and its values."""
    if len(text) >= _TERM:
        phrase = '"' + text.replace('"', '""') + '"'
        return (
            "SELECT answers.id, session_id FROM answers_text JOIN answers ON answers.id = answers_text.rowid"
            " WHERE answers_text MATCH ? ORDER BY answers_text.rowid DESC",
            (phrase,),
        )
    like = "%" + re.sub(r"([%_\\])", r"\\\1", text) + "%"
    return (
        r"SELECT id, session_id FROM answers WHERE state <> 'streaming'"
        r" AND (text LIKE ? ESCAPE '\' OR prompt LIKE ? ESCAPE '\') ORDER BY id DESC",
        (like, like),
    )


def _hit(db: sqlite3.Connection, session: int, answer: int, text: str) -> Hit:
    prompt, said, side, hidden = db.execute(
        f"SELECT prompt, text, side, {_HIDDEN} FROM answers WHERE id = ?",  # noqa: S608
        (answer,),
    ).fetchone()
    pattern = re.compile(re.escape(text), re.IGNORECASE)
    match = pattern.search(said)
    in_prompt = match is None
    where = prompt if match is None else said
    match = match or pattern.search(prompt)
    start, end = match.span() if match else (0, 0)
    return Hit(
        session,
        answer,
        "" if hidden else side,
        in_prompt,
        where[max(0, start - _AROUND) : start],
        where[start:end],
        where[end : end + _AROUND],
    )
