"""The reader: a small learned model that says what a sentence of an answer means."""
