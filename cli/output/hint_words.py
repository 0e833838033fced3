"""The words of hints in a terminal: commands and options."""

from diptych.errors import HintWords

TERMINAL = HintWords(
    models="diptych pairs check shows the models that the endpoint has",
    check="see diptych pairs check",
    sessions="diptych sessions list shows all sessions",
    answers="diptych sessions show ID --json shows their numbers",
    other_file="name another with -o",
    overwrite="overwrite it with --force",
)
