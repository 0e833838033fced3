"""`python -m cli` is the command `diptych`."""

from cli.start import entry

entry()
