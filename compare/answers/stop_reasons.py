"""Reasons to stop an answer that the user did not stop directly."""

from diptych.sessions import Failure

_KIND, _HINT = "stopped", "it does not count; ask again when all sides have ended"

NEW_QUESTION = Failure(_KIND, "a new question was asked before this answer had ended", _HINT)
ASKED_AGAIN = Failure(_KIND, "the same question was asked again before this answer had ended", _HINT)
