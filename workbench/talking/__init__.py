"""Talking to models: one, or two side by side; see :mod:`.opening`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
