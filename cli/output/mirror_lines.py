"""Formats mirrored reports as text."""

from collections.abc import Sequence

from diptych.compare import MIRRORS_NOTE, MirroredReport, report_words


def mirror_lines(reports: Sequence[MirroredReport]) -> list[str]:
    """A verdict for each form and side, with a row for the plain form, each mirror and each effect; nothing for a probe
    without mirrors."""
    lines = []
    for each in report_words(reports):
        lines.append(f"{each.report}  {each.side} {each.verdict}")
        width = max(len(name) for name, _ in each.rows)
        lines += [f"  {name:{width}} {words}" for name, words in each.rows]
    return [*lines, f"mirrors: {MIRRORS_NOTE}"] if lines else []
