"""Try other Pythons and other versions: ``python -m tests.setup.versions`` (``make versions``).

First every set is resolved for every Python, wheels only, which takes seconds. Then, without
``--resolve``, each set that can be had here is installed into an empty environment of its own;
every module is imported and the quick part of the tests runs there, with a time limit for each
test. What cannot be had (no such Python, or a torch that brings gigabytes for GPUs) is said.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from workbench.catalog.downloads.pipconfig import PUBLIC, pip_settings

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
PYTHONS = ("3.11.2", "3.11.7", "3.12", "3.13")
TORCH = "2.13.0"  # the only one that is installed for a try; others are resolved
# What is installed beside the pinned set: pip itself, the project, and a GPU build's own libraries.
UNPINNED = re.compile(r"pip$|wheel$|finetune-workbench$|nvidia-|cuda-|triton$")
LIMIT = 300  # seconds a test may take in a try
IMPORT_ALL = """
import importlib, pkgutil, workbench
for module in pkgutil.walk_packages(workbench.__path__, "workbench."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


@dataclass(frozen=True)
class Set:
    """A way to choose versions."""

    name: str
    resolution: str = "highest"
    constraints: str = ""  # a file beside this one, or in the repository's root
    extras: tuple[str, ...] = (
        "lab", "teach", "quantised", "ship", "search", "serve", "preferences", "test", "dev",
    )  # fmt: skip
    pythons: tuple[str, ...] = PYTHONS
    also: tuple[str, ...] = ()  # further constraints


SETS = (
    Set("pins", constraints="constraints.txt"),
    Set("highest"),
    # trl wants newer ones of what we share than we do
    Set(
        "lowest", "lowest-direct",
        extras=("lab", "teach", "quantised", "ship", "search", "serve", "test", "dev"),
    ),
    Set("pandas-2", also=("pandas<3",)),
    Set("hosted", constraints="tests/setup/hosted.txt", extras=("teach",), pythons=("3.12",)),
)


class CannotResolve(Exception):
    """No versions fit together; the text says why."""


def resolve(chosen: Set, python: str, *, torch: str | None = None) -> dict[str, Version]:
    """The version of every package of a set for a Python of this machine's kind, wheels only.

    Parameters
    ----------
    torch : str, optional
        Its version, where the set's own is not wanted.

    Raises
    ------
    CannotResolve
        If there is no solution, or uv is not there.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-versions-") as folder:
        limits = Path(folder) / "limits.txt"
        limits.write_text("\n".join([*chosen.also, *([f"torch=={torch}"] if torch else [])]))
        command = [_uv(), "pip", "compile", "pyproject.toml", "--python-version", python,
                   "--resolution", chosen.resolution, "--only-binary", ":all:", "--quiet",
                   "--no-header", "--no-annotate", "--constraints", str(limits)]  # fmt: skip
        command += [part for extra in chosen.extras for part in ("--extra", extra)]
        if chosen.constraints:
            command += ["--constraints", chosen.constraints]
        options, env = _as_pip()
        done = subprocess.run(command + options, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise CannotResolve(" ".join(done.stderr.split()))
    found = {}
    for line in done.stdout.splitlines():
        if line and line[0] not in "#-":
            requirement = Requirement(line)
            (exact,) = requirement.specifier
            found[canonicalize_name(requirement.name)] = Version(exact.version)
    return found


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise CannotResolve("uv is not installed; `make setup` does that.")
    return found


def _as_pip() -> tuple[list[str], dict[str, str]]:
    """uv's options and environment that make it look where this machine's pip looks."""
    settings = pip_settings()
    main, *extra = settings.index_urls or (PUBLIC,)
    options = ["--index-strategy", "unsafe-best-match"]  # as pip: the best of all indexes
    options += ["--default-index", main] if main != PUBLIC else []
    options += [part for url in extra for part in ("--index", url)]
    options += [part for place in settings.find_links for part in ("--find-links", place)]
    options += ["--no-index"] if not settings.index_urls else []
    env = dict(os.environ)
    if settings.cert:
        env["SSL_CERT_FILE"] = settings.cert
    return options, env


def unpinned(found: dict[str, Version], pins: set[str]) -> list[str]:
    """Packages of a resolution that have no pin."""
    return sorted(name for name in found if name not in pins and not UNPINNED.match(name))


def pinned_names() -> set[str]:
    """The packages that constraints.txt pins."""
    text = (ROOT / "constraints.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and line[0] != "#")
    return {canonicalize_name(Requirement(line).name) for line in lines}


def resolve_all() -> bool:
    """Resolve every set for every Python and print a line each; whether all held."""
    pins = pinned_names()

    def line(chosen: Set, python: str) -> tuple[bool, str]:
        try:
            found = resolve(chosen, python)
        except CannotResolve as error:
            return False, f"DOES NOT RESOLVE: {error}"
        missing = unpinned(found, pins) if chosen.name == "pins" else []
        if missing:
            return False, f"UNPINNED: {', '.join(missing)}"
        return True, f"{len(found)} packages, torch {found['torch'].public}"

    cases = [(chosen, python) for chosen in SETS for python in chosen.pythons]
    held = True
    with ThreadPoolExecutor(4) as threads:  # they wait for the index most of the time
        lines = [threads.submit(line, *case) for case in cases]
        for (chosen, python), done in zip(cases, lines, strict=True):
            good, said = done.result()
            held = held and good
            print(f"{chosen.name:9s} Python {python:7s} {said}", flush=True)
    return held


def interpreters() -> dict[str, str]:
    """A Python of this machine for each version that is tried, as far as there is one."""
    places = [getattr(sys, "_base_executable", sys.executable)]
    names = ("python3", "python3.11", "python3.12", "python3.13")
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin", "/usr/local/bin"]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    folders += [str(folder) for folder in sorted(pyenv.glob("3.1*/bin"))]
    places += [str(Path(folder) / name) for folder in folders for name in names]
    found: dict[str, str] = {}
    for place in dict.fromkeys(p for p in places if os.access(p, os.X_OK) and "shims" not in p):
        ask = "import sys, ensurepip, venv; print('.'.join(map(str, sys.version_info[:3])))"
        done = subprocess.run([place, "-c", ask], capture_output=True, text=True)
        version = done.stdout.strip()
        for python in PYTHONS:
            if done.returncode == 0 and f"{version}.".startswith(f"{python}."):
                found.setdefault(python, place)
    return found


def gpu_parts(python: Path) -> list[str] | None:
    """What torch would bring for GPUs with this environment's pip; None if it cannot be had."""
    command = [str(python), "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps",
               "--quiet", "--only-binary", ":all:", "--report", "-", f"torch=={TORCH}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return None
    (torch,) = json.loads(done.stdout)["install"]
    needs = (Requirement(line) for line in torch["metadata"].get("requires_dist", []))
    return [r.name for r in needs if re.match(r"nvidia-|cuda-", r.name)
            and (not r.marker or r.marker.evaluate({"extra": ""}))]  # fmt: skip


def attempt(chosen: Set, python: str, interpreter: str, *, gpu: bool) -> tuple[bool, str]:
    """Install a set into an empty environment, run the quick tests; whether it held, and what."""
    with tempfile.TemporaryDirectory(prefix="workbench-try-") as folder:
        place = Path(folder)
        hidden = ("PYTHON", "VIRTUAL_ENV", "PYTEST_", "WORKBENCH_")
        env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        env |= {"TMPDIR": folder, "WORKBENCH_TEST_LIMIT": str(LIMIT),
                "WORKBENCH_RUNS": str(place / "runs")}  # fmt: skip
        subprocess.run([interpreter, "-m", "venv", place / "env"], check=True)
        inside = place / "env" / "bin" / "python"
        parts = gpu_parts(inside)
        if parts is None:
            return True, f"resolved only: no wheel of torch {TORCH} is to be had here"
        if parts and not gpu:
            return True, f"resolved only: torch {TORCH} brings {len(parts)} GPU packages (--gpu)"
        try:
            found = resolve(chosen, python, torch=TORCH)
        except CannotResolve as error:
            return False, f"does not resolve with torch {TORCH}: {error}"
        pins = place / "pins.txt"
        pins.write_text("".join(f"{name}=={version.public}\n" for name, version in found.items()
                                if not UNPINNED.match(name)))  # fmt: skip
        extras = ",".join(dict.fromkeys([*chosen.extras, "test"]))
        install = [inside, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
        for target in (["setuptools"], ["--no-build-isolation", "--editable", f".[{extras}]"]):
            done = subprocess.run([*install, "--constraint", pins, *target], cwd=ROOT, env=env)
            if done.returncode:
                return False, "pip could not install it"
        if subprocess.run([inside, "-c", IMPORT_ALL], cwd=place, env=env).returncode:
            return False, "a module cannot be imported"
        tests = [inside, "-m", "pytest", "-q", "-m", "not serial and not browser",
                 "-p", "no:cacheprovider", "--ignore", "tests/test_notebooks.py",
                 "--ignore", "tests/setup", "-n", "2", "--dist", "loadfile"]  # fmt: skip
        done = subprocess.run(tests, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        lines = done.stdout.splitlines() or [""]
        failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
        print(*failed, sep="\n", end="\n" if failed else "")
        return done.returncode == 0, lines[-1]


def main() -> int:
    """Resolve, then try; the exit status."""
    parser = argparse.ArgumentParser(prog="make versions", description=__doc__.splitlines()[0])
    parser.add_argument("--resolve", action="store_true", help="resolve only, in seconds")
    parser.add_argument("--gpu", action="store_true", help="also where torch brings GPU parts")
    parser.add_argument("--set", choices=[s.name for s in SETS], help="try this set alone")
    parser.add_argument("--python", choices=PYTHONS, help="try with this Python alone")
    asked = parser.parse_args()
    held = resolve_all()
    if asked.resolve:
        return 0 if held else 1
    here = interpreters()
    for chosen in (s for s in SETS if asked.set in (None, s.name)):
        for python in (p for p in chosen.pythons if asked.python in (None, p)):
            if python in here:
                good, said = attempt(chosen, python, here[python], gpu=asked.gpu)
            else:
                good, said = True, "resolved only: there is no such Python here"
            held = held and good
            verdict = "" if good else "FAILED: "
            print(f"{chosen.name:9s} Python {python:7s} {verdict}{said}", flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
