"""What CONTRIBUTING.md shows: its blocks, and packages made of them as pip would install them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).parent.parent / "CONTRIBUTING.md"
PAGE_TEXT = PAGE.read_text(encoding="utf-8")


def block(heading: str) -> str:
    """The block of the page below a line that begins with a file's name, and what follows it."""
    return re.search(rf"^{re.escape(heading)}.*?\n```\w+\n(.*?)^```$", PAGE_TEXT,
                     re.MULTILINE | re.DOTALL)[1]  # fmt: skip


def install(folder: Path, about: str, files: Mapping[str, str]) -> Path:
    """A package with these files in a folder for the path: ``about`` heads its pyproject.toml."""
    project = tomllib.loads(block(about))["project"]
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    name, version = project["name"], project["version"]
    installed = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    installed.mkdir()
    said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (installed / "METADATA").write_text(said)
    (installed / "entry_points.txt").write_text("\n".join(lines))
    return folder


def install_titles(folder: Path) -> Path:
    """The task that writes, of one file; gives the folder that is to be on the path."""
    return install(folder, "`pyproject.toml` beside it", {"titles.py": block("`titles.py`")})
