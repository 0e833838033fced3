"""Claims of self-knowledge: the legs on which each stands or falls, from what was asked; no model is asked."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
