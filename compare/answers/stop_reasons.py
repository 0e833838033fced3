"""Why an answer was stopped, where nobody wished that for its own sake."""

from diptych.sessions import Failure

_KIND, _MEND = "stopped", "it counts for nothing; ask once more when all sides have ended"

NEW_QUESTION = Failure(_KIND, "a new question was asked before this answer had ended", _MEND)
ASKED_AGAIN = Failure(_KIND, "the same question was asked again before this answer had ended", _MEND)
