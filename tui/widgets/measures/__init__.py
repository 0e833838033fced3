"""Rates with their intervals."""
