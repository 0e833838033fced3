"""Writes docs/run-document.schema.json, the JSON Schema of what `diptych run --json` and `diptych ask --json` print.

python docs/schema.py
"""

import json
from pathlib import Path

import msgspec

from diptych.compare import RunDocument

FILE = Path(__file__).parent / "run-document.schema.json"


def schema() -> str:
    """The schema as the text of its file."""
    found = msgspec.json.schema(RunDocument)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "RunDocument"}
    return json.dumps(head | found, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema())
