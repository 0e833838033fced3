"""Hides which side gave an answer until a person has labelled it. Nothing that is shown may reveal the side."""

from collections.abc import Collection, Sequence

from diptych.sessions.records import Answer, Failure, Label, SavedAnswer


def still_hidden(saved: Sequence[SavedAnswer], labels: Sequence[Label]) -> set[int]:
    """Return the numbers of the answers whose sides are still hidden: those of blind exchanges without a label."""
    labelled = {label.answer for label in labels}
    open_ = {a.answer.exchange for a in saved if a.id in labelled}
    return {a.id for a in saved if a.answer.position is not None and a.answer.exchange not in open_}


def masked(saved: Sequence[SavedAnswer], hidden: Collection[int]) -> list[SavedAnswer]:
    """Return the answers for display or export. Hidden ones come without side, model, speed, order and findings."""
    rows = [SavedAnswer(0, _masked(row.answer)) if row.id in hidden else row for row in saved]
    return sorted(rows, key=lambda row: (row.answer.exchange, row.answer.position or 0))


def _masked(answer: Answer) -> Answer:
    failure = (
        Failure("failed", "the reason is shown once the answers are labelled", "label them") if answer.failure else None
    )
    return Answer(
        exchange=answer.exchange,
        side=str(answer.position),
        prompt=answer.prompt,
        condition=answer.condition,
        sample=answer.sample,
        request={},
        state=answer.state,
        text=answer.text,
        failure=failure,
        mode=answer.mode,
        prefill=answer.prefill,
        reasoning=answer.reasoning,
        position=answer.position,
    )
