"""Detectors from other packages, found by the entry point group "diptych.detectors"."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from diptych.detectors.detector import Change, Detector, DetectorKind, Finding, Token
from diptych.errors import DiptychError

GROUP = "diptych.detectors"
T = TypeVar("T")


class PluginError(DiptychError):
    """A detector from another package could not be loaded."""


@cache
def plugin(kind: str) -> DetectorKind | None:
    """Return the detector kind that an installed package offers under this name. Raises PluginError."""
    from importlib.metadata import entry_points  # late: it costs start-up time

    found = next(iter(entry_points(group=GROUP, name=kind)), None)
    if found is None:
        return None
    try:
        offered = found.load()
    except Exception as error:
        raise PluginError(f"{found.value} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(offered, DetectorKind):
        raise PluginError(f"{found.value}: expected a diptych.detectors.DetectorKind, found {type(offered).__name__}")
    return DetectorKind(offered.settings, _guarded_factory(kind, offered), offered.reads_rows)


def _guarded_factory(kind: str, offered: DetectorKind) -> Callable[..., Detector]:
    return lambda *arguments: GuardedDetector(kind, lambda: offered.new(*arguments))


class GuardedDetector:
    """Wraps a plug-in. If the plug-in raises, the finding is excluded, and the answer goes on."""

    version = 0

    def __init__(self, name: str, new: Callable[[], Detector]) -> None:
        self.name = name
        self._fault = ""
        self._detector: Detector | None = None
        self._detector = self._call(new, None)
        if self._detector is not None:
            self.version = self._detector.version

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        detector = self._detector
        return () if detector is None or self._fault else self._call(lambda: detector.feed(text), ())

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended here."""
        detector = self._detector
        if detector is None or self._fault:
            return self._failed()
        return self._call(detector.live, None) or self._failed()

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        detector = self._detector
        if detector is None or self._fault:
            return self._failed(), ()
        return self._call(lambda: detector.finish(truncated, tokens), None) or (self._failed(), ())

    def _call(self, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except Exception as error:
            self._fault = f"{type(error).__name__}: {error}"
            return otherwise

    def _failed(self) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            label=self.name,
            kind="pattern",
            outcome="excluded",
            evidence=f"the detector failed: {self._fault}",
            bucket="detector failed",
        )
