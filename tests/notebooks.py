"""What a notebook of this project has to be, and how it is prepared for a quick run."""

from __future__ import annotations

import ast
import copy
import json
import re
import statistics
from pathlib import Path

import nbformat

from tests.lessons import probes, prose

FOLDER = Path(__file__).parent.parent / "notebooks"
OUTPUT_LIMIT = 300_000  # bytes of JSON that all outputs of a notebook may take: its figures
LONGEST_CELL, MEDIAN_CELL = 15, 6  # lines of code that are not empty
WIDGET_MIME = "application/vnd.jupyter.widget"


def paths(folder: Path = FOLDER) -> list[Path]:
    """Every notebook of ``folder`` that is shown to a reader."""
    found = folder.rglob("*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def settings(notebook) -> dict:
    """Its own: ``ci`` (parameters of a quick run), ``slow_reason``, ``seeds`` (their number),
    ``figures`` (of claims with an interval, of the run whose outputs are stored)."""
    return notebook.metadata.get("workbench", {})


def complaints(notebook) -> list[str]:
    """Everything that is wrong with a notebook, one sentence each."""
    found = []
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        found.append(f"It is not a valid notebook: {str(error).splitlines()[0]}.")
    cells = notebook.cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    text = [cell for cell in cells if cell.cell_type == "markdown"]
    if not cells or cells[0].cell_type != "markdown" or not cells[0].source.startswith("# "):
        found.append("The first cell is not a Markdown title (# ...).")
    elif not re.search(r"\bCPU\b", cells[0].source):
        found.append("The title cell does not say how long it takes on a CPU.")
    elif "colab" not in cells[0].source.lower():
        found.append("The title cell has no Colab link.")
    if not any("google.colab" in c.source and "sys.modules" in c.source for c in code):
        found.append('No set-up cell for Colab (if "google.colab" in sys.modules:).')
    if any(re.search(r"pip3? install.*\bfinetune-workbench\b", c.source) for c in cells):
        found.append("It installs the project by its bare name, which is not ours on the index.")
    tagged = [c for c in code if "parameters" in c.metadata.get("tags", [])]
    if len(tagged) != 1:
        found.append(f"{len(tagged)} code cells are tagged 'parameters'; there has to be one.")
    else:
        unknown = set(settings(notebook).get("ci", {})) - assigned(tagged[0].source)
        if unknown:
            found.append(f"workbench.ci sets {sorted(unknown)}, which no parameter is called.")
        if settings(notebook).get("seeds", 1) != 1 and "seed" not in assigned(tagged[0].source):
            found.append("It is to be run with several seeds, and no parameter is called seed.")
    if not any(asserts(c.source) for c in code):
        found.append("It asserts nothing.")
    lengths = [(sum(map(bool, map(str.strip, c.source.splitlines()))), c.id) for c in code]
    long = [f"{name} ({lines} lines)" for lines, name in lengths if lines > LONGEST_CELL]
    if long:
        found.append(f"Code cells are longer than {LONGEST_CELL} lines: {', '.join(long)}.")
    median = statistics.median(lines for lines, _ in lengths) if lengths else 0
    if median > MEDIAN_CELL:
        found.append(f"Its median code cell has {median:g} lines; {MEDIAN_CELL} are allowed.")
    found += _exercise_complaints(notebook)
    found += prose.complaints(notebook, _tree)
    if any(re.search(r"!\[[^]]*\]\(\s*https?:|<img[^>]+https?:", c.source) for c in text):
        found.append("A picture is loaded from the network; link to it instead.")
    if "widgets" in notebook.metadata:
        found.append("Its metadata keeps widget state.")
    outputs = [(cell, output) for cell in code for output in cell.get("outputs", [])]
    size = sum(len(json.dumps(output)) for _, output in outputs)
    if size > OUTPUT_LIMIT:
        found.append(f"Its outputs take {size:,} bytes; {OUTPUT_LIMIT:,} are allowed.")
    if any(m.startswith(WIDGET_MIME) for _, o in outputs for m in o.get("data", {})):
        found.append("An output is a widget's view, which no reader without its kernel can see.")
    if any(output.output_type == "error" for _, output in outputs):
        found.append("An output is an error.")
    unseen = [c.id for c in code if shows_figure(c.source) and not _pictures(c)]
    if unseen:
        found.append(f"No picture is stored of the figures of {', '.join(unseen)}: make notebooks.")
    if any(cell.get("execution_count") is None for cell, _ in outputs):
        found.append("An output has no execution count (nbstripout wants --keep-count).")
    return found


def _exercise_complaints(notebook) -> list[str]:
    """Each exercise has its check, which knows it; what is right stands nowhere in the file."""
    from workbench.lesson.exercises import exercises_of

    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    code = [c.source for c in notebook.cells if c.cell_type == "code"]
    asked = re.findall(r"^\*\*(\d+)\.\*\*", "\n".join(texts), re.M)
    checked = re.findall(r'lesson\.check\("(\d\d)\.(\d+)"', "\n".join(code))
    books = {book for book, _ in checked}
    found = []
    if not asked:
        found.append("It has no exercises (**1.** ...).")
    if len(books) > 1:
        found.append(f"Its exercises are checked as those of {sorted(books)}.")
    known = list(exercises_of(min(books, default="")))
    if not asked == [number for _, number in checked] == known:
        names = [".".join(one) for one in checked]
        found.append(f"It asks {asked}, checks {names}, and the package knows {known}.")
    if any("solution" in c.metadata.get("tags", []) for c in notebook.cells):
        found.append("A cell gives a solution away; its words belong into the catalogue.")
    return found


def _tree(source: str) -> ast.AST:
    """A cell's Python, without the lines that only IPython understands."""
    lines = source.splitlines()
    return ast.parse("\n".join(re.sub(r"^(\s*)[%!].*", r"\1pass", line) for line in lines))


def asserts(source: str) -> bool:
    """Whether the cell has an ``assert`` statement (one in a comment is none)."""
    return any(isinstance(node, ast.Assert) for node in ast.walk(_tree(source)))


def shows_figure(source: str) -> bool:
    """Whether a cell's last line gives a figure, as ``pictures.bars(...)`` and ``picture`` do."""
    last = (_tree(source).body or [None])[-1]
    node, names = getattr(last, "value", None) if isinstance(last, ast.Expr) else None, set()
    while isinstance(node, (ast.Call, ast.Attribute)):
        names.add(getattr(node, "attr", ""))
        node = node.func if isinstance(node, ast.Call) else node.value
    return bool({getattr(node, "id", ""), *names} & {"plots", "pictures", "picture", "figure"})


def _pictures(cell) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


def assigned(source: str) -> set[str]:
    """The names that a cell assigns."""
    names = (node for node in ast.walk(_tree(source)) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def quick(notebook):
    """A copy with the quick run's parameters in a cell after the parameters, as papermill does.

    The values of its prose are computed in it; without parameters of a quick run they have to be
    those of the text, and the numbers of what is shown those that are stored.
    """
    changed = copy.deepcopy(notebook)
    values = settings(notebook).get("ci", {})
    probes.with_probes(changed, equal=not values)
    if not values:
        probes.with_comparisons(changed)
    if values:
        at = next(
            i for i, c in enumerate(changed.cells) if "parameters" in c.metadata.get("tags", [])
        )
        source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["injected-parameters"]})
        changed.cells.insert(at + 1, cell)
    return changed
