"""How the table of answers is sorted and filtered, in words."""

from diptych.compare import Exchange, SessionView, TableOptions

_ORDER_WORDS = {
    "number": "",
    "finding": "sorted by finding",
    "bucket": "excluded first",
    "length": "longest first",
}


def option_words(options: TableOptions) -> list[str]:
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
