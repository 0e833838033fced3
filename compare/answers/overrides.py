"""Settings that a person chooses for the next question, in place of those of the pair and the probe."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from diptych.backends import Sampling
from diptych.compare.answers.requests import Setup
from diptych.compare.answers.side import Side
from diptych.probes import Probe

CHOSEN = ("temperature", "top_p", "max_tokens", "seed")
"""The sampling parameters that a person can choose for a question."""

_NEUTRAL = {"temperature": 1.0, "top_p": 1.0}
"""What some servers are sent for a setting that nobody chose: it changes nothing."""

Source = Literal["pair", "condition", "probe", "endpoint"]


class Overrides(msgspec.Struct, frozen=True):
    """They go to every side alike."""

    system: str | None = None
    """"" asks without a system prompt; None leaves each side its own."""
    sampling: Sampling = Sampling()

    def over(self, setup: Setup) -> Setup:
        """A setup with these settings in place of its own."""
        system = setup.system if self.system is None else self.system or None
        return msgspec.structs.replace(setup, system=system, sampling=self.sampling.over(setup.sampling))


class Given(NamedTuple):
    """The value that a setting has unless a person chooses another."""

    value: float | str | None
    """None: the endpoint decides; for the system prompt: there is none."""
    source: Source


def given(side: Side, probe: Probe | None, condition: str | None, setting: str) -> Given:
    """The value of a setting for a side, and where it comes from. `setting`: "system", or a field of Sampling."""
    chosen = probe.condition(condition) if probe is not None else None
    sources: list[tuple[Source, object]] = [
        ("condition", chosen.system if chosen is not None else None),
        ("pair", side.system),
        ("probe", probe.system if probe is not None else None),
    ]
    if setting != "system":
        sources = [
            ("pair", getattr(side.sampling, setting)),
            ("condition", getattr(chosen.sampling, setting) if chosen is not None else None),
            ("probe", getattr(probe.sampling, setting) if probe is not None else None),
        ]
    found = (Given(value, source) for source, value in sources if isinstance(value, int | float | str))
    return next(found, Given(None, "endpoint"))


def overrides_in(then: Mapping[str, Setup], now: Mapping[str, Setup]) -> Overrides:
    """The settings that a question had in place of those that its sides have `now`: what all of them had alike."""
    chosen = {}
    for name in CHOSEN:
        values = [getattr(own.sampling, name) for own in then.values()]
        usual = [getattr(now[side].sampling, name) for side in then]
        chosen[name] = _alike(values, [_NEUTRAL.get(name) if value is None else value for value in usual])
    # "" is a choice; None would be none.
    system = _alike([own.system or "" for own in then.values()], [now[side].system or "" for side in then])
    return Overrides(system, Sampling(**chosen))


def _alike(then: Sequence[Any], now: Sequence[Any]) -> Any:
    """The value that all had then, if any of them has another now."""
    return then[0] if then and len(set(then)) == 1 and list(then) != list(now) else None
