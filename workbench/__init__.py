"""finetune-workbench: pick a model and a dataset, fine-tune, and see what the model does.

    import workbench as wb
    run = wb.fine_tune(wb.Recipe(model="sample:minilm-l6", dataset="sample:movie-sentiment"))
    wb.plots.confusion(run)

Nothing heavy is imported until it is used.
"""

import lazy_loader

from . import libraries

__version__ = "0.1.0"

libraries.guard()  # before anybody imports transformers

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__.append("__version__")
