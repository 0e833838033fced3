"""What identifies the parts of a probe in a registration: digests of its texts, versions of its detectors."""

import msgspec

from diptych.backends import Sampling
from diptych.detectors import make_detector
from diptych.probes import Condition, Probe
from diptych.sessions import RegisteredCondition, RegisteredDetector, digest


def wording_digest(prompt: str, mode: str, prefill: str) -> str:
    """The digest of a wording with its form and prefill."""
    return digest([prompt, mode, prefill])


def registered_condition(condition: Condition, probe: Probe) -> RegisteredCondition:
    """A condition of a probe."""
    return RegisteredCondition(
        condition.name,
        tuple(wording_digest(prompt, condition.mode, condition.prefill) for prompt in condition.prompts),
        digest(condition.system),
        digest(condition.before),
        sampling_values(probe.sampling_of(condition.name)),
    )


def registered_detectors(probe: Probe) -> tuple[RegisteredDetector, ...]:
    """The detectors of a probe as they are now."""
    found = []
    for spec in probe.detectors:
        detector = make_detector(spec.kind, spec.settings, "")
        settings = digest([spec.kind, msgspec.to_builtins(spec.settings), spec.conditions])
        found.append(RegisteredDetector(detector.name, detector.version, detector.live().label, settings))
    return tuple(found)


def sampling_values(sampling: Sampling) -> dict[str, object]:
    """The parameters that are set."""
    found: dict[str, object] = msgspec.to_builtins(sampling)
    return found
