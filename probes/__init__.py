"""Introspection experiments as data: the TOML files in this folder, their loader and the import of other formats."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
