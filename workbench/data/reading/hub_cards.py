"""The README of a folder from the hub: which files are which split of which configuration."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path, PurePosixPath
from typing import Any

from workbench import plain_yaml
from workbench.errors import DataError, nearest
from workbench.i18n import t

from .folder_entries import is_readable
from .reports import FileReport
from .split_names import SPLIT_NAMES

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(\r?\n|\Z)", re.DOTALL)
_MOST = 2**20  # bytes of a README that are looked at


@dataclasses.dataclass(frozen=True)
class Config:
    """A configuration: its name, and the patterns of its files by split."""

    name: str
    patterns: dict[str, list[str]]
    default: bool


def card_files(folder: Path, wanted: str | None, report: FileReport) -> dict[str, list[Path]]:
    """The files of each split as the README of a folder names them; none where it names none.

    Parameters
    ----------
    wanted : str or None
        The configuration; by default the one that says so, is called ``default`` or is the first.

    Raises
    ------
    DataError
        If there is no such configuration, or a pattern leads out of the folder.
    """
    configs = _configs(folder)
    if wanted is not None and wanted not in [one.name for one in configs]:
        names = [one.name for one in configs]
        raise DataError(
            t("data_notes.cards_no_config", folder=folder.name, name=wanted),
            nearest(wanted, names) if names else t("data_notes.cards_none"),
        )
    if not configs:
        return {}
    order = sorted(configs, key=lambda one: (not one.default, one.name != "default"))
    chosen = next((one for one in configs if one.name == wanted), order[0])
    found: dict[str, list[Path]] = {}
    for split, patterns in chosen.patterns.items():
        files = _matching(folder, patterns)
        if files:
            found.setdefault(SPLIT_NAMES.get(split.lower(), split), []).extend(files)
    if not found:
        return {}
    shown = "; ".join(f"{s} {', '.join(f.name for f in files[:3])}" for s, files in found.items())
    report.note("info", "card", t("data_notes.cards_files", folder=folder.name, shown=shown))
    if len(configs) > 1:
        others = ", ".join(repr(one.name) for one in configs[:6] if one is not chosen)
        report.note(
            "info" if wanted else "warning", "card",
            t("data_notes.cards_config", folder=folder.name, n=len(configs), name=chosen.name,
              others=others),
            t("data_notes.cards_config_back"), len(configs) - 1,
        )  # fmt: skip
    return found


def _configs(folder: Path) -> list[Config]:
    readmes = folder.glob("[Rr][Ee][Aa][Dd][Mm][Ee].[Mm][Dd]")
    readme = next((file for file in readmes if file.is_file()), None)
    if readme is None:
        return []
    import yaml

    with open(readme, encoding="utf-8", errors="replace", newline="") as stream:
        front = _FRONT.match(stream.read(_MOST))
    try:
        said = plain_yaml.load(front.group(1)) if front else None
    except (yaml.YAMLError, ValueError):
        return []
    configs = said.get("configs") if isinstance(said, dict) else None
    found = []
    for one in configs if isinstance(configs, list) else []:
        if isinstance(one, dict) and (patterns := _patterns(one)):
            name = str(one.get("config_name", "default"))
            found.append(Config(name, patterns, one.get("default") is True))
    return found


def _patterns(config: dict) -> dict[str, list[str]]:
    """The patterns of a configuration by split, in whichever way it writes them."""
    files = config.get("data_files")
    above = config.get("data_dir")
    above = f"{above.strip('/')}/" if isinstance(above, str) and above.strip("/.") else ""
    if files is None:
        return {"train": [f"{above}*"]} if above else {}
    if isinstance(files, dict):
        files = [{"split": split, "path": path} for split, path in files.items()]
    found: dict[str, list[str]] = {}
    for one in files if isinstance(files, list) else [files]:
        split, path = "train", one
        if isinstance(one, dict):
            split, path = str(one.get("split", "train")), one.get("path")
        for pattern in path if isinstance(path, list) else [path]:
            if isinstance(pattern, str) and pattern.strip():
                found.setdefault(split, []).append(above + pattern.strip().removeprefix("./"))
    return found


def _matching(folder: Path, patterns: list[Any]) -> list[Path]:
    found: dict[Path, None] = {}
    for pattern in patterns:
        parts = PurePosixPath(pattern).parts
        if pattern.startswith(("/", "\\")) or ".." in parts or "\0" in pattern:
            raise DataError(
                t("data_notes.cards_outside", folder=folder.name, pattern=pattern[:80]),
                t("data_notes.cards_outside_back"),
            )
        if "://" in pattern:
            continue
        plain = folder / pattern
        matched = [plain] if plain.is_file() else sorted(folder.glob(pattern))
        found |= dict.fromkeys(file for file in matched if is_readable(file))
    return list(found)
