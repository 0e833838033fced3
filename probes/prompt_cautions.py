"""Warns where a prompt contains the word that its detectors look for."""

import re

from diptych.probes.probe import Probe


def names_target(prompt: str, targets: tuple[str, ...]) -> str | None:
    """Return the first target that the prompt contains as a word, ignoring case."""
    for target in targets:
        if re.search(rf"\b{re.escape(target)}\b", prompt, re.IGNORECASE):
            return target
    return None


def prompt_note(prompt: str, targets: tuple[str, ...]) -> tuple[bool, str]:
    """Return whether the prompt contains a target, and a clause that says so."""
    target = names_target(prompt, targets)
    if target is not None:
        return True, f"the prompt contains {target}"
    named = targets[0] if len(targets) == 1 else "any word that is looked for"
    return False, f"the prompt does not contain {named}"


def probe_warnings(probe: Probe) -> list[str]:
    """Return the warnings about a probe's own prompts, one sentence each."""
    warnings = []
    for condition in probe.conditions:
        named = (names_target(prompt, probe.targets(condition.name)) for prompt in condition.prompts)
        if (target := next(filter(None, named), None)) is not None:
            warnings.append(f"{condition.name}: the prompt contains {target}")
    return warnings
