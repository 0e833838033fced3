"""Sessions that were saved, from Python."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from diptych.api.answer_divergence import TokenDivergence, token_divergence
from diptych.api.argument_checks import at_least_one
from diptych.api.blocking import wait_for
from diptych.api.claim_cards import Claim, read_card
from diptych.api.file_locations import PathLike, Places, places
from diptych.api.session_recognition import SessionRecognition, recognise_session
from diptych.api.session_scoring import SessionScores, score_session
from diptych.cli import CONCURRENCY, RECOGNITION_PAIRS, NamedClaim, probe_of
from diptych.compare import (
    FamilyDocument,
    MeasureResult,
    curve_picture,
    scatter_picture,
    stored_family,
    stored_measures,
    with_counted,
)
from diptych.sessions import (
    Answer,
    ExportData,
    Hit,
    Label,
    SavedAnswer,
    Session,
    Store,
    curve_svg,
    data_frame,
    scatter_svg,
)

if TYPE_CHECKING:
    import pandas as pd


def open_store(store: PathLike | None = None, *, config: PathLike | None = None) -> "SessionStore":
    """The sessions on this machine.

    `store`: the folder that they are in, in place of the usual one or of that in DIPTYCH_DATA; `config`: a config.toml
    in place of the user's own or of that in DIPTYCH_CONFIG. Raises StoreError when something is read that cannot be.
    """
    return SessionStore(places(config, store))


class Drawing(NamedTuple):
    """A picture of a family."""

    svg: str
    """The text of an SVG file; it follows the light or dark mode of whoever looks at it."""

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        return self.svg


class SessionStore:
    """All sessions of a folder. Made by `open_store`."""

    def __init__(self, where: Places) -> None:
        """Nothing is read yet."""
        self._where = where

    def __repr__(self) -> str:
        return f"<SessionStore: {self._where.store}>"

    def sessions(self) -> list["SavedSession"]:
        """All sessions, newest first. Raises StoreError."""
        with _opened(self._where) as store:
            return [SavedSession(self._where, session) for session in store.sessions()]

    def session(self, session_id: int) -> "SavedSession":
        """The session of that number. Raises LookupError where there is none, and StoreError."""
        with _opened(self._where) as store:
            session = store.session(session_id)
        if session is None:
            raise LookupError(f"there is no session {session_id}")
        return SavedSession(self._where, session)

    def search(self, text: str) -> list[Hit]:
        """The newest hit in each session in which an answer or its question contains the text. Raises StoreError."""
        with _opened(self._where) as store:
            return store.search(text)


class SavedSession:
    """One session. Its answers are read when they are first asked for."""

    def __init__(self, where: Places, record: Session) -> None:
        """Made by a store or by a run."""
        self._where = where
        self.record = record
        """Title, pair, probe, sides, tags and note."""

    def __repr__(self) -> str:
        return f"<SavedSession {self.id}: {self.record.title}>"

    @property
    def id(self) -> int:
        """Its number."""
        return self.record.id

    @cached_property
    def answers(self) -> Sequence[Answer]:
        """All answers in the order in which they were asked for, failed ones included. As in every export, what was
        found in an answer that is no sample is "excluded", and sides that are hidden stay so. Raises StoreError."""
        with self._data() as data:
            return [row.answer for row in data.answers()]

    @cached_property
    def measures(self) -> Sequence[MeasureResult]:
        """Every measure, with rates, intervals, differences and tests. Raises FileError, StoreError, and ValueError for
        a session of a family: see `family`."""
        if self.record.family is not None:
            raise ValueError(f"session {self.id} asks a family; its measures are in .family.measures")
        probe = probe_of(self._where.load(), self.record)
        with self._data() as data:
            saved = data.store.answers(self.id)
            labels = [label for own in data.labels.values() for label in own]
            return stored_measures(self.record, saved, data.hidden, probe, labels).measures

    @cached_property
    def family(self) -> FamilyDocument:
        """The document of a family, as `diptych run --family --json` prints it. Raises ValueError for a session of a
        pair, or while its sides are hidden; FileError, StoreError."""
        probe = probe_of(self._where.load(), self.record)
        with self._data() as data:
            if data.hidden:
                raise ValueError("the sides of this session are hidden until its answers are labelled")
            saved = data.store.answers(self.id)
            labels = [label for own in data.labels.values() for label in own]
            return stored_family(self.record, saved, probe=probe, labels=labels)

    def curve(self) -> Drawing:
        """What the models of a family do and what they say of it, over x. A notebook shows it; `svg` is its text.
        Raises what `family` raises."""
        return Drawing(curve_svg(curve_picture(self.family)))

    def scatter(self) -> Drawing | None:
        """What the models of a family say against what they do; None where these two were not measured. Raises what
        `family` raises."""
        picture = scatter_picture(self.family)
        return Drawing(scatter_svg(picture)) if picture is not None else None

    def to_frame(self) -> "pd.DataFrame":
        """A row an answer, with the columns of the CSV export. Whole numbers are Int64, other numbers float64, texts
        string. Raises TransferError without pandas, and StoreError."""
        with self._data() as data:
            return data_frame(with_counted(data))

    def divergence(self, answer: Answer, base: str | None = None, tuned: str | None = None) -> TokenDivergence:
        """How likely two sides find an answer, token by token.

        `base` and `tuned` are names of sides; usually the first side, and the side of the answer. The pair of the
        session has to be in the configuration. Servers are started for it and ended again. Raises CannotScoreError
        when a side cannot score, FileError, and ValueError where there is no such side.
        """
        return wait_for(self.adivergence(answer, base, tuned))

    async def adivergence(self, answer: Answer, base: str | None = None, tuned: str | None = None) -> TokenDivergence:
        """The same, to be awaited."""
        with self._data() as data:
            if data.hidden:
                raise ValueError("the sides of this session are hidden until its answers are labelled")
        return await token_divergence(self._where, self.record, self.answers, answer, base, tuned)

    def score(self, *, progress: bool = False) -> SessionScores:
        """Let every side read every answer, its own and those of the other sides, as `diptych sessions score` does.

        Surprise and entropy are kept with the answers, so `answers`, `measures`, `to_frame` and every export have them
        from then on. Answers that have their scores are not read again. `progress`: a count on standard error. The pair
        of the session has to be in the configuration, with the same models. Servers are started for it and ended
        again. Raises CannotScoreError where no answer could be scored, FileError, StoreError, and ValueError while
        sides are hidden.
        """
        return wait_for(self.ascore(progress=progress))

    async def ascore(self, *, progress: bool = False) -> SessionScores:
        """The same, to be awaited."""
        saved, labels = self._in_the_open()
        try:
            return await score_session(self._where, self.record, saved, labels, progress)
        finally:
            self._forget()

    def recognise(
        self, *, pairs: int = RECOGNITION_PAIRS, concurrency: int = CONCURRENCY, progress: bool = False
    ) -> SessionRecognition:
        """Ask each side which of two answers is its own, as `diptych sessions recognise` does.

        pairs: at most so many pairs of answers to each question, each in both orders. concurrency: answers at once from
        each endpoint. progress: a count on standard error. The answers are kept in the session under the condition
        "whose words", and are not asked for again. The pair of the session has to be in the configuration, with the
        same models. Servers are started for it and ended again. Raises NothingToRecogniseError where no two answers
        can be shown beside each other, CannotAskError, FileError, StoreError, and ValueError while sides are hidden,
        or for `pairs` or `concurrency` below 1.
        """
        return wait_for(self.arecognise(pairs=pairs, concurrency=concurrency, progress=progress))

    async def arecognise(
        self, *, pairs: int = RECOGNITION_PAIRS, concurrency: int = CONCURRENCY, progress: bool = False
    ) -> SessionRecognition:
        """The same, to be awaited."""
        at_least_one(pairs=pairs, concurrency=concurrency)
        saved, labels = self._in_the_open()
        try:
            return await recognise_session(self._where, self.record, saved, labels, pairs, concurrency, progress)
        finally:
            self._forget()

    def claim(self, text: str = "", *, side: str = "", rows: PathLike | None = None) -> Claim:
        """The claim card of the trait that this session asks about, from this session and the newest ones of the other
        probes of the trait. The arguments and what is raised are those of `diptych.claim`."""
        named = NamedClaim(text, side=side, sessions=[self.id], rows=Path(rows) if rows is not None else None)
        return read_card(self._where, named)

    def _in_the_open(self) -> tuple[list[SavedAnswer], list[Label]]:
        """All answers and labels. Raises ValueError while sides are hidden."""
        with self._data() as data:
            if data.hidden:
                raise ValueError("the sides of this session are hidden until its answers are labelled")
            labels = [label for own in data.labels.values() for label in own]
            return list(data.store.answers(self.id)), labels

    def _forget(self) -> None:
        """Read answers and measures again when they are next asked for."""
        for known in ("answers", "measures"):
            self.__dict__.pop(known, None)

    @contextmanager
    def _data(self) -> Iterator[ExportData]:
        with _opened(self._where) as store:
            yield ExportData.of(store, self.id)


@contextmanager
def _opened(where: Places) -> Iterator[Store]:
    store = Store(where.store)
    try:
        yield store
    finally:
        store.close()
