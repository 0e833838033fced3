"""Many answers to one question as rows."""
