"""The table as a pandas DataFrame: the columns of the CSV export with the types of the Parquet export. Needs pandas."""

from typing import TYPE_CHECKING

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.tidy_table import table
from diptych.sessions.store_errors import TransferError

if TYPE_CHECKING:
    import pandas as pd

_TYPES: dict[type, str] = {int: "Int64", float: "float64", str: "string"}
"""Integers and texts may be missing; a missing number is NaN."""


def data_frame(data: ExportData) -> "pd.DataFrame":
    """Return one row for each answer. Raises TransferError if pandas is not installed, StoreError if the session
    cannot be read."""
    try:
        import pandas as pd
    except ImportError as error:
        raise TransferError("a data frame needs pandas", "pip install 'diptych[frames]'") from error
    written = table(data)
    rows = list(written.rows())
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype=_TYPES[kind]) for name, kind in written.columns.items()
    }
    return pd.DataFrame(columns)
