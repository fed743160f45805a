"""What decides whether two machines compute the same: this package's code and a few versions."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "accelerate", "peft")


@cache
def fingerprint() -> dict[str, str]:
    """Versions by package, of Python, and ``code``: a digest of this package's modules."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    package, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return {**found, "code": digest.hexdigest()[:16]}


def differences(there: dict, here: dict) -> list[str]:
    """Each part that differs: "torch 2.13.0, 2.12.1 on the node".

    >>> differences({"torch": "2.13.0", "code": "a"}, {"torch": "2.12.1", "code": "a"})
    ['torch 2.13.0, 2.12.1 on the node']
    """
    names = [name for name in there if there[name] != here.get(name, "none")]
    return [f"{name} {there[name]}, {here.get(name, 'none')} on the node" for name in names]
