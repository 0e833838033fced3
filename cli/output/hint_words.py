"""The words of hints for whoever reads them in a terminal: commands and options."""

from diptych.errors import HintWords

TERMINAL = HintWords(
    models="diptych pairs check shows the models that the endpoint has",
    sessions="diptych sessions list shows those that are there",
    answers="diptych sessions show ID --json gives their numbers",
    other_file="name another with -o",
    overwrite="overwrite it with --force",
)
