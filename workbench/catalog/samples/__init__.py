"""The samples: real models and texts, pinned by hash, from wherever pip fetches its packages."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
