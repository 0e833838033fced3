"""Detectors: they read the text of one answer and return findings. They do no I/O, read no clock and ask no model."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
