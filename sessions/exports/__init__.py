"""Exports of a session: one module for each format."""
