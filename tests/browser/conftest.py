"""One JupyterLab and one Chromium for all browser tests; a page each test."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from tests import waiting
from tests.conftest import end_trainings


def _beside(name):
    spec = importlib.util.spec_from_file_location(
        f"workbench_browser_{name}", Path(__file__).with_name(f"{name}.py")
    )
    sys.modules[spec.name] = loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


harness, hostile = _beside("harness"), _beside("hostile")

# ms until what a page has to show is given up: much, since what hangs is found all the same
PATIENCE = 1000 * waiting.PATIENCE
SHOTS = Path(os.environ.get("WORKBENCH_SHOTS", "build/screenshots"))


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(str(item.fspath)).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium(require_browser):
    path = require_browser()
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=harness.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    lab = harness.LabServer(tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("home"))
    yield lab
    lab.stop()


@pytest.fixture(scope="session")
def payloads():
    return hostile.PAYLOADS


def _opened(chromium, server):
    SHOTS.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(viewport={"width": 1280, "height": 1100})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return harness.Lab(server, page, SHOTS)


def _left(driven, server):
    if driven.page.url.startswith("http"):
        driven.check()
    driven.page.context.close()
    server.end_kernels()
    end_trainings(server.root)


@pytest.fixture
def lab(chromium, server):
    driven = _opened(chromium, server)
    yield driven
    _left(driven, server)


@pytest.fixture(scope="module")
def lab_of_all(chromium, server):
    """A page and a kernel for all tests of a module."""
    driven = _opened(chromium, server)
    yield driven
    _left(driven, server)


@pytest.fixture
def another(chromium, server):
    """A function that opens one more page, of a browser that knows nothing of the first."""
    opened = []

    def open_one():
        opened.append(_opened(chromium, server))
        return opened[-1]

    yield open_one
    for driven in opened:
        driven.page.context.close()
