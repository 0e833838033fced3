"""The document of a run as text."""

from typing import Any

_VALUES = 4
"""The commonest values that are told; the document has more."""


def table(document: dict[str, Any]) -> str:
    """The document of a run, for a reader."""
    lines = [f"session {document['session']}  {document['probe']}  {document['pair']}", ""]
    for measure in document["measures"]:
        lines.append(f"{measure['label']}  ({measure['condition']})")
        for side, rate in measure["sides"].items():
            lines.append(f"  {side:8} {_rate(rate)}")
        lines += _difference("Δ", measure["difference"])
    for contrast in document["contrasts"]:
        lines.append(f"{contrast['name']}: {contrast['measure']}, {contrast['of']} − {contrast['minus']}")
        for side, difference in contrast["sides"].items():
            lines += _difference(side, difference)
    if "judging" in document:
        spent = document["judging"]
        tokens = spent["prompt_tokens"] + spent["completion_tokens"]
        lines.append(f"{spent['model']} has judged: {spent['calls']:,} calls, {tokens:,} tokens")
    if "datapoints" in document:
        lines += _datapoints(document["datapoints"])
    lines += ["", *(f"⚠ {warning}" for warning in document["warnings"])]
    lines += [f"excluded: {count} {bucket}" for bucket, count in document["excluded"].items()]
    return "\n".join(lines)


def _rate(rate: dict[str, Any]) -> str:
    low, high = rate["interval"]
    said = f"{rate['k']:4}/{rate['n']:<4}  [{low:.2f}, {high:.2f}]"
    if "mean" in rate:
        said += f"  mean {rate['mean']:.3g} of {rate['mean_of']}"
        if rate["mean_interval"]:
            low, high = rate["mean_interval"]
            said += f" [{low:.3g}, {high:.3g}]"
    if "values" in rate:
        common = list(rate["values"].items())[:_VALUES]
        said += "  " + ", ".join(f"{' '.join(value.split())[:24]} {count}" for value, count in common)
    if "excluded" in rate:
        said += "  not counted: " + ", ".join(f"{bucket} {count}" for bucket, count in rate["excluded"].items())
    return said


def _difference(name: str, difference: dict[str, Any]) -> list[str]:
    if difference["estimate"] is None:
        return []
    low, high = difference["interval"]
    estimate = f"{difference['estimate']:+.2f} [{low:+.2f}, {high:+.2f}]"
    return [f"  {name:8} {estimate}  p = {difference['p_value']:.2g}".replace("-", "−")]


def _datapoints(found: dict[str, Any]) -> list[str]:
    lines = [f"training rows: {found['rows']:,}"]
    if (nearer := found["membership"]) is not None:
        difference = f"{nearer['difference']:+.2f}".replace("-", "−")
        lines.append(f"  tuned nearer to them than base: {difference}  p = {nearer['p_value']:.2g}")
    for side, place in found["position"].items():
        if place is not None:
            rows = f"{place['answers']} answers name {place['distinct']} rows"
            lines.append(f"  {side:8} {rows}, mean place {place['mean']:.2f}  p = {place['p_value']:.2g}")
    for side, order in found["order"].items():
        if order is not None:
            means = f"first {order['first']:.2f}, last {order['last']:.2f}"
            lines.append(f"  {side:8} {means}  p by prompt {order['p_prompt']:.2g}, by order {order['p_order']:.2g}")
    return lines
