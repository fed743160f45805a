"""What tests of data share."""

import pytest


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory):
    """A cache that holds nothing yet; the tests of a module share it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
