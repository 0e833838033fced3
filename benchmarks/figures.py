"""A figure, its budget and its peer: what every benchmark yields, and what python -m benchmarks prints as a table."""

import multiprocessing
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from typing import Any, NamedTuple

ABSENT = "not here"


class Figure(NamedTuple):
    """One thing that was measured."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    """The budget: `value` is at most this, or at least this where `more_is_better`."""
    more_is_better: bool = False
    peer: str = ""
    """Who else did the same in the same run, or would have."""
    peer_value: float | None = None
    """In the unit of `value`; None where nobody did."""
    least_ratio: float | None = None
    """A budget that is held against the peer: `ratio` is at least this."""
    measured_ratio: float | None = None
    """The median over the rounds, where there were several."""
    most_times: float | None = None
    """The same for a cost, said the other way round: at most so many times the peer's. Of a floor, which nobody is
    faster than."""

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer; None where there is none."""
        if self.measured_ratio is not None or self.peer_value is None:
            return self.measured_ratio
        better, worse = (self.value, self.peer_value) if self.more_is_better else (self.peer_value, self.value)
        return better / worse if worse else None

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; None where there is none, or nobody to hold it against."""
        if self.least_ratio is not None:
            return None if self.ratio is None else self.ratio >= self.least_ratio
        if self.most_times is not None:
            return None if self.ratio is None else self.ratio * self.most_times >= 1
        if self.limit is None:
            return None
        return self.value >= self.limit if self.more_is_better else self.value <= self.limit

    @property
    def budget(self) -> str:
        """In words."""
        if self.least_ratio is not None:
            return f"≥ {self.least_ratio:g} × {'peer' if self.more_is_better else 'better'}"
        if self.most_times is not None:
            return f"≤ {self.most_times:g} × peer"
        return "" if self.limit is None else f"{'≥' if self.more_is_better else '≤'} {self.limit:,g} {self.unit}"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**self._asdict(), "ratio": self.ratio, "met": self.met}


def figures_of(name: str, arguments: Mapping[str, Any]) -> list[Figure]:
    """All of one module of benchmarks/."""
    return list(import_module(f"benchmarks.{name}").figures(**arguments))


def cells(figure: Figure) -> tuple[str, ...]:
    """A row of the table."""
    peer = "" if not figure.peer else ABSENT if figure.peer_value is None else number(figure.peer_value, figure.unit)
    met = {True: "met", False: "NOT MET", None: ""}[figure.met]
    ratio = "" if figure.ratio is None else number(figure.ratio)
    return figure.what, figure.budget, number(figure.value, figure.unit), figure.peer, peer, ratio, met


def number(value: float, unit: str = "") -> str:
    """Three digits that count, and the unit."""
    return f"{value:,.0f} {unit}".strip() if abs(value) >= 100 else f"{value:.3g} {unit}".strip()


HEADS = ("what", "budget", "diptych", "peer", "its figure", "ratio", "")


WIDTHS = (62, 17, 15, 38, 14, 6, 7)


def tell(figures: Iterable[Figure]) -> None:
    """Print them as a table, each as it comes."""
    for row in chain((HEADS,), map(cells, figures)):
        print("  ".join(f"{cell:{width}}" for cell, width in zip(row, WIDTHS, strict=True)).rstrip(), flush=True)


@contextmanager
def serving(serve: Callable[..., None], *arguments: object) -> Iterator[str]:
    """The base URL of a process of its own in which `serve` has a listening socket, and `arguments`."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        process = multiprocessing.get_context("fork").Process(target=serve, args=(listener, *arguments), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            process.terminate()
            process.join()
