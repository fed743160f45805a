"""How a notebook opens in Colab, and what its first cell installs there.

Both follow from the project's metadata: with ``Repository = "https://github.com/owner/name"`` under
``[project.urls]`` the link opens this very notebook and the cell installs from there; without it
the reader is told to upload. A wheel that lies beside the notebook comes first either way. The
project is never installed by its bare name: that is not ours on the index.
"""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LINK = re.compile(r"\[Open in Colab\]\([^)]*\)(?: \(File, Upload notebook\))?")
UPLOAD = "[Open in Colab](https://colab.research.google.com/) (File, Upload notebook)"
BEGIN = "import sys\nfrom pathlib import Path\n\n"
FROM_WHEEL = BEGIN + '''\
if "google.colab" in sys.modules:  # with the project's wheel uploaded beside the notebook
    wheel = max(map(str, Path().glob("finetune_workbench-*.whl")), default="")
    if not wheel:
        raise FileNotFoundError("Upload the wheel that `make wheel` leaves in dist/, run again.")
    %pip install -q "{wheel}EXTRA"'''
FROM_ADDRESS = BEGIN + '''\
if "google.colab" in sys.modules:  # a wheel beside the notebook, else the project's repository
    wheel = max(map(str, Path().glob("finetune_workbench-*.whl")), default="")
    source = wheel + "EXTRA" if wheel else "finetune-workbenchEXTRA @ git+ADDRESS"
    %pip install -q "{source}"'''


def address(metadata: Path = ROOT / "pyproject.toml") -> str:
    """The repository's address in a project's metadata; "" where it has none."""
    project = tomllib.loads(metadata.read_text(encoding="utf-8"))["project"]
    return project.get("urls", {}).get("Repository", "").rstrip("/").removesuffix(".git")


def link(name: str, at: str) -> str:
    """The link that opens the notebook ``name``; Colab reads repositories of GitHub alone."""
    place = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+)", at)
    if not place:
        return UPLOAD
    opens = f"https://colab.research.google.com/github/{place[1]}/blob/main/notebooks/{name}"
    return f"[Open in Colab]({opens})"


def set_up(extra: str, at: str) -> str:
    """The source of the set-up cell; ``extra`` as ``"[teach]"``."""
    cell = FROM_ADDRESS.replace("ADDRESS", at) if at else FROM_WHEEL
    return cell.replace("EXTRA", extra)


def is_set_up(source: str) -> bool:
    """Whether a cell's source is the one that installs the project in Colab."""
    return "google.colab" in source


def settled(notebook, name: str, at: str | None = None):
    """A copy whose link and set-up cell are those of the address, by default the project's."""
    at = address() if at is None else at
    new = copy.deepcopy(notebook)
    new.cells[0].source = LINK.sub(lambda _: link(name, at), new.cells[0].source)
    for cell in new.cells:
        if cell.cell_type == "code" and is_set_up(cell.source):
            cell.source = set_up("[teach]" if "[teach]" in cell.source else "", at)
    return new
