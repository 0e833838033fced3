"""The curve of a family, its words and its points."""
