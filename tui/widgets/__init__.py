"""The widgets: one per file, each named after what it shows, with a .tcss file beside it if it needs styles."""
