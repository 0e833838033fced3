"""Writes the JSON Schema of what `diptych run --json` and `diptych ask --json` print, and of `diptych run --family`.

python docs/schema.py
"""

import json
from pathlib import Path

import msgspec

from diptych.compare import FamilyDocument, RunDocument

FOLDER = Path(__file__).parent
FILES: dict[str, type[msgspec.Struct]] = {
    "run-document.schema.json": RunDocument,
    "family-document.schema.json": FamilyDocument,
}


def schema(document: type[msgspec.Struct]) -> str:
    """The schema as the text of its file."""
    found = msgspec.json.schema(document)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": document.__name__}
    return json.dumps(head | found, indent=2) + "\n"


if __name__ == "__main__":
    for name, document in FILES.items():
        (FOLDER / name).write_text(schema(document))
