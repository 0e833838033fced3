"""The session that is exported, with its answers, labels and measures."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from diptych.errors import SESSIONS
from diptych.sessions.blind_masking import masked, still_hidden
from diptych.sessions.family_pictures import CurvePicture, ScatterPicture
from diptych.sessions.records import Answer, Label, SavedAnswer, Session, SideRecord
from diptych.sessions.store import Store
from diptych.sessions.store_errors import TransferError


class Counted(NamedTuple):
    """How the measures count an answer."""

    question: str
    """The name of its question in the measures, including what distinguishes it from similar ones."""
    draw: bool
    """Whether it is a sample: it was completed, and does not repeat another answer of an endpoint that does not
    sample."""


@dataclass(frozen=True)
class ExportData:
    """A session for export. Answers are read from the store on each call; those whose sides are hidden come masked."""

    store: Store
    session: Session
    """Without its sides while any are hidden."""
    labels: Mapping[int, Sequence[Label]]
    """By the number of the answer."""
    hidden: frozenset[int] = frozenset()
    """The numbers of the answers whose sides are hidden."""
    measures: Mapping[str, Any] = field(default_factory=dict)
    """Rates and differences as in `diptych run --json`: "measures", "contrasts", "tests" and "warnings"."""
    pictures: Sequence[CurvePicture | ScatterPicture] = ()
    """Of a family."""
    counted: Mapping[int, Counted] = field(default_factory=dict)
    """By the number of the answer, if known: how the measures count it."""
    models: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The models that were asked as each side; none while any sides are hidden."""
    on_answer: Callable[[], None] | None = None
    """Called after each answer that is read. What it raises stops the export."""

    @classmethod
    def of(cls, store: Store, session_id: int) -> "ExportData":
        """Read a session of a store. Raises TransferError, StoreError."""
        session = store.session(session_id)
        if session is None:
            raise TransferError(f"there is no session {session_id}", SESSIONS)
        labels = store.labels(session_id)
        hidden = (
            frozenset(still_hidden(store.answers(session_id), labels)) if store.was_blind(session_id) else frozenset()
        )
        by_answer: dict[int, list[Label]] = defaultdict(list)
        for label in labels:
            by_answer[label.answer].append(label)
        shown = msgspec.structs.replace(session, sides=()) if hidden else session
        return cls(store, shown, by_answer, hidden, models={} if hidden else store.models(session_id))

    def answers(self) -> Iterator[SavedAnswer]:
        """Yield the answers in the order in which they were asked, masked ones in the order in which they were
        shown. Findings of answers that are not samples are excluded."""
        return (SavedAnswer(number, answer.counted()) for number, answer in self.all_answers())

    def all_answers(self) -> Iterator[SavedAnswer]:
        """Yield the same answers with all their findings, whether they count or not."""
        rows = (
            masked(self.store.answers(self.session.id), self.hidden)
            if self.hidden
            else self.store.each_answer(self.session.id)
        )
        for number, answer in rows:
            if self.on_answer is not None:
                self.on_answer()
            yield SavedAnswer(number, answer.with_advice())

    def models_of(self, side: SideRecord) -> str:
        """Return the names of all models that a side had, or of the one that it began with."""
        return ", ".join(self.models.get(side.name, ())) or side.model

    def side_of(self, answer: Answer) -> str:
        """Return the name of the side of an answer, with its model if the side had several."""
        several = len(self.models.get(answer.side, ())) > 1
        return ", ".join((answer.side, *([str(answer.request.get("model"))] if several else [])))

    def member(self, name: str) -> SideRecord | None:
        """Return the member of a family with that name; None for the side of a pair, and while sides are hidden."""
        return self._members.get(name)

    @cached_property
    def _members(self) -> dict[str, SideRecord]:
        return {side.name: side for side in self.session.sides} if self.session.family is not None else {}

    def sides(self) -> list[str]:
        """Return the names of the sides, the base first; while any are hidden, the names that the answers have."""
        named = [side.name for side in self.session.sides]
        return list(dict.fromkeys([*named, *(row.answer.side for row in self.answers())]))
