"""The Parquet export: the table with types and unchanged texts. Needs pyarrow."""

from itertools import islice
from pathlib import Path
from typing import Any

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.tidy_table import table
from diptych.sessions.store_errors import TransferError

_AT_ONCE = 5000
"""Rows in a row group."""


def write(data: ExportData, path: Path) -> list[str]:
    """Write the table. Raises TransferError if pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise TransferError("the Parquet export needs pyarrow", "pip install pyarrow") from error
    types: dict[type, Any] = {int: pa.int64(), float: pa.float64(), str: pa.string()}
    written = table(data)
    schema = pa.schema([(name, types[kind]) for name, kind in written.columns.items()])
    rows = written.rows()
    with parquet.ParquetWriter(path, schema) as file:
        while group := list(islice(rows, _AT_ONCE)):
            file.write_table(pa.Table.from_pylist(group, schema))
    return []
