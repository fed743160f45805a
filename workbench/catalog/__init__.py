"""What there is to pick from: tasks, models, datasets, and the samples that need no hub.

>>> from workbench import catalog
>>> catalog.tasks()[0]
'text-classification'
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
