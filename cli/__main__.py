"""`python -m diptych.cli` runs the command `diptych`."""

from diptych.cli.start import entry

entry()
