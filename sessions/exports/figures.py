"""Rates and differences in words, for readers."""

from collections.abc import Mapping
from typing import Any

KINDS = {"clustered": "by prompt", "sequence": "wherever asking stops"}
"""What is said of intervals that are not the usual ones."""


def rate(side: Mapping[str, Any]) -> str:
    """k/n with its interval."""
    low, high = side["interval"]
    said = f"{side['k']}/{side['n']} [{low:.2f}, {high:.2f}]"
    if "mean" in side:
        said += f", mean {_number(side['mean'])} of {side['mean_of']}"
    if "excluded" in side:
        said += ", not counted: " + ", ".join(f"{bucket} {count}" for bucket, count in side["excluded"].items())
    return said


def difference(measure: Mapping[str, Any]) -> str:
    """Of the other sides to the first, with intervals and corrected p-values."""
    several = measure.get("differences")
    named = several or ({"": measure["difference"]} if "difference" in measure else {})
    return "; ".join(_difference(name, each) for name, each in named.items() if each["estimate"] is not None)


def about(measures: Mapping[str, Any]) -> str:
    """How the figures are to be read."""
    kinds = {side["interval_kind"] for measure in measures["measures"] for side in measure["sides"].values()}
    said = "k/n with 95 % intervals, each on its own"
    said += "".join(f"; they hold {words}" for kind, words in KINDS.items() if kind in kinds)
    return said + (f"; p: corrected for {measures['tests']} tests (Holm)" if measures["tests"] > 1 else "")


def _difference(name: str, each: Mapping[str, Any]) -> str:
    low, high = each["interval"]
    said = f"{each['estimate']:+.2f} [{low:+.2f}, {high:+.2f}]"
    if each.get("p_holm") is not None:
        said += f" p = {each['p_holm']:.2g}"
    return f"{name} {said.replace('-', '−')}".strip()


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
