"""Several trained models as one: votes, weights, a model on top, averaged weights; what they gain.

    import workbench as wb
    together = wb.ensemble(["runs/seed-0", "runs/seed-1", "runs/seed-2"])
    together.compared()
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
