"""pyproject.toml, constraints.txt, environment.yml and the Makefile say the same."""

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

ROOT = Path(__file__).parent.parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
PYTHONS = ("3.11.2", "3.11.7", "3.12.1", "3.13.0")
# What is installed beside the pinned set: pip itself, the project, and a GPU build's own libraries.
UNPINNED = re.compile(r"pip$|wheel$|finetune-workbench$|nvidia-|cuda-|triton$|appnope$")


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
    bounds = {r.name: {s.operator for s in r.specifier} for r in requirements()}
    free = ["torch", "numpy", "pandas", "ipykernel", "ipywidgets", "plotly"]
    assert {name: bounds[name] for name in free} == {name: {">="} for name in free}


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
        if (name, tuple(extras)) in seen or UNPINNED.match(name):
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
