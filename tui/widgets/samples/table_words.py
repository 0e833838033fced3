"""What is said of the table of answers: its order, its filter, its intervals, the wordings in it."""

from collections.abc import Sequence

from diptych.compare import Exchange, SessionView, TableOptions, repetition_note
from diptych.sessions import interval_names, intervals_note
from diptych.tui.formatting import first_fitting

_ORDER_WORDS = {
    "number": "",
    "finding": "sorted by finding",
    "bucket": "excluded first",
    "length": "longest first",
}


def table_notes(
    view: SessionView,
    exchange: Exchange,
    all_wordings: bool,
    options: TableOptions,
    kinds: Sequence[str],
    width: int,
    asking: bool,
) -> list[str]:
    """How the table is sorted and filtered; if it is not, how to read the intervals of those `kinds`. The most
    important first, in `width` cells. `asking`: whether more can be asked for."""
    others = 0 if all_wordings else len(view.wordings(exchange)) - 1
    offers = [
        *(["n asks for more samples"] if asking else []),
        *([f"w shows all {others + 1} wordings"] if others else []),
    ]
    repeated = repetition_note(view.tally.repeated(exchange.group, view.settings(exchange)))
    names = interval_names(kinds)
    shown = names if repeated else first_fitting(width, intervals_note(kinds)) or names
    # Why fewer count than are there is more important than an offer.
    return _option_words(options) or [" · ".join(filter(None, [shown, repeated])), *offers]


def _option_words(options: TableOptions) -> list[str]:
    """The order and the filter, as far as they are not the usual ones."""
    chosen = options.filter
    shown = f"excluded only: {chosen.bucket}" if chosen.bucket else f"{chosen.outcome} only" if chosen.outcome else ""
    searched = f"containing “{chosen.text}”" if chosen.text else ""
    folded = "identical answers folded" if options.folded else ""
    return [words for words in (_ORDER_WORDS[options.order], shown, searched, folded) if words]


def wording_names(view: SessionView, exchange: Exchange, all_wordings: bool) -> dict[str, str]:
    """A short name for each prompt that the answers are to: "w2" for the second wording of the question, and "" where
    only one wording is shown."""
    if not all_wordings:
        return {exchange.prompt: ""}
    return {prompt: f"w{number}" for number, prompt in enumerate(view.wordings(exchange), 1)}
