"""The README of a folder from the hub: which files are which split of which configuration."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path, PurePosixPath
from typing import Any

from workbench import plain_yaml
from workbench.errors import DataError, nearest
from workbench.i18n import t

from .archives import hidden
from .chosen_splits import known
from .folder_entries import is_readable
from .reports import FileReport

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
        If there is no such configuration, none of its files is there, or a pattern leads out of
        the folder.
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
    gone, names = [], known(list(chosen.patterns))
    for split, patterns in chosen.patterns.items():
        if files := _matching(folder, patterns):
            found.setdefault(names[split], []).extend(files)
        else:
            gone.append(split)
    if not found and wanted is not None:
        raise DataError(
            t("data_notes.cards_config_gone", folder=folder.name, name=wanted),
            t("data_notes.cards_config_gone_back"),
        )
    if not found:
        return {}
    if gone:
        report.note(
            "warning", "parts missing",
            t("data_notes.cards_gone", n=len(gone), folder=folder.name,
              names=", ".join(map(repr, gone[:6]))),
            t("data_notes.parts_missing_back"), len(gone),
        )  # fmt: skip
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
            name = _plain(one.get("config_name"), "default")
            found.append(Config(name, patterns, one.get("default") is True))
    return found


def _plain(value: Any, otherwise: str) -> str:
    """A name as it is written; a list is none, however large it were if it was written out."""
    return str(value) if isinstance(value, (str, int, float)) else otherwise


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
            split, path = _plain(one.get("split"), "train"), one.get("path")
        for pattern in path if isinstance(path, list) else [path]:
            if isinstance(pattern, str) and pattern.strip():
                found.setdefault(split, []).append(above + pattern.strip().removeprefix("./"))
    return found


def _for_glob(pattern: str) -> str:
    """A pattern of the hub, in which ``**`` may stand beside other signs: ``data/**.csv``."""
    parts = [p if p == "**" else re.sub(r"\A\*\*+", "**/*", p) for p in pattern.split("/")]
    parts = [re.sub(r"(?<=[^/*])\*\*+", "*", p) for p in parts]
    return "/".join([*parts, "*"] if parts[-1] == "**" else parts)


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
        try:
            matched = [plain] if plain.is_file() else sorted(folder.glob(_for_glob(pattern)))
        except (OSError, ValueError):  # a name that no file can have
            continue
        for file in matched:
            if is_readable(file) and not hidden(file.relative_to(folder).as_posix()):
                found[file] = None
    return list(found)
