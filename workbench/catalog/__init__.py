"""What there is to pick from: tasks, models, datasets, and the samples that need no hub.

>>> from workbench import catalog
>>> catalog.tasks()[0]
'text-classification'
"""

from workbench.catalog import samples
from workbench.catalog.cache import cache_table, clear_cache
from workbench.catalog.fetching import download_size, fetch
from workbench.catalog.hub.models import commit_of, model_files, model_folder
from workbench.catalog.listing import datasets, models, tasks
from workbench.catalog.loading.safe_loading import know
from workbench.catalog.references import check, parse_hub

__all__ = [
    "cache_table",
    "check",
    "clear_cache",
    "commit_of",
    "datasets",
    "download_size",
    "fetch",
    "know",
    "model_files",
    "model_folder",
    "models",
    "parse_hub",
    "samples",
    "tasks",
]
