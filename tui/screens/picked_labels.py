"""Lets a person label answers that are picked at random, and shows what the labels say of a measure."""

from textual.screen import Screen

from diptych.compare import JUDGE, Comparison, Measure, MeasureRates, SessionRates, SessionView
from diptych.number_words import corrected_difference_words, corrected_words, interval_words
from diptych.tui import screens
from diptych.tui.sanitized_text import visible


def label_picked(screen: Screen[None], comparison: Comparison, measure: Measure) -> None:
    """Show picked answers without their sides, and ask whether they show a measure; then show what the labels say."""
    if measure.of_scores:
        screen.notify("A score has no yes or no that could be labelled", timeout=4)
        return
    view = comparison.view
    picked = view.to_label(measure)

    def report(labelled: bool | None) -> None:
        if labelled:
            words = labelled_words(view, measure)
            screen.app.push_screen(screens.TextScreen(f"Labels of “{visible(measure.label)}”", lambda: words, False))

    if picked:
        screen.app.push_screen(screens.LabelPickedScreen(comparison, picked), report)
    elif any(exchange.hidden for exchange in view.exchanges if exchange.group == measure.group):
        screen.notify("First say which answer is the fine-tuned copy's", timeout=4)
    elif view.said(measure.label):
        screen.notify("All answers are labelled", timeout=3)
        report(True)
    else:
        screen.notify("No finished answer yet", timeout=3)


def labelled_words(view: SessionView, measure: Measure) -> str:
    """For each detector of a measure, and each judge: its rates as counted and as corrected, and how far people agree
    with it."""
    agreements = {
        (row.detector, row.label): row.words
        for row in view.agreement(measure)
        if row.label == measure.label or row.detector.startswith(JUDGE)
    }
    parts = []
    for rates in SessionRates(view).all():
        own = rates.measure
        if (own.label, own.asked) != (measure.label, measure.asked):
            continue
        lines = [f"{own.detector}: {own.label}", *_rates(rates), agreements.pop((own.detector, own.label), "")]
        parts.append("\n".join(filter(None, lines)))
    parts += [f"{detector}: {label}\n{words}" for (detector, label), words in agreements.items()]
    return "\n\n".join(parts)


def _rates(rates: MeasureRates) -> list[str]:
    lines = []
    for rate in rates.sides:
        count = rate.count
        lines.append(f"{rate.side:8} {count.k}/{count.n} {interval_words(*rate.interval)}")
        if (found := rate.corrected) is not None:
            lines.append(f"{'':8} {corrected_words(found.rate, *found.interval, found.labels, found.unsure)}")
        if (fair := rate.corrected_difference) is not None:
            lines.append(f"{'Δ':8} {corrected_difference_words(fair.estimate, *fair.interval)}")
    return lines
