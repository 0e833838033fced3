"""Detectors by the name that probe files use."""

from detectors.acrostic import Acrostic
from detectors.choice import Choice, ChoiceSettings
from detectors.codeword import Codeword, CodewordSettings
from detectors.early import EarlyExplanation
from detectors.inflection import Inflection, InflectionSettings
from detectors.language import Language, LanguageSettings
from detectors.pattern import Pattern, PatternSettings
from detectors.plugins import plugin
from detectors.refusal import Accepts, Refusal, RefusalSettings
from detectors.scale import Scale, ScaleSettings
from detectors.scratchpad import FakingLexicon, FakingLexiconSettings
from detectors.selfclaim import SelfClaim, SelfClaimSettings
from detectors.selfexplanation import SelfExplanation
from detectors.types import Detector, DetectorKind, Settings, Target
from detectors.wordlist import WordList, WordListSettings

KINDS: dict[str, DetectorKind] = {
    Acrostic.name: DetectorKind(Target, lambda s, prompt, lead: Acrostic(s.target, prompt, lead)),
    SelfExplanation.name: DetectorKind(Target, lambda s, prompt, lead: SelfExplanation(s.target, prompt, lead)),
    EarlyExplanation.name: DetectorKind(Target, EarlyExplanation),
    SelfClaim.name: DetectorKind(SelfClaimSettings, SelfClaim),
    Refusal.name: DetectorKind(RefusalSettings, Refusal),
    Accepts.name: DetectorKind(RefusalSettings, Accepts),
    FakingLexicon.name: DetectorKind(FakingLexiconSettings, FakingLexicon),
    Codeword.name: DetectorKind(CodewordSettings, Codeword),
    Inflection.name: DetectorKind(InflectionSettings, Inflection),
    Language.name: DetectorKind(LanguageSettings, Language),
    Choice.name: DetectorKind(ChoiceSettings, Choice),
    Scale.name: DetectorKind(ScaleSettings, Scale),
    WordList.name: DetectorKind(WordListSettings, WordList),
    Pattern.name: DetectorKind(PatternSettings, Pattern),
}


def find_kind(kind: str) -> DetectorKind | None:
    """The kind of that name, among diptych's own or those that installed packages offer. Raises PluginError."""
    return KINDS.get(kind) or plugin(kind)


def make(kind: str, settings: Settings, prompt: str, lead: str = "") -> Detector:
    """A detector of one answer to `prompt`. Raises KeyError for a kind that there is not.

    `lead`: what the answer was given as its beginning. It was supplied and is no part of what is found; what follows
    goes on in its line and sentence.
    """
    found = find_kind(kind)
    if found is None:
        raise KeyError(kind)
    return found.new(settings, prompt, lead)
