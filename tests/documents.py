"""Documents as a reader of their JSON sees them."""

import json
from typing import Any

import msgspec

from diptych import compare
from diptych.cli.output import result_table
from diptych.compare.discovery import discover


def plain(document: Any) -> Any:
    """The document as it is printed, and read again."""
    return json.loads(json.dumps(msgspec.to_builtins(document)))


def report(*arguments: Any) -> Any:
    """The document of a run."""
    return plain(compare.report(*arguments))


def stored_measures(*arguments: Any, **named: Any) -> Any:
    """The measures of a saved session."""
    return plain(compare.stored_measures(*arguments, **named))


def discoveries_of_run(*arguments: Any) -> Any:
    """What the document of a run says of differences."""
    return plain(discover.discoveries_of_run(*arguments))


def table(document: Any) -> str:
    """The text of a document that was read from its JSON."""
    return result_table.table(msgspec.convert(document, compare.RunDocument))
