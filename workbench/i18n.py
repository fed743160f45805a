"""Every word the interface shows, from one catalogue a language: ``locales/<language>.json``.

A catalogue is nested JSON; ``t("train.stop")`` walks it by the dots. English is the reference:
every other catalogue has keys of its and the same placeholders (a test holds that); a text that one
has not is English.

>>> t("controls.stop")
'Stop'
>>> t("examples.count", n=1), t("examples.count", n=1200)
('1 example', '1,200 examples')
"""

from __future__ import annotations

import json
import os
import warnings
from functools import cache
from importlib import resources

from workbench.errors import UnknownName, kind_of, nearest

REFERENCE = "en"
_language: str | None = None


def languages() -> list[str]:
    """The languages that have a catalogue, e.g. ``["en"]``."""
    return list(_languages())


@cache
def _languages() -> tuple[str, ...]:
    folder = resources.files("workbench") / "locales"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".json")))


def language() -> str:
    """The language in use: the one set, else ``$WORKBENCH_LANGUAGE``, else English."""
    if _language is not None:
        return _language
    wanted = os.environ.get("WORKBENCH_LANGUAGE", REFERENCE)
    return wanted if wanted in _languages() else REFERENCE


def set_language(name: str) -> None:
    """Show the interface in this language from now on.

    Raises
    ------
    UnknownName
        If no catalogue has that name.
    """
    global _language
    if name not in languages():
        raise UnknownName(
            f"There is no interface text in the language {name!r}.", nearest(name, languages())
        )
    _language = name


def t(key: str, /, **values: object) -> str:
    """The text behind ``key`` in the language in use, with ``values`` put in.

    An entry may be one string or ``{"one": ..., "other": ...}``, chosen by the value ``n``. Values
    are put in as they are: a caller that builds HTML escapes the result, not the catalogue.

    Raises
    ------
    UnknownName
        If the reference catalogue has no such text, or the text needs a value that is missing.
    """
    entry = _find(language(), key)
    if entry is None:
        entry = _find(REFERENCE, key)
    if isinstance(entry, dict) and "other" in entry:
        entry = entry["one"] if values.get("n") == 1 and "one" in entry else entry["other"]
    if not isinstance(entry, str):
        raise UnknownName(
            f"The interface has no text {key!r}.",
            nearest(key, sorted(flat(REFERENCE))),
        )
    try:
        return entry.format(**values)
    except (KeyError, IndexError) as missing:
        raise UnknownName(
            f"The text {key!r} needs the value {missing}.", f"It reads: {entry!r}."
        ) from None


def named(key: str, usual: str) -> str:
    """The text behind ``key`` in the language in use, or ``usual`` where it has none.

    For names that are declared elsewhere, in English: those of tasks and their metrics.
    """
    entry = _find(language(), key)
    return entry if isinstance(entry, str) else usual


def of_package(package: str, key: str) -> str | None:
    """The text behind ``key`` in another package's catalogue of the language in use, or None.

    Its catalogues are the files ``locales/<language>.json`` beside its modules. One that cannot be
    read is said once, and counts as empty.
    """
    entry = _inside(_catalogue_of(package, language()), key)
    return entry if isinstance(entry, str) else None


def group(prefix: str) -> dict[str, object]:
    """The raw entries below ``prefix``, for a view that puts values in by itself (JavaScript)."""
    entry = _find(REFERENCE, prefix)
    if not isinstance(entry, dict):
        raise UnknownName(f"The interface has no group of texts {prefix!r}.")
    own = _find(language(), prefix)
    return {**entry, **(own if isinstance(own, dict) else {})}


def flat(name: str) -> dict[str, str]:
    """One catalogue as ``{"a.b.c": text}``; plural forms end in ``.one`` and ``.other``."""
    found: dict[str, str] = {}

    def walk(prefix: str, node: dict) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            else:
                found[prefix + key] = value

    walk("", _catalogue(name))
    return found


def _find(name: str, key: str) -> object:
    return _inside(_catalogue(name), key)


def _inside(node: object, key: str) -> object:
    for part in key.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node


@cache
def _catalogue_of(package: str, name: str) -> dict:
    try:
        file = resources.files(package) / "locales" / f"{name}.json"
        found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        if not isinstance(found, dict):
            raise ValueError(f"it holds {kind_of(found)}")
        return found
    except (ImportError, OSError, TypeError, ValueError) as error:
        why = str(error).partition("\n")[0]
        said = t("words.unreadable", package=package, file=f"{name}.json", why=why)
        warnings.warn(said, stacklevel=2)
        return {}


@cache
def _catalogue(name: str) -> dict:
    return json.loads(
        (resources.files("workbench") / "locales" / f"{name}.json").read_text(encoding="utf-8")
    )
