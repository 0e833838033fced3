"""How a trait is told to a reader. The console, the commands and the tables use these words; JSON has the plain
values."""

_COMPARED = {
    "characters": "longer",
    "words": "more words",
    "lines": "more lines",
    "sentences": "more sentences",
    "letters a word": "longer words",
    "words a sentence": "longer sentences",
    "different words": "more varied words",
}
_RANKS = {
    "above the median": "half of the answers",
    "in the top quarter": "three quarters of the answers",
    "above the bottom quarter": "a quarter of the answers",
}
_FORMS = {
    "list": "has a list",
    "numbered list": "has a numbered list",
    "heading": "has a heading",
    "code block": "has a code block",
    "table": "has a table",
    "bold words": "has bold words",
    "address": "has a web address",
}
_LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "other": "another language",
}
_WHOLE = {"empty": "empty answer", "the same as another": "repeats another answer"}
_COUNTED = "number of "


def trait_words(feature: str, value: str) -> str:
    """A trait as it is said of an answer: "line initials HELLO", "longer than half of the answers"."""
    value = " ".join(value.split())
    if value in _RANKS:
        than = "than" if feature == "characters" else "than in"
        return f"{_COMPARED.get(feature, f'more {feature}')} {than} {_RANKS[value]}"
    if feature.startswith(_COUNTED):
        counted = feature.removeprefix(_COUNTED)
        return f"{value} {counted.removesuffix('s') if value == '1' else counted}"
    if "initials" in feature:
        return f"{feature} {value}"
    match feature:
        case "language":
            return _LANGUAGES.get(value, f"language {value}")
        case "form":
            return _FORMS[value]
        case "has":
            return f"has {value}"
        case "refusal":
            return "refuses"
        case "whole answer":
            return _WHOLE.get(value, f"the answer “{value}”")
        case "ends with" if value == "the token limit":
            return "cut at the token limit"
        case "first character":
            return f"starts with “{value}”"
    return f"{feature} “{value}”"
