"""The engine: asks all sides the same question, runs the detectors, counts what they find."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
