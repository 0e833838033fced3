"""What a screen may read of a console session, and how it learns that something has changed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from diptych.backends import Request
from diptych.compare.answers import Changes, LiveAnswer, Overrides, Setup, Side
from diptych.compare.checks import AnswerScoring, Divergence
from diptych.compare.console.asked_members import AskedMembers
from diptych.compare.console.background_samples import BackgroundSamples
from diptych.compare.console.exchange import Exchange
from diptych.compare.console.label_agreement import LabelAgreement
from diptych.compare.console.sample_table import Sample
from diptych.compare.counts import Count, Measure, PickedAnswer, Tally
from diptych.detectors import WatchRule
from diptych.probes import Probe
from diptych.sessions import Answer, StoreError


class SessionView(Protocol):
    """A console session, read-only. A comparison provides one and a replay provides one; a screen that takes a view
    can show either. To change something, a screen calls a command of the comparison or of the replay."""

    @property
    def changes(self) -> Changes:
        """Announces each change; subscribe to it instead of looking again and again."""

    # What is asked

    @property
    def pair(self) -> str:
        """The name of the pair."""

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that are on the screen, the base first."""

    @property
    def family(self) -> AskedMembers | None:
        """The family of the sides, if they are members of one. Others of its members may come onto the screen."""

    @property
    def probe(self) -> Probe | None:
        """The probe that is chosen for the next question."""

    @property
    def fresh(self) -> bool:
        """Whether each question goes to a fresh instance; otherwise it continues each side's own conversation."""

    @property
    def blind(self) -> bool:
        """Whether the sides of the next question are shuffled and unnamed until a person has labelled them."""

    @property
    def samples_wanted(self) -> int:
        """How many more samples are asked for in the background, if nobody says otherwise then."""

    @property
    def overrides(self) -> Overrides:
        """What a person chose for the next questions in place of what the pair and the probe say."""

    def setups(self, condition: str | None) -> dict[str, Setup]:
        """What each side would be asked with now."""

    def side(self, name: str) -> Side:
        """The side of that name."""

    def request(self, side: Side, exchange: Exchange) -> Request:
        """The request for one answer of a side in an exchange."""

    def wordings(self, exchange: Exchange) -> list[str]:
        """All prompts that ask what an exchange asks: those of its condition in the probe, and whatever was asked."""

    @property
    def watch(self) -> WatchRule | None:
        """What a person looks for in all answers of the session."""

    # What has come

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """The questions with their answers, in the order in which they were asked."""

    @property
    def streaming(self) -> bool:
        """Whether an answer is under way, not counting samples in the background."""

    def answering(self, side: str) -> bool:
        """Whether an answer of a side is under way."""

    @property
    def background(self) -> BackgroundSamples | None:
        """The samples that were asked for last in the background; None before the first."""

    @property
    def scoring(self) -> AnswerScoring | None:
        """How far the answers are scored that a person wanted scored last; None before the first."""

    def replayed(self, stored: Answer, probe: Probe | None = None) -> LiveAnswer:
        """A stored answer as if it had just ended, with the marks that the detectors of today set: those of a probe;
        without one those that watch now."""

    def divergence(self, exchange: Exchange, of: str, tuned: str) -> Divergence:
        """How likely the first side and the side `tuned` find the answer of the side `of`. It is scored in the
        background; each step is announced."""

    # What is counted and said

    @property
    def tally(self) -> Tally:
        """The counts of all answers."""

    @property
    def recognised(self) -> Count:
        """How often people recognised the tuned side while the sides were hidden."""

    def settings(self, exchange: Exchange) -> str:
        """What sets the answers of an exchange apart from others to the same question; only answers with the same
        settings are counted together."""

    def measures(self, exchange: Exchange) -> dict[Measure, dict[str, Count]]:
        """The counts of an exchange's question by measure and side; also measures without any count yet."""

    def counted_with(self, exchange: Exchange, all_wordings: bool = False) -> list[Exchange]:
        """The exchanges whose answers are counted together with those of one."""

    def samples(self, exchange: Exchange, side: str, all_wordings: bool = False) -> list[Sample]:
        """The answers of a side that are counted together with those of an exchange."""

    def labels(self, exchange: Exchange) -> dict[str, tuple[str, ...]]:
        """The labels that people gave each side's answer, once each; none while the sides are hidden."""

    def said(self, question: str) -> dict[int, str]:
        """What people said of answers that were picked at random, by the number of the answer: whether they show
        the measure of that name."""

    def to_label(self, measure: Measure) -> list[PickedAnswer]:
        """The answers, picked at random, that are still to be labelled until 20 answers of each side have a label for a
        measure, or 20 more; none if all have one, or while an answer to the question is hidden."""

    def agreement(self, measure: Measure) -> list[LabelAgreement]:
        """How far people, who were asked about a measure, agree with each detector and judge."""

    # Where it is stored

    @property
    def store(self) -> Path:
        """The file in which all sessions are stored."""

    @property
    def session(self) -> int | None:
        """The number of the session in the store; None before the first question."""

    @property
    def unsaved(self) -> StoreError | None:
        """Why the last answer could not be saved; None if it was saved."""
