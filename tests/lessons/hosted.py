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
#: What a set-up cell installs beside the project.
EXTRA = re.compile(r"\[(?:teach|search|serve,ship|quantised,ship)\]")
UPLOAD = "[Open in Colab](https://colab.research.google.com/) (File, Upload notebook)"
#: The newest wheel, under its own name again where a browser saved it as ``... (1).whl``. What was
#: installed before goes first: pip leaves a version alone that is there, and after a failure there
#: is nothing to go on with.
BEGIN = '''import sys
from importlib.metadata import distributions
from pathlib import Path

if "google.colab" in sys.modules:  # FROM
    wheels = Path().glob("finetune_workbench-*-any*.whl")
    wheel = max(wheels, key=lambda path: path.stat().st_mtime, default=None)
'''
NAMED = """f"{wheel.replace(wheel.name.partition('-any')[0] + '-any.whl')}EXTRA\""""
END = '''
    %pip uninstall -qqy finetune-workbench
    %pip install -q "{source}"
    if "finetune-workbench" not in {one.name for one in distributions()}:
        raise ImportError("pip installed nothing: mend what it says above, run this cell again.")'''
FROM_WHEEL = BEGIN.replace("FROM", "with the project's wheel uploaded beside the notebook") + f"""\
    if wheel is None:
        raise FileNotFoundError("Upload the wheel that `make wheel` leaves in dist/, run again.")
    source = {NAMED}{END}"""
FROM_ADDRESS = BEGIN.replace("FROM", "a wheel beside the notebook, else the repository") + f"""\
    source = "finetune-workbenchEXTRA @ git+ADDRESS"
    if wheel is not None:
        source = {NAMED}{END}"""


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
    """The source of the set-up cell; ``extra`` as ``"[teach]"`` or ``"[search]"``."""
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
            extra = EXTRA.search(cell.source)
            cell.source = set_up(extra[0] if extra else "", at)
    return new
