"""What is tried out before counts are believed: a side, a pair, the context, where a fine-tune acts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
