"""The store of sessions: every session with its answers as they arrived and the findings in them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
