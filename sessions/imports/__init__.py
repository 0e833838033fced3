"""Imports of sessions: one module for each format."""
