"""The lasting record: every session, its answers as they came, and what was found in them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
