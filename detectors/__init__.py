"""Pure readers of answers: text in, findings out. No input or output, no clock, no model."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
