"""`python -m cli` is the command `diptych`."""

from cli.main import entry

entry()
