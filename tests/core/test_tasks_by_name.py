"""No module but a task's own folder names a task: whatever differs by task is declared there."""

import ast
import json
from pathlib import Path

import pytest

import workbench
from workbench import task_registry

PACKAGE = Path(workbench.__file__).parent
NAMES = task_registry.names(trains=None)

# Where a task's name stands all the same, and why.
ALLOWED = {
    "catalog/samples/pinned.py": "a data set says what it is for",
    "catalog/listing.py": "a data set says what it is for",
    "nets/bert_heads.py": "problem_type of a config, as the library writes it",
    "shipping/packing/model_card.py": "what the hub calls its pipelines",
    "inspection/inside/attention.py": "problem_type of a config, as the library writes it",
}


def said_in(source: str) -> list[tuple[int, str]]:
    """Line and text of each string that names a task; docstrings are not code."""
    tree = ast.parse(source)
    told = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            told.add(id(body[0].value))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            if any(names_task(node.value, name) for name in NAMES):
                found.append((node.lineno, node.value))
    return found


def names_task(text: str, name: str) -> bool:
    """Of a name that is a word of the language as well only the whole text, or it in quotes."""
    if "-" in name:
        return name in text
    return text == name or f"'{name}'" in text or f'"{name}"' in text


def test_no_module_names_a_task():
    found = {
        str(path.relative_to(PACKAGE)): said_in(path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "tasks"
    }
    assert {where: said for where, said in found.items() if said and where not in ALLOWED} == {}
    assert set(ALLOWED) == {where for where, said in found.items() if said} & set(ALLOWED)


def test_no_folder_of_a_task_names_another():
    """A task that shares code with another one imports it."""
    for path in sorted((PACKAGE / "tasks").rglob("*.py")):
        own = path.parent.name.replace("_", "-")
        for line, text in said_in(path.read_text("utf-8")):
            rest = text.replace(own, "")  # which may hold the name of another
            others = [name for name in NAMES if name != own and names_task(rest, name)]
            library = path.name == "spec.py" and text == "text-classification"  # its pipeline
            assert library or not others, f"{path}:{line} names {others}"


@pytest.mark.parametrize("kind", ["js", "json"])
def test_no_text_of_the_page_and_no_script_names_a_task(kind):
    for path in sorted(PACKAGE.rglob(f"*.{kind}")):
        text = path.read_text("utf-8")
        assert not [name for name in NAMES if "-" in name and name in text], path
        if kind == "json":
            keys = json.dumps(json.loads(text))
            assert '"regression":' not in keys, path


@pytest.mark.parametrize(
    ("source", "finds"),
    [
        ('TABLE = {"token-classification": 1}', True),
        ('x = "Take the task text-classification."', True),
        ('if task == "regression": pass', True),
        ('x = "take task=\'regression\'"', True),
        ('def f():\n    """Of token-classification."""', False),
        ('x = "word counts with ridge regression"', False),
        ("x = regression", False),
    ],
    ids=["table", "sentence", "equality", "quoted", "docstring", "word", "name"],
)
def test_the_search_finds_what_it_is_for(source, finds):
    assert bool(said_in(source)) is finds
