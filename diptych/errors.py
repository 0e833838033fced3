"""The base class of every error that diptych reports to its user, and the wording of hints.

DiptychError
├── BackendError                 backends: an endpoint did not answer as it should
├── PluginError                  detectors: a detector of another package cannot be loaded
├── FileError                    probes: a file of the user's cannot be used
├── StoreError, TransferError    sessions: the store, an export or an import failed
├── NotEnough, CannotAskError    compare: too few answers, or nobody to ask
├── CannotRegisterError          compare: a primary test that the plan does not have
├── ClaimError                   compare: a claim that cannot be held against anything
├── NothingToRecogniseError      compare: no two answers to tell apart
└── CannotScoreError             api: the endpoint of a side scores no text

A hint says what the user can do. What that is may depend on where the hint is read: a key in the console, a command in
a terminal, a call in a notebook. The code that raises an error cannot know this. It writes a placeholder into the hint,
and whoever shows the hint replaces it (`advice`). Hints are stored with their placeholders.
"""

import msgspec

AGAIN = "{again}"
"""Ask the same thing again."""
FRESH = "{fresh}"
"""Ask without the earlier turns of the conversation."""
LOG = "{log}"
"""Read what the server wrote."""
MODELS = "{models}"
"""Look at the models that the endpoint has."""
CHECK = "{check}"
"""Check the pair."""
SESSIONS = "{sessions}"
"""Look at the numbers of the saved sessions."""
ANSWERS = "{answers}"
"""Look at the numbers of a session's answers."""
OTHER_FILE = "{other_file}"
"""Write to another file."""
OVERWRITE = "{overwrite}"
"""Overwrite the file that exists."""


class HintWords(msgspec.Struct, frozen=True):
    """The words for each placeholder at the place where hints are read. Each is a command to the reader."""

    again: str = "ask again"
    fresh: str = "ask a fresh instance"
    log: str = "read its log"
    models: str = "see which models the endpoint has"
    check: str = "check the pair"
    sessions: str = "see which sessions there are"
    answers: str = "see which answers the session has"
    other_file: str = "name another file"
    overwrite: str = "overwrite it"


ANYWHERE = HintWords()
"""For readers of whom no key and no command is known: exports, records, other people's screens, Python."""


def advice(hint: str, words: HintWords = ANYWHERE) -> str:
    """The hint as it is read at one place. Messages may quote a server and are never passed through this."""
    for name in HintWords.__struct_fields__:
        hint = hint.replace(f"{{{name}}}", getattr(words, name))
    return hint


class DiptychError(Exception):
    """What happened, in `message`, and what the user can do about it, in `hint` ("" where there is nothing to say).

    The hint may hold placeholders. `text` gives both in words.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            # Tracebacks, as in a notebook, show it below the message.
            self.add_note(advice(hint))

    def text(self, words: HintWords = ANYWHERE) -> str:
        """Message and hint in one line."""
        return f"{self.message}; {advice(self.hint, words)}" if self.hint else self.message
