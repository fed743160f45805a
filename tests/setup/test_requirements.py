"""pyproject.toml, constraints.txt, environment.yml and the Makefile say the same."""

import os
import platform
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.setup import versions

ROOT = Path(__file__).parent.parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
PYTHONS = ("3.11.2", "3.11.7", "3.12.1", "3.13.0")


def requirements() -> list[Requirement]:
    lists = [PROJECT["dependencies"], *EXTRAS.values()]
    return [Requirement(line) for lines in lists for line in lines]


def lines() -> list[Requirement]:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    return [Requirement(line) for line in text.splitlines() if line and line[0] != "#"]


def pins(python: str = platform.python_version()) -> dict[str, Version]:
    """The version of each package that is pinned for a Python."""
    fitting = [r for r in lines() if not r.marker or r.marker.evaluate({
        "python_full_version": python, "python_version": python.rpartition(".")[0]})]  # fmt: skip
    found = {}
    for requirement in fitting:
        (exact,) = requirement.specifier
        assert exact.operator == "==", f"{requirement} is no pin"
        assert canonicalize_name(requirement.name) not in found, f"{requirement} is pinned twice"
        found[canonicalize_name(requirement.name)] = Version(exact.version)
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_each_python_has_one_pin_of_each_package(python):
    assert set(pins(python)) == {canonicalize_name(r.name) for r in lines()}


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_each_dependency_is_pinned_at_a_version_that_it_allows(requirement):
    pinned = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pinned), f"{requirement} against {pinned}"


def test_pins_fit_every_machine():
    """A local tag such as +cpu exists on one index only."""
    assert [name for name, version in pins().items() if version.local] == []
    assert "torchvision" not in pins()
    assert pins()["torch"] == Version("2.13.0")


def test_a_hosted_notebook_keeps_its_own_versions():
    """Installing the package there replaces nothing that is listed in hosted.txt."""
    bounds = {canonicalize_name(line.name): line.specifier
              for line in map(Requirement, PROJECT["dependencies"])}  # fmt: skip
    text = (ROOT / "tests" / "setup" / "hosted.txt").read_text("utf-8")
    hosted = [Requirement(line) for line in text.splitlines() if line and line[0] != "#"]
    theirs = {canonicalize_name(r.name): Version(str(r.specifier)[2:]) for r in hosted}
    kept = {"torch", "numpy", "pandas", "ipywidgets", "traitlets", "ipython", "plotly", "pyarrow"}
    assert kept <= set(theirs)
    replaced = {name: str(bounds[name]) for name, version in theirs.items()
                if name in bounds and not bounds[name].contains(version)}  # fmt: skip
    assert replaced == {}
    assert [str(r) for r in requirements() if {s.operator for s in r.specifier} != {">="}] == []


@pytest.mark.parametrize("names", [(), ("aiohttp", "yarl")], ids=["all", "two-left-out"])
def test_what_has_no_pin_is_named(names):
    found = dict.fromkeys(["torch", "aiohttp", "yarl", "nvidia-nccl-cu13", "triton"], Version("1"))
    assert versions.unpinned(found, versions.pinned_names() - set(names)) == list(names)


def test_uv_looks_where_pip_looks(monkeypatch):
    for name in ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX"):
        monkeypatch.delenv(f"PIP_{name}", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://more.example/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    options = versions._as_pip()[0]
    assert options[2:] == ["--default-index", "https://index.example/simple", "--index",
                           "https://more.example/simple", "--find-links", "/wheels"]  # fmt: skip


def test_each_dependency_says_what_it_is_for():
    lines = re.findall(r'^    "[\w-]+>=[\d.]+",.*$', PYPROJECT, re.M)
    assert len(lines) == len(requirements())
    assert [line for line in lines if not re.search(r",\s+# \w+", line)] == []


def test_what_is_installed_is_what_is_pinned():
    """Of the project's whole tree of dependencies: nothing unpinned, nothing at another version."""
    waiting = [(r, "") for r in requirements()]
    seen, wrong = set(), []
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        extras = requirement.extras or {""}
        if (name, tuple(extras)) in seen or versions.UNPINNED.match(name):
            continue
        seen.add((name, tuple(extras)))
        try:
            found = distribution(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is not installed")
            continue
        have, pin = Version(found.version), pins().get(name)
        if pin is None or Version(have.public) != pin:
            wrong.append(f"{name} {have} is installed, pinned is {pin}")
        waiting += [(Requirement(line), e) for line in found.requires or [] for e in extras]
    assert wrong == []


def test_conda_users_get_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    *conda, by_pip = environment["dependencies"]
    assert environment["name"] == PROJECT["name"]
    python = next(c for c in conda if c.startswith("python=")).split("=")[1]
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(f"{python}.99")
    assert "pip" in conda
    assert by_pip["pip"] == [
        "--only-binary=:all:", "-c constraints.txt", f"-e .[{makefile_extras()}]"
    ]  # fmt: skip


def makefile_extras() -> str:
    return re.search(r"^EXTRAS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M).group(1)


def test_make_installs_every_extra_that_the_tests_need():
    assert set(makefile_extras().split(",")) == set(EXTRAS)
