"""The screens. All but the main one are imported from this package only when they are opened: the console
paints its first screen in half the time that it would take to load them all."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
