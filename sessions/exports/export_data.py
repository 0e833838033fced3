"""What is exported."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from diptych.errors import SESSIONS
from diptych.sessions.blind_masking import masked, still_hidden
from diptych.sessions.records import Label, SavedAnswer, Session
from diptych.sessions.store import Store
from diptych.sessions.store_errors import TransferError


class Counted(NamedTuple):
    """What the measures make of an answer."""

    question: str
    """What was asked, as they name it: with what sets it apart from others to the same question."""
    draw: bool
    """Whether it is a sample: it came to its end, and repeats no other where the endpoint does not sample."""


@dataclass(frozen=True)
class ExportData:
    """A session with its answers, read from the store each time that they are asked for. Answers whose sides are still
    hidden come masked."""

    store: Store
    session: Session
    """Without its sides, while any are hidden."""
    labels: Mapping[int, Sequence[Label]]
    """By the number of the answer."""
    hidden: frozenset[int] = frozenset()
    """The numbers of the answers whose sides are hidden."""
    measures: Mapping[str, Any] = field(default_factory=dict)
    """Rates and differences as `diptych run --json` has them: "measures", "contrasts", "tests" and "warnings"."""
    counted: Mapping[int, Counted] = field(default_factory=dict)
    """By the number of the answer, where that is known: what the measures count it as."""

    @classmethod
    def of(cls, store: Store, session_id: int) -> "ExportData":
        """A session of a store. Raises TransferError, StoreError."""
        session = store.session(session_id)
        if session is None:
            raise TransferError(f"there is no session {session_id}", SESSIONS)
        labels = store.labels(session_id)
        hidden = frozenset(still_hidden(store.answers(session_id), labels)) if store.blind(session_id) else frozenset()
        by_answer: dict[int, list[Label]] = defaultdict(list)
        for label in labels:
            by_answer[label.answer].append(label)
        shown = msgspec.structs.replace(session, sides=()) if hidden else session
        return cls(store, shown, by_answer, hidden)

    def answers(self) -> Iterator[SavedAnswer]:
        """The answers in the order in which they were asked for; masked ones in that in which they were shown. Nothing
        counts that was found in what is no sample."""
        return (SavedAnswer(number, answer.counted()) for number, answer in self.kept())

    def kept(self) -> Iterator[SavedAnswer]:
        """The same with what was found in each, whether it counts or not."""
        rows = (
            masked(self.store.answers(self.session.id), self.hidden)
            if self.hidden
            else self.store.each_answer(self.session.id)
        )
        return (SavedAnswer(number, answer.with_advice()) for number, answer in rows)

    def sides(self) -> list[str]:
        """The names of the sides, the base first; while any are hidden, as the answers name them."""
        named = [side.name for side in self.session.sides]
        return list(dict.fromkeys([*named, *(row.answer.side for row in self.answers())]))
