"""A registration: what will be asked, counted and tested, written down before the answers are there."""

from hashlib import sha256
from typing import Any

import msgspec
import tomli

from diptych.sessions.store_errors import StoreError

ID_DIGITS = 8
"""How many hexadecimal digits of its hash name a registration."""
_HASH_DIGITS = 16
_HEAD = (
    "# A registration: what will be asked, counted and tested, written down before the answers are there.\n"
    "# Its name is the beginning of the SHA-256 of this file (sha256sum FILE), so a changed file has another name.\n"
    "# Texts are given by the beginning of their SHA-256.\n\n"
)


class Primary(msgspec.Struct, frozen=True, omit_defaults=True):
    """The one test that confirms: how the rate of a side differs from that of the first one. All else explores."""

    measure: str
    """The label of what is counted."""
    detector: str
    """Who counts it: a detector, or "judge: NAME"."""
    condition: str
    """In which answers, as the document of a run names them."""
    side: str
    """The side, or the arm of a family, that is compared."""
    base: str
    """The side or arm that it is compared with."""
    test: str
    """The name of the test, as in the document of a run."""
    threshold: float
    """The p-value below which the sides differ."""

    def is_of(self, detector: str, label: str, condition: str) -> bool:
        """Whether it is a test of the measure that a document names so."""
        return (detector, label, condition) == (self.detector, self.measure, self.condition)

    @property
    def words(self) -> str:
        """For example "follows HELLO, 'plain', tuned against base"."""
        return f"{self.measure}, {self.condition!r}, {self.side} against {self.base}"


class RegisteredArm(msgspec.Struct, frozen=True, omit_defaults=True):
    """A side of a pair, or a member of a family."""

    name: str
    model: str
    endpoint: str
    arm: str = ""
    """Of a member of a family."""
    system: str = ""
    """The digest of its own system prompt; "" if it has none."""
    sampling: dict[str, Any] = {}
    """Its own parameters, which take precedence over those of a condition."""


class RegisteredCondition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A condition of the probe."""

    name: str
    wordings: tuple[str, ...]
    """The digest of each wording with its form and prefill, in the order in which samples use them."""
    system: str = ""
    """The digest of its system prompt, which replaces that of a side; "" if it has none."""
    before: str = ""
    """The digest of the turns before each question; "" if there are none."""
    sampling: dict[str, Any] = {}


class RegisteredDetector(msgspec.Struct, frozen=True, omit_defaults=True):
    """A detector."""

    name: str
    version: int
    measure: str
    """The label of what it counts."""
    settings: str
    """The digest of its settings."""


class RegisteredJudge(msgspec.Struct, frozen=True, omit_defaults=True):
    """A judge."""

    name: str
    model: str
    asked: str
    """The digests of its rubric and of its model with all settings, as its verdicts have them."""


class AssumedRates(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the number of samples was planned with."""

    base: float
    side: float
    within_wordings: float | None = None
    """The correlation of answers to one wording; None if nothing tells it."""
    within_runs: float | None = None
    """The correlation of answers of one training run; None if nothing tells it."""
    pilot: int | None = None
    """The session that all this is from; None if the rates are assumed."""


class Registration(msgspec.Struct, frozen=True, omit_defaults=True):
    """What will be asked, counted and tested."""

    written: str
    """UTC, ISO 8601."""
    probe: str
    pair: str
    """The name of the pair, or of the family."""
    samples: int
    """Of each side in each condition."""
    stop: str
    """The rule by which the run ends, in the user's words."""
    bound_excluded: float
    """The greatest share of answers of a side that the primary measure may leave out."""
    primary: Primary
    arms: tuple[RegisteredArm, ...]
    conditions: tuple[RegisteredCondition, ...]
    family: bool = False
    """Whether a family is asked, and no pair."""
    system: str = ""
    """The digest of the probe's system prompt, for sides that have none; "" if it has none."""
    detectors: tuple[RegisteredDetector, ...] = ()
    judges: tuple[RegisteredJudge, ...] = ()
    rates: AssumedRates | None = None

    @property
    def file(self) -> str:
        """The file, as TOML."""
        import tomlkit

        return _HEAD + tomlkit.dumps(msgspec.to_builtins(self))

    @property
    def id(self) -> str:
        """The name that a new one gets: the beginning of the hash of the file."""
        return _name_of(self.file)


class RunRegistration(msgspec.Struct, frozen=True, omit_defaults=True):
    """The registration that a run was made under."""

    id: str
    primary: Primary
    rates: AssumedRates | None = None


def read_registration(name: str, file: str) -> Registration:
    """Return the registration of that name from its file. Raises StoreError, also where the name is not that of the
    file: then something in it was changed."""
    if name != _name_of(file):
        raise StoreError(f"registration {name} was changed in the store after it was written", "register it again")
    try:
        return msgspec.convert(tomli.loads(file), Registration)
    except (tomli.TOMLDecodeError, msgspec.ValidationError) as error:
        raise StoreError(f"registration {name} in the store cannot be read: {error}", "register it again") from error


def _name_of(file: str) -> str:
    return sha256(file.encode(errors="surrogatepass")).hexdigest()[:ID_DIGITS]


def digest(value: Any) -> str:
    """Return the beginning of the SHA-256 of a text, or of a value as JSON; "" for None and an empty tuple."""
    if value is None or value == ():
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:_HASH_DIGITS]
