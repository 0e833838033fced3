"""How rates, differences and p-values are written, wherever they are read."""

from math import floor, log10


def short(rate: float, digits: int = 2) -> str:
    """A rate or a probability without the leading zero: ".48", "1.00"."""
    return f"{rate:.{digits}f}".replace("0.", ".", 1) if abs(rate) < 1 else f"{rate:.{digits}f}"


def probability_words(probability: float) -> str:
    """A probability that a model gives: ".97"; "> .99" and "< .01" where rounding would make it certain."""
    if probability >= 0.995:
        return "> .99"
    return "< .01" if probability < 0.005 else short(probability)


def signed(value: float, digits: int = 2) -> str:
    """A difference with its sign: "+.95", "−.03"; what is written as zero has none."""
    size = short(abs(value), digits)
    return size if not size.strip("0.") else f"{'−' if value < 0 else '+'}{size}"


def interval_words(low: float, high: float) -> str:
    """The ends of an interval of a rate: "[.48, .85]"."""
    return f"[{short(low)}, {short(high)}]"


def signed_interval_words(low: float, high: float) -> str:
    """The ends of an interval of a difference: "[+.48, +1.00]"."""
    return f"[{signed(low)}, {signed(high)}]"


def three_digits(value: float) -> str:
    """A mean or another number: ".43", "15", "−72.5"."""
    text = f"{value:.3g}" if abs(value) >= 1e-4 else f"{round(value, 4) + 0.0:g}"
    text = text.replace("-", "−")
    return text.replace("0.", ".", 1) if 0 < abs(value) < 1 else text


def signed_three_digits(value: float) -> str:
    """A difference of two means: "+.43", "−72.5"; what is written as zero has no sign."""
    text = three_digits(abs(value))
    return text if float(text) == 0 else f"{'−' if value < 0 else '+'}{text}"


def size_words(size: int) -> str:
    """A number of bytes: "921 kB", "92.1 MB", "4.7 GB"."""
    unit, name = (1e9, "GB") if size >= 1e9 else (1e6, "MB") if size >= 1e6 else (1e3, "kB")
    return f"{three_digits(size / unit)} {name}"


def p_words(value: float, name: str = "p") -> str:
    """A p-value, or a q-value by that `name`: "p = .012", "p < .001", "p > .99"."""
    if value < 0.001:
        return f"{name} < .001"
    if 0.995 <= value < 1:
        return f"{name} > .99"
    return f"{name} = {short(value, 3 if value < 0.0995 else 2)}"


def corrected_words(rate: float, low: float, high: float, labels: int, unsure: int = 0) -> str:
    """A rate that labels of people correct: "corrected by 20 labels: .48 [.30, .66]"."""
    left_out = f", {unsure} unsure" if unsure else ""
    return f"corrected by {labels} label{'s' * (labels != 1)}{left_out}: {short(rate)} {interval_words(low, high)}"


def corrected_difference_words(estimate: float, low: float, high: float) -> str:
    """The difference of two such rates: "corrected: +.30 [+.05, +.52]"."""
    return f"corrected: {signed(estimate)} {signed_interval_words(low, high)}"


def axis_words(value: float) -> str:
    """A number on an axis, as exact as it was given: "0", ".25", "1.5", "12,000", "1e−5"."""
    if value == int(value) and abs(value) < 1e12:
        return f"{int(value):,}".replace("-", "−")
    text = f"{value:.6g}"
    if "e" in text:
        digits, _, power = text.partition("e")
        text = f"{digits}e{int(power)}"
    return (
        text.replace("-", "−").replace("0.", ".", 1) if abs(value) < 1 and "e" not in text else text.replace("-", "−")
    )


def on_axis_words(value: float, length: float) -> str:
    """An estimate of a number on an axis of that length, to about a hundredth of it: ".56", "1,240"."""
    digits = max(0, 2 - floor(log10(length))) if length > 0 else 2
    text = f"{abs(value):,.{digits}f}"
    text = text.replace("0.", ".", 1) if abs(value) < 1 and digits else text
    return f"−{text}" if value < 0 and text.strip("0.,") else text


def corrected_note(tests: int, score_tests: int = 0, registered: bool = False) -> str:
    """Which p-values of a table are corrected; "" where there are fewer than two. `score_tests`: those of surprise and
    entropy, which are corrected apart. `registered`: whether one more is not corrected, as it was registered."""
    which = "exploratory p-values" if registered else "p-values"
    if score_tests < 2:
        return f"the {tests} {which} above are corrected together (Holm)" if tests > 1 else ""
    scores = f"the {score_tests} p-values of surprise and entropy above are corrected together (Holm)"
    return f"{scores}, and apart from them the other {tests}" if tests > 1 else scores
