"""Diptych: a base model and its fine-tuned copy side by side.

The Python API: `run` asks a probe, `ask` a free question, `open_store` reads what was saved. Everything is loaded when
it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
