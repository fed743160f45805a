"""Real samples, fetched once into the user's own cache."""

from __future__ import annotations

import pytest

from tests.conftest import missing
from workbench.catalog import samples
from workbench.errors import DownloadError


@pytest.fixture(scope="session")
def sample_folder():
    """Folder of a real sample; where it cannot be fetched the test is skipped (or fails)."""

    def fetch(name):
        try:
            return samples.fetch(name)
        except DownloadError as error:
            missing(f"Sample {name!r} is not here.", str(error))

    return fetch
