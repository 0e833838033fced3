"""An answer and the column that it stands in."""
