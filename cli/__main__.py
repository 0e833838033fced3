"""`python -m diptych.cli` is the command `diptych`."""

from diptych.cli.start import entry

entry()
