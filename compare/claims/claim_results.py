"""The claim card: the legs on which "it knows this of itself" stands or falls. There is no total score."""

from typing import Literal

import msgspec

LegState = Literal["held", "failed", "not done", "does not apply"]
LegName = Literal[
    "live",
    "behaviour",
    "rows",
    "prompt",
    "guess",
    "report",
    "mirrors",
    "control",
    "own over other",
    "before evidence",
    "seeds",
    "readers",
    "registered",
]

LEG_TITLES: dict[str, dict[LegName, str]] = {
    "What it does": {
        "live": "the fine-tune is live on every route",
        "behaviour": "its behaviour differs from the base",
    },
    "What it was told": {
        "rows": "no training row names it",
        "prompt": "the question does not supply it",
        "guess": "the base cannot guess it from the same context",
    },
    "What it says": {
        "report": "its report differs from the base",
        "mirrors": "the report survives its mirrors",
        "control": "the control does not say it",
        "own over other": "it predicts itself better than others do",
        "before evidence": "it names the pattern before it can be seen",
    },
    "Whether it would happen again": {
        "seeds": "it holds over fine-tunes",
        "readers": "readers agree with hand labels",
        "registered": "it was registered before, without deviation",
    },
}
"""The legs under their headings, in the order of the card."""


LEG_SIGNS: dict[LegState, str] = {"held": "✓", "failed": "✕", "not done": "·", "does not apply": "–"}


class Leg(msgspec.Struct, frozen=True, omit_defaults=True):
    """One condition that a claim of self-knowledge must meet."""

    name: LegName
    state: LegState
    figure: str = ""
    """Its number with interval and N, e.g. "+.74 [+.61, +.84]"; "" where there is none."""
    reason: str = ""
    """What the number says, or why there is none, in a few words."""
    command: str = ""
    """The command that would do what is not done; "" where nothing would."""
    answers: tuple[int, ...] = ()
    """The numbers in the store of the answers behind it, at most a hundred."""

    @property
    def decided(self) -> bool:
        """Whether it is held or failed."""
        return self.state in ("held", "failed")

    @property
    def shown_figure(self) -> str:
        """Its figure; where there is none, its state, which the sign of a decided leg tells."""
        return self.figure or ("" if self.decided else self.state)

    @property
    def shown_reason(self) -> str:
        """The command that would do what is not done, or else the reason."""
        return self.command if self.state == "not done" and self.command else self.reason

    @property
    def title(self) -> str:
        """What it says, e.g. "the report survives its mirrors"."""
        return next(titles[self.name] for titles in LEG_TITLES.values() if self.name in titles)


class ClaimCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """A claim and its legs."""

    claim: str
    """As the user put it, e.g. "it knows that it seeks risks"."""
    probe: str
    pair: str
    """The name of the pair, or of the family."""
    side: str
    """The side of which the claim is made."""
    base: str
    control: str
    """The side that was trained in another way; "" if there is none."""
    sessions: tuple[int, ...]
    """The numbers of the sessions that were read."""
    legs: tuple[Leg, ...]
    """All of LEG_TITLES, in their order."""
    sentence: str
    """What follows from the legs, in plain words."""
    older: tuple[int, ...] = ()
    """The numbers of other sessions of the same probes and models, which were not read."""
    registered: str = ""
    """The name of the registration and its date, e.g. "7f3a, 3 Dec"; "" if there is none."""

    @property
    def quoted(self) -> str:
        """The claim as a sentence in quotation marks."""
        text = " ".join(self.claim.split())
        return f"“{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}”"

    @property
    def about(self) -> str:
        """Who is compared, and from which sessions."""
        against = " and ".join(filter(None, (self.control, self.base)))
        sessions = f"session{'s' * (len(self.sessions) != 1)} {', '.join(map(str, self.sessions))}"
        parts = [self.probe, self.pair, f"{self.side} against {against}"]
        parts.append(sessions if self.sessions else "nothing was asked yet")
        if self.older:
            parts.append(f"not read: {', '.join(map(str, self.older))}")
        if self.registered:
            parts.append(f"registered {self.registered}")
        return " · ".join(parts)

    def leg(self, name: LegName) -> Leg:
        """The leg of that name."""
        return next(leg for leg in self.legs if leg.name == name)
