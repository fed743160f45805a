"""What a table of predictions is says its task: no module goes by what its columns look like."""

import ast
from pathlib import Path

import pytest

from workbench import task_registry

PACKAGE = Path(__file__).parent.parent / "workbench"

#: Columns that every table may have: whether one is there says nothing of the task.
USUAL = {"text", "pair", "label", "prediction", "loss", "row"}
#: Where looks may be gone by, and why.
ALLOWED = {
    "score_columns.py": "the one place that knows the prefix",
    "task_of_predictions.py": "the one place that infers a task from the looks of a table",
    "tasks": "a task knows the columns of its own predictions",
    "data": "columns of data sets, which are not predictions",
    "catalog": "columns of data sets, which are not predictions",
    "nets": "stands alone and knows no predictions",
}


def telling() -> set[str]:
    """Columns that the predictions of some tasks have and of others have not."""
    found = {"entities", "answer_start", "no_answer_score"}
    for spec in task_registry.specs():
        found |= set(spec.prediction_table.columns)
    return found - USUAL


def guesses(source: str, names: set[str]) -> list[int]:
    """Lines that ask of columns or cells what a table is."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            named = any(_named(side, names) for side in sides[:-1])
            asked = any(isinstance(op, ast.In | ast.NotIn) for op in node.ops)
            sets = any(isinstance(side, ast.Set) and _named(side, names) for side in sides)
            if (asked and named) or sets:
                found.append(node.lineno)
        elif isinstance(node, ast.BinOp):
            if any(isinstance(s, ast.Set) and _named(s, names) for s in (node.left, node.right)):
                found.append(node.lineno)
        elif isinstance(node, ast.Constant):
            if node.value == "score_":
                found.append(node.lineno)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            if _first_cell(node.args[0]):
                found.append(node.lineno)
        elif isinstance(node, ast.Attribute) and node.attr in ("dtype", "dtypes"):
            if _named(node.value, {"label", "prediction"}, inside=True):
                found.append(node.lineno)
    return sorted(set(found))


def _named(node: ast.AST, names: set[str], *, inside: bool = False) -> bool:
    """Whether a node is one of these names, or a set, list or tuple with one of them."""
    if isinstance(node, ast.Constant):
        return node.value in names
    if isinstance(node, ast.Set | ast.List | ast.Tuple):
        return any(_named(one, names) for one in node.elts)
    return inside and isinstance(node, ast.Subscript) and _named(node.slice, names)


def _first_cell(node: ast.AST) -> bool:
    return any(
        isinstance(one, ast.Subscript) and getattr(one.value, "attr", "") in ("iloc", "iat")
        for one in ast.walk(node)
    )


def modules() -> list[Path]:
    return [
        path for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in ALLOWED
    ]  # fmt: skip


def test_no_module_guesses_what_a_table_of_predictions_is():
    names, found = telling(), []
    assert {"tokens", "residual", "exact_match", "n_best", "question", "answers"} <= names
    for path in modules():
        for line in guesses(path.read_text("utf-8"), names):
            found.append(f"{path.relative_to(PACKAGE.parent)}:{line}")
    assert found == [], "Ask the task: task_for, spec_for; see tasks/shared/predicted.py."


def test_every_exception_is_there():
    assert all((PACKAGE / name).exists() for name in ALLOWED)
    assert len(modules()) > 100


@pytest.mark.parametrize(("line", "guess"), [
    ('if "residual" in table.columns: pass', True),
    ('if "tokens" not in table: pass', True),
    ('kind = "tags" if columns & {"tokens", "entities"} else ""', True),
    ('fits = {"question", "context"} <= set(row)', True),
    ('names = [c for c in table if c.startswith("score_")]', True),
    ('table[f"score_{name}"]', True),
    ('many = isinstance(table["label"].iloc[0], list)', True),
    ('number = table["prediction"].dtype.kind == "f"', True),
    ('if "pair" in table.columns: pass', False),
    ('if name in ("label", "prediction"): pass', False),
    ('table["residual"].abs()', False),
    ('if task_for(table).wrong(table) is None: pass', False),
    ('x = loss.dtype', False),
], ids=["a column", "no column", "some columns", "all columns", "a prefix", "a written prefix",
        "a cell", "a type", "a usual column", "usual names", "a value", "the task", "another type"])
def test_what_counts_as_a_guess(line, guess):
    assert bool(guesses(line, telling())) is guess
