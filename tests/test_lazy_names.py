"""Names that are loaded late are the names that editors offer, and the ones that are there."""

import ast
import importlib
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "workbench"
STUBS = sorted(PACKAGE.rglob("*.pyi"))
LATE = sorted(p for p in PACKAGE.rglob("*.py") if "lazy_loader.attach_stub" in p.read_text("utf-8"))
IDS = [".".join(path.parent.relative_to(PACKAGE.parent).parts) for path in STUBS]


def told(stub: str) -> dict[str, str | None]:
    """Name -> module of the package that has it (None: it is a module itself), as a stub says."""
    found = {}
    for node in ast.parse(stub).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                # without "as", a type checker takes the name for the stub's own
                assert node.level == 1 and alias.asname == alias.name, ast.unparse(node)
                assert alias.name not in found, alias.name
                found[alias.name] = node.module
    return found


def test_each_late_package_has_a_stub_and_none_loads_late_by_itself():
    assert [path.with_suffix(".pyi") for path in LATE] == STUBS
    assert PACKAGE / "__init__.py" in LATE and PACKAGE / "inspection" / "__init__.py" in LATE
    by_hand = [p for p in PACKAGE.rglob("__init__.py") if "def __getattr__" in p.read_text("utf-8")]
    assert by_hand == []


@pytest.mark.parametrize("stub", STUBS, ids=IDS)
def test_stub_and_package_say_the_same(stub):
    name = ".".join(stub.parent.relative_to(PACKAGE.parent).parts)
    package = importlib.import_module(name)
    names = told(stub.read_text("utf-8"))
    assert set(package.__all__) - {"__version__"} == set(names)
    assert set(names) <= set(dir(package))
    for one, module in names.items():
        home = importlib.import_module(f"{name}.{module or one}")
        assert getattr(package, one) is (getattr(home, one) if module else home), one
    with pytest.raises(AttributeError, match="no_such_name"):
        package.no_such_name  # noqa: B018


def test_a_function_is_not_hidden_by_the_module_of_its_name():
    """Whichever is imported first; the package's attribute is the function."""
    code = """
        import json
        import workbench.inspection.inside.sequence_attention, workbench.inspection.inside.attention
        import workbench.inspection.reporting.report
        from workbench import inspection
        names = ("sequence_attention", "report", "attention")
        print(json.dumps([type(getattr(inspection, name)).__name__ for name in names]))
    """
    assert json.loads(fresh(code)) == ["function"] * 3


def test_completion_knows_the_names_and_loads_nothing():
    """What an interactive shell asks for after ``wb.`` and ``wb.inspection.``."""
    code = """
        import json, sys
        import workbench as wb
        rooms = [word for word in dir(wb) if not word.startswith("_")]
        inside = dir(wb.inspection)
        print(json.dumps([rooms, inside, sorted(sys.modules)]))
    """
    rooms, inside, loaded = json.loads(fresh(code))
    assert {"fine_tune", "Recipe", "inspection", "plots", "report"} <= set(rooms)
    assert {"attention", "per_class_errors", "compare_runs"} <= set(inside)
    assert not {"numpy", "pandas", "torch", "transformers", "plotly"} & set(loaded)


def test_a_stub_that_says_too_much_is_seen():
    with pytest.raises(AssertionError):
        told("from .attention import attention")
    with pytest.raises(AssertionError):
        told("from .a import x as x\nfrom .b import x as x")


def fresh(code: str) -> str:
    """Standard output of a new Python process."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, cwd=PACKAGE.parent, check=True, capture_output=True, text=True)
    return done.stdout
