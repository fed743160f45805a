"""Panels and views for a notebook; each works alone, from Python as from the mouse."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
