"""Diptych: a base model and its fine-tuned copy side by side."""
