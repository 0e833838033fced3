"""The exit codes of every command."""

DONE = 0
SOME_FAILED = 1
"""Some answers, sides or files failed."""
USAGE = 2
"""The arguments or the configuration are wrong."""
UNREACHABLE = 3
"""No endpoint could be reached."""
INTERRUPTED = 130
"""Ctrl-C, SIGTERM, or a closed terminal."""
