"""What is said of the table of answers: its order, its filter, its intervals, the wordings in it."""

from collections.abc import Sequence

from diptych.compare import Exchange, SessionView, TableOptions, entropy_note, repetition_note
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
    """How the table is sorted and filtered, and how to read the intervals of those `kinds`. The most important first,
    in `width` cells. `asking`: whether more can be asked for."""
    others = 0 if all_wordings else len(view.wordings(exchange)) - 1
    offers = [
        *(["n asks for more samples"] if asking else []),
        *([f"w shows all {others + 1} wordings"] if others else []),
    ]
    repeated = repetition_note(
        view.tally.repeated(exchange.group, view.settings(exchange)), [side.name for side in view.sides]
    )
    names = interval_names(kinds)
    chosen = option_words(options)
    left = width - sum(len(words) + 3 for words in chosen)
    lacking = entropy_note(view.measures(exchange))
    shown = names if repeated or lacking else first_fitting(left, intervals_note(kinds)) or names
    # Why fewer count than are there, and why there is no entropy, is more important than an offer.
    lacking = first_fitting(left - len(shown) - len(repeated) - 6, lacking, "no entropy at this endpoint")
    intervals = " · ".join(filter(None, [shown, repeated, lacking]))
    return [*chosen, *filter(None, [intervals]), *([] if chosen else offers)]


def option_words(options: TableOptions) -> list[str]:
    """The order and the filter, as far as they are not the usual ones."""
    chosen = options.filter
    shown = f"excluded only: {chosen.bucket}" if chosen.bucket else f"{chosen.outcome} only" if chosen.outcome else ""
    disputed = "only where detector, judge or label disagree" if chosen.disputed else ""
    searched = f"containing “{chosen.text}”" if chosen.text else ""
    folded = "identical answers folded" if options.folded else ""
    return [words for words in (_ORDER_WORDS[options.order], shown, disputed, searched, folded) if words]


def nothing_words(options: TableOptions) -> str:
    """What stands in the column of a side that has no row."""
    chosen = options.filter
    if chosen.text:
        return f"none contains “{chosen.text}”"
    if chosen.disputed:
        return "none is disputed"
    return f"none {chosen.outcome}" if chosen.outcome else "none yet"


def wording_names(view: SessionView, exchange: Exchange, all_wordings: bool) -> dict[str, str]:
    """A short name for each prompt that the answers are to: "w2" for the second wording of the question, and "" where
    only one wording is shown."""
    if not all_wordings:
        return {exchange.prompt: ""}
    return {prompt: f"w{number}" for number, prompt in enumerate(view.wordings(exchange), 1)}
