"""The console's engine: one prompt to all sides at once, again, or stopped."""

import asyncio
import random
from bisect import insort
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from diptych.backends import BackendError, Message, Mode, check_reachable
from diptych.compare.answers import (
    ASKED_AGAIN,
    GUESSING,
    NEW_QUESTION,
    LiveAnswer,
    PlannedAnswer,
    Question,
    Side,
    answer,
    backends_of,
    of_sample,
    slim,
)
from diptych.compare.checks import Divergence, Likelihoods
from diptych.compare.console.background_samples import MoreSamples
from diptych.compare.console.blind_labels import Said, label_of
from diptych.compare.console.exchange import Exchange
from diptych.compare.console.exchange_counts import Counted
from diptych.compare.console.exchange_setup import Manner
from diptych.compare.console.guessing import answer_guessed
from diptych.compare.console.restoring import exchanges_of, replayed
from diptych.compare.console.sample_table import wordings_of
from diptych.compare.counts import Count, Tally, description_in, guess_mode, tally_of
from diptych.compare.judges import Judge, judged
from diptych.detectors import TrainingRows
from diptych.probes import DetectorSpec, Probe
from diptych.sessions import Answer, Failure, Label, Recorder, SavedAnswer, Session, StoreError, still_hidden


class Comparison(Manner, Counted):
    """A pair under comparison. Everything that a view shows is read from here; `woken` says when to look."""

    asks = True
    """Whether anything can be asked in it."""

    def __init__(
        self,
        pair: str,
        sides: Sequence[Side],
        recorder: Recorder,
        probe: Probe | None = None,
        own_detectors: Sequence[DetectorSpec] = (),
        rows: TrainingRows | None = None,
        judge: Side | None = None,
    ) -> None:
        """`own_detectors` watch besides the usual ones where no probe is chosen; `rows` are what a side was fine-tuned
        on, where that is known; `judge` is asked what the judges of a probe ask."""
        Manner.__init__(self, sides, probe, own_detectors, rows)
        Counted.__init__(self)
        self.pair = pair
        self.fresh = True
        """Whether each question goes to a fresh instance, or continues each side's own conversation."""
        self.blind = False
        """Whether the sides of the next questions are shuffled and unnamed until a person has labelled them."""
        self._coming: list[Exchange] = []
        """Wordings that are asked in the background, of which no answer has come yet."""
        self.woken = asyncio.Event()
        self.unsaved: StoreError | None = None
        """Why the last answer was not kept, if it was not."""
        self.more: MoreSamples | None = None
        """The samples that were asked for last in the background."""
        self.samples_wanted = 10
        """How many were asked for at once the last time."""
        self._recorder = recorder
        self._judge = judge
        self._tasks: dict[str, tuple[asyncio.Task[None], LiveAnswer]] = {}
        """The newest task of each side that has one under way, and the answer that it brings."""
        self._unfinished: set[asyncio.Task[None]] = set()
        """Those, and stopped ones that are still being saved."""
        self._said = Said()
        self._histories: dict[str, tuple[Message, ...]] = {side.name: () for side in sides}
        self._session_begun = asyncio.Lock()
        self._likelihoods = Likelihoods()

    @property
    def session(self) -> int | None:
        """The number of the session, once something was asked."""
        return self._recorder.session

    @property
    def recognised(self) -> Count:
        """How often the tuned side was told from the others while they were hidden."""
        return self._said.recognised

    @property
    def streaming(self) -> bool:
        """Whether an answer is under way."""
        return bool(self._tasks)

    def answering(self, side: str) -> bool:
        """Whether an answer of a side is under way."""
        return side in self._tasks

    @property
    def notices(self) -> list[str]:
        """What a reader has to know of how the endpoints are asked, each once."""
        judge = (self._judge,) if self._judge is not None else ()
        return list(dict.fromkeys(n for backend in backends_of((*self.sides, *judge)) for n in backend.notices))

    async def restore(self, session: Session, saved: Sequence[SavedAnswer], labels: Sequence[Label] = ()) -> None:
        """Take up a saved session. Raises StoreError."""
        await self._recorder.continue_session(session)
        self.exchanges = exchanges_of(saved, still_hidden(saved, labels), self._names)
        self.tally = tally_of(session, (stored for _, stored in saved))
        for exchange in self.exchanges:
            exchange.answers = {name: self.replay(asked.answer) for name, asked in exchange.kept.items()}
            exchange.setups = self._setups_of(exchange)
            exchange.watched = self._watching
            exchange.probe = self._probe_that_asked(exchange, session.probe)
        for exchange in [e for e in self.exchanges if e.question.is_guess]:
            self._restore_guessed(exchange)
        self._said.note(labels)
        self._said.count_kept(saved, self._tuned)

    def ask(
        self,
        prompt: str,
        condition: str | None = None,
        mode: Mode = "chat",
        prefill: str = "",
        to: Sequence[str] | None = None,
        after: Exchange | None = None,
    ) -> Exchange:
        """Send `prompt` to every side, or to those named in `to`; with what they had been told before, or before
        the exchange `after`. A condition of the probe brings its own form and beginning, unless others are wished.

        Answers that are under way are stopped and say so: the slower side's would be lost where the other's counts, so
        whoever can wait asks when nothing is `streaming`."""
        self.stop(why=NEW_QUESTION)
        brought = self.probe.condition(condition) if self.probe is not None else None
        if brought is not None and mode == "chat" and not prefill:
            mode, prefill = brought.mode, brought.prefill
        before = self._histories if after is None else after.histories
        opening = brought.before if brought is not None else ()
        # Who was left out would give away who was asked.
        hidden = self.blind and to is None
        exchange = Exchange(
            number=self._next_number(),
            question=Question(prompt, condition, mode, prefill),
            asked=tuple(side.name for side in self.sides if to is None or side.name in to),
            probe=self.probe.id if self.probe is not None else None,
            order=self._shuffled() if hidden else self._names,
            hidden=hidden,
            histories={name: opening if self.fresh else told or opening for name, told in before.items()},
            setups=self._setups(condition) if after is None else dict(after.setups),
            watched=self._watching if after is None else after.watched,
        )
        self.exchanges.append(exchange)
        for name in exchange.asked:
            self._begin(self.side(name), exchange)
        return exchange

    def as_chosen_now(self, ask: Callable[[], Exchange]) -> Callable[[], Exchange]:
        """`ask`, for later: with the probe that is chosen now, and blind or not, fresh or not, as it is now."""
        chosen = self.probe, self.fresh, self.blind

        def later() -> Exchange:
            by_then = self.probe, self.fresh, self.blind
            self.probe, self.fresh, self.blind = chosen
            try:
                return ask()
            finally:
                self.probe, self.fresh, self.blind = by_then

        return later

    def branch(self, exchange: Exchange, beginning: str) -> Exchange:
        """Let the sides that were asked go on from `beginning`, in place of their answers so far."""
        to = None if len(exchange.asked) == len(self.sides) else exchange.asked
        question = exchange.question
        if question.mode in ("chat", "quoted"):
            return self.ask(question.prompt, None, question.mode, question.prefill + beginning, to, exchange)
        return self.ask(question.prompt + beginning, None, question.mode, "", to, exchange)

    def guess(self, exchange: Exchange, of: str) -> Exchange | None:
        """The guessability control: the first side goes on from the answer of the side `of`, up to where it begins to
        describe its pattern. None when that answer describes nothing."""
        live = exchange.answers[of]
        described = description_in(live.findings)
        if described is None or exchange.question.mode != "chat":
            return None
        base = self.sides[0]
        beginning = exchange.question.prefill + live.text[: described.spans[0].start]
        guessed = self.ask(exchange.prompt, GUESSING, guess_mode(base), beginning, (base.name,), after=exchange)
        self._show_guessed(guessed, of, live)
        return guessed

    def again(self, exchange: Exchange, side_name: str | None = None) -> None:
        """Ask the question of an exchange once more: of one side, or of all that it went to."""
        for name in exchange.asked:
            if side_name in (None, name):
                self.stop(name, ASKED_AGAIN)
                self._begin(self.side(name), exchange)

    def wordings(self, exchange: Exchange) -> list[str]:
        """All prompts that ask what an exchange asks: those of its condition in the probe, and whatever was asked."""
        return wordings_of(exchange, self.exchanges, self.probe)

    def sample(self, exchange: Exchange, count: int, all_wordings: bool = False) -> None:
        """Ask each side that an exchange went to for `count` more samples in the background, of its prompt or of all
        wordings in turn. Those of another question that are under way are stopped."""
        prompts = self.wordings(exchange) if all_wordings else [exchange.prompt]
        exchanges = [self._exchange_in(prompt, exchange) for prompt in prompts]
        if self.more is not None and self.more.under_way:
            if self.more.exchanges == tuple(exchanges):
                self.more.more(count)
                return
            self.more.stop()
        self.more = MoreSamples(
            exchanges,
            count,
            [self.side(name) for name in exchange.asked],
            lambda side, of: self._request(side, of, self._setup(side, of).sampling),
            self._detectors_for,
            self._recorder,
            self._keep_sample,
        )
        self._in_background(self._ask_more(self.more))

    def _exchange_in(self, prompt: str, exchange: Exchange) -> Exchange:
        """An exchange that differs from another in its prompt alone: that one, one that was asked, or one to come."""
        there = (exchange, *self.exchanges, *self._coming)
        for other in there:
            alike = (other.prompt, other.group, other.asked) == (prompt, exchange.group, exchange.asked)
            if alike and other.asked_like(exchange):
                return other
        self._coming.append(exchange.in_other_words(self._next_number(), prompt))
        return self._coming[-1]

    def stop(self, side_name: str | None = None, why: Failure | None = None) -> None:
        """End the answers that are under way; what has come is kept, and `why` where nobody wished it for its own
        sake."""
        for name, (task, live) in self._tasks.items():
            if side_name in (None, name) and not task.cancelling():
                live.stopped_for = why
                task.cancel()

    def stop_more(self) -> None:
        """End the samples that are asked for in the background; what has come is kept."""
        if self.more is not None and self.more.under_way:
            self.more.stop()

    def use_model(self, side_name: str, model: str) -> None:
        """Put another model of its endpoint on a side. What comes is another comparison: it begins a new session."""
        self.stop()
        self.stop_more()
        self.sides = tuple(replace(side, model=model) if side.name == side_name else side for side in self.sides)
        self.exchanges, self._coming, self.tally, self._said = [], [], Tally(), Said()
        self._histories = dict.fromkeys(self._names, ())
        self._in_background(self._likelihoods.close())
        self._likelihoods = Likelihoods()
        self._recorder.end_session()

    def divergence(self, exchange: Exchange, of: str, tuned: str) -> Divergence:
        """How likely the first side and the side `tuned` find the answer of the side `of`; scored as one looks on."""
        asked = [(side, self.request(side, exchange)) for side in (self.sides[0], self.side(tuned))]
        return self._likelihoods.divergence(exchange.answers[of], asked[0], asked[1])

    def judges(self, exchange: Exchange) -> list[Judge]:
        """The probe's judges of the answers of an exchange; none where no model is named for them."""
        side = self._judge
        if self.probe is None or side is None:
            return []
        return [Judge(spec, side) for spec in self.probe.judges if spec.reads(exchange.condition)]

    async def judge(self, exchange: Exchange, judges: Sequence[Judge]) -> None:
        """Ask judges about the finished answers of an exchange; verdicts that are there already stay."""
        kept = [exchange.kept[name] for name in exchange.asked if name in exchange.kept]
        try:
            answers = await judged(kept, judges, self._recorder, base=self.sides[0].name)
        except StoreError as error:
            self._not_saved(error)
            return
        for before, after in zip(kept, answers, strict=True):
            if exchange in self.exchanges:
                self._keep_verdicts(exchange, before, SavedAnswer(before.id, after))
        self.woken.set()

    async def reveal(self, exchange: Exchange, taken: int | None) -> bool | None:
        """Show which side is which, after a person has said which answer is the tuned side's: the number under which
        it is shown, or None when they cannot tell. Returns whether they were right, None for the latter."""
        exchange.hidden = False
        for side in exchange.asked:
            value = label_of(exchange, side, taken)
            if side in exchange.kept:
                await self.label(exchange, side, value, blind=True)
            if side == self._tuned:
                self._said.count(value)
        self.woken.set()
        return None if taken is None else exchange.order[taken - 1] == self._tuned

    def start_fresh(self, fresh: bool) -> None:
        """Choose between fresh instances and continued conversations; either begins without history."""
        self.fresh = fresh
        self._histories = dict.fromkeys(self._histories, ())

    async def warm_up(self, progress: Callable[[str, str], None], failed: Callable[[str, Failure], None]) -> None:
        """Start every backend, so that the first question need not wait, and see whether anybody is there. Tells by
        side what is done, "" at the end, or why it cannot be had."""

        async def warm(side: Side) -> None:
            try:
                await side.backend.start(lambda doing: progress(side.name, doing))
                await check_reachable(side.base_url.split(", ") if side.base_url is not None else [])
                progress(side.name, "")
            except BackendError as error:
                failed(side.name, Failure(error.kind, error.message, error.hint))

        await asyncio.gather(*(warm(side) for side in self.sides))

    async def vitals(self) -> str:
        """How the servers fare, in a few words for each; "" where none tells."""
        words = await asyncio.gather(*(backend.vitals() for backend in backends_of(self.sides)))
        return "   ".join(word for word in words if word)

    def replay(self, stored: Answer) -> LiveAnswer:
        """A kept answer as if it had just ended, with its marks."""
        return replayed(stored, self._new_detectors(Question.of(stored)), self.woken)

    @property
    def store(self) -> Path:
        """The file in which all sessions are kept."""
        return self._recorder.path

    async def label(self, exchange: Exchange, side_name: str, value: str, blind: bool) -> None:
        """Keep what a person said of an answer, if that is possible."""
        said = Label(exchange.kept[side_name].id, value, blind)
        try:
            await self._recorder.label(said.answer, value, blind)
        except StoreError as error:
            self._not_saved(error)
        else:
            self._said.note([said])
            self.woken.set()

    def labels(self, exchange: Exchange) -> dict[str, tuple[str, ...]]:
        """What people said of each side's answer in an exchange, once each; nothing while the sides are hidden."""
        if exchange.hidden:
            return {}
        return {side: self._said.of(asked.id) for side, asked in exchange.kept.items()}

    async def remember(self, key: str, value: str) -> None:
        """Keep a value for the next start, if that is possible."""
        try:
            await self._recorder.remember(key, value)
        except StoreError as error:
            self._not_saved(error)

    async def close(self) -> None:
        """Stop what is under way, save it, and end the backends."""
        self.stop()
        self.stop_more()
        await asyncio.gather(*self._unfinished, return_exceptions=True)
        await self._likelihoods.close()
        judge = (self._judge,) if self._judge is not None else ()
        for backend in backends_of((*self.sides, *judge)):
            await backend.close()
        await asyncio.to_thread(self._recorder.close)

    def _begin(self, side: Side, exchange: Exchange) -> None:
        live = LiveAnswer(side.name, partial(self._detectors_for, exchange), self.woken, exchange.question.prefix)
        exchange.answers[side.name] = live
        exchange.kept.pop(side.name, None)
        task = self._in_background(self._answer(side, exchange, live))
        self._tasks[side.name] = task, live
        task.add_done_callback(partial(self._ended, live))
        self.woken.set()

    def _in_background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Let work go on; `close` waits for it."""
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return task

    def _ended(self, live: LiveAnswer, task: asyncio.Task[None]) -> None:
        """Nothing more comes of an answer; its task may have been stopped before it had begun."""
        if self._tasks.get(live.side) == (task, live):
            del self._tasks[live.side]
        if not live.ended:
            live.finish("stopped")
        self.woken.set()

    async def _answer(self, side: Side, exchange: Exchange, live: LiveAnswer) -> None:
        planned = PlannedAnswer(
            exchange.question,
            exchange.number,
            exchange.next_sample(side.name),
            exchange.place(side.name) if exchange.hidden else None,
            planned=exchange.planned,
        )
        try:
            await self._ensure_session(exchange.prompt)
            request = of_sample(self.request(side, exchange), planned.sample)
            (asked,) = await answer(side, [planned], request, [live], self._recorder, refused=self._not_saved)
            self._keep(side, exchange, live, SavedAnswer(asked.id, slim(asked.answer)))
        except StoreError as error:
            self._not_saved(error)

    def _not_saved(self, error: StoreError) -> None:
        self.unsaved = error
        self.woken.set()

    def _keep(self, side: Side, exchange: Exchange, live: LiveAnswer, asked: SavedAnswer) -> None:
        """Count a finished answer, and let the conversation go on with it."""
        answered = asked.answer
        self.unsaved = None
        if exchange not in self.exchanges:
            return
        self.tally.add(answered)
        exchange.keep(asked)
        if exchange.answers.get(side.name) is live:
            exchange.kept[side.name] = asked
        said = not self.fresh and exchange.question.mode == "chat" and answered.finished
        if said and exchange is self.exchanges[-1]:
            turns = (Message("user", exchange.prompt), Message("assistant", exchange.question.prefill + answered.text))
            self._histories[side.name] = (*exchange.histories.get(side.name, ()), *turns)

    def _keep_verdicts(self, exchange: Exchange, before: SavedAnswer, judged: SavedAnswer) -> None:
        """Count what judges said of an answer, and show it unless the side was asked again meanwhile."""
        side = judged.answer.side
        verdicts = [finding for finding in judged.answer.findings if finding not in before.answer.findings]
        exchange.keep(judged)
        self.tally.replace(before.answer, judged.answer)
        if exchange.kept.get(side) is before:
            exchange.kept[side] = judged
            exchange.answers[side].add(verdicts)

    async def _ask_more(self, more: MoreSamples) -> None:
        try:
            await more.run(self._ensure_session(more.exchanges[0].prompt))
        except StoreError as error:
            self._not_saved(error)
        finally:
            self.woken.set()

    def _keep_sample(self, exchange: Exchange, asked: SavedAnswer) -> None:
        """Count what came in the background; the first answers to a wording are those that it is shown with."""
        self.unsaved = None
        if exchange in self._coming:
            self._coming.remove(exchange)
            insort(self.exchanges, exchange, key=lambda one: one.number)
        if exchange in self.exchanges:
            kept = SavedAnswer(asked.id, slim(asked.answer))
            if kept.answer.side not in exchange.answers:
                exchange.answers[kept.answer.side] = self.replay(asked.answer)
                exchange.kept[kept.answer.side] = kept
            self.tally.add(kept.answer)
            exchange.keep(kept)
        self.woken.set()

    def _next_number(self) -> int:
        return 1 + max((exchange.number for exchange in (*self.exchanges, *self._coming)), default=0)

    async def _ensure_session(self, title: str) -> None:
        async with self._session_begun:
            if self._recorder.session is None:
                records = tuple(side.record() for side in self.sides)
                probe = self.probe.id if self.probe is not None else None
                await self._recorder.begin_session(title[:80], self.pair, probe, records)

    @property
    def _tuned(self) -> str | None:
        """The side that a blind reader is to recognise; None where there is one side only."""
        return next(iter(self._names[1:]), None)

    def _shuffled(self) -> tuple[str, ...]:
        return tuple(random.sample(self._names, len(self._names)))

    def _show_guessed(self, guessed: Exchange, of: str, live: LiveAnswer) -> None:
        """Set the answer that is being guessed beside the guess."""
        guessed.answers[of] = live

    def _restore_guessed(self, guessed: Exchange) -> None:
        found = answer_guessed(guessed, self.exchanges)
        if found is not None:
            self._show_guessed(guessed, *found)
