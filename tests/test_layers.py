"""Imports go downwards only, `import workbench` is quick, and nothing is loaded from elsewhere."""

import ast
import json
import re
import subprocess
import sys
import textwrap
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "workbench"

# From the ground up; whatever else lies in the package's own folder is the ground floor.
FLOORS = ["", "catalog", "data", "measures", "baselines", "tasks", "training", "inspection"]
FLOORS += ["ensembles", "talking", "shipping", "plots", "widgets", "lesson"]
DECLARATIONS = {("training", "objectives"), ("training", "optimisation")}
ROOF = {"__init__", "__main__", "cli", "commands", "lab"}
HEAVY = {"accelerate", "datasets", "ipywidgets", "numpy", "pandas", "plotly", "torch"}
HEAVY |= {"pyarrow", "scipy", "sklearn", "tokenizers", "transformers"}


def floor(path: list[str]) -> int:
    """How high a module lies, by its path under ``workbench``.

    What a task declares (``tasks/<task>/spec.py``) lies on the ground: everybody reads it. So does
    what recipes are made of: a room's ``declared.py``, and the folders of declarations.
    """
    part = path[0]
    if path in (["worker", "supervisor"], ["worker", "__main__"]):
        return len(FLOORS)
    if path[1:] == ["declared"] or tuple(path[:2]) in DECLARATIONS:
        return 0
    if path[0] == "tasks" and path[2:] == ["spec"]:
        return 0
    if part in ROOF:
        return len(FLOORS)
    return FLOORS.index(part) if part in FLOORS else 0


def exists(parts: list[str], package: Path) -> bool:
    path = package.joinpath(*parts)
    return path.is_dir() or path.with_suffix(".py").is_file()


def own_imports(source: str, module: list[str], package: Path) -> list[tuple[int, list[str]]]:
    """Line and path under ``workbench`` of each import of our own, wherever in the file it stands.

    ``module`` is the importing module's path under ``workbench``. ``import_module("...")`` of a
    written-out name counts. Type-checking imports count too: a name that a module speaks of is a
    dependency. The package itself is ``["__init__"]``; its ``__version__`` is free to all.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").split(".") if node.module else []
            if node.level:
                folder = ["workbench", *module[:-1]]
                base = folder[: len(folder) - node.level + 1] + base
            names = [[*base, alias.name] for alias in node.names]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            value = node.args[0].value
            if called in ("import_module", "__import__") and isinstance(value, str):
                names = [value.split(".")]
        for name in names:
            if name[0] == "workbench":
                under = name[1:]
                while under and not exists(under, package):
                    under = under[:-1]  # the rest is a name in that module
                if name[1:] != ["__version__"]:
                    found.append((node.lineno, under or ["__init__"]))
    return found


def modules(package: Path) -> list[Path]:
    """All modules, and the stubs by which packages load names late."""
    return sorted([*package.rglob("*.py"), *package.rglob("*.pyi")])


def breaches(package: Path) -> list[str]:
    """Every import of a module that lies higher, or out of or into the wrong room of ``nets``."""
    found = []
    for path in modules(package):
        module = list(path.relative_to(package).with_suffix("").parts)
        for line, target in own_imports(path.read_text("utf-8"), module, package):
            where = f"{path.relative_to(package.parent)}:{line} imports {'.'.join(target)}"
            if module[0] == "nets":
                if target[0] != "nets":
                    found.append(f"{where}: nets stands alone")
            elif target[0] != "nets" and floor(target) > floor(module):
                found.append(where)
    return found


def test_imports_go_downwards():
    assert breaches(PACKAGE) == []


@pytest.mark.parametrize(
    ("file", "source", "breach"),
    [
        ("catalog/hub/models.py", "from workbench.data.reading import sources", True),
        ("catalog/hub/models.py", "def f():\n    from ...training import run", True),
        ("catalog/hub/models.py", "import workbench.cli", True),
        ("catalog/hub/models.py", "from workbench import fine_tune", True),
        ("catalog/hub/models.py", "__import__('importlib').import_module('workbench.plots')", True),
        ("recipe.py", "from . import catalog", True),
        ("recipe.py", "from .tasks.toy import task", True),
        ("recipe.py", "from .tasks.toy.spec import SPEC", False),
        ("tasks/toy/spec.py", "from ...data import sources", True),
        ("recipe.py", "from .data.declared import Source", False),
        ("recipe.py", "from .training.objectives.focal import Focal", False),
        ("recipe.py", "from .training.methods import lora", True),
        ("tasks/toy/task.py", "from ...training.objectives.focal import FocalLoss", False),
        ("training/objectives/focal.py", "def f():\n    from ...data import sources", True),
        ("data/declared.py", "from . import sources", True),
        ("tasks/toy/spec.py", "from . import task", True),
        ("tasks/toy/spec.py", "from ...errors import X", False),
        ("tasks/toy/task.py", "from ...data import sources\nfrom .spec import SPEC", False),
        ("nets/bert.py", "from workbench.errors import X", True),
        ("nets/bert.py", "from .attention import X\nimport torch", False),
        ("catalog/hub/models.py", "from workbench.errors import X\nfrom ... import recipe", False),
        ("catalog/hub/models.py", "from ... import __version__", False),
        ("training/run.py", "from workbench import data, catalog, nets", False),
        ("widgets/app.py", "import workbench.plots.curves\nfrom .pick import X", False),
        ("cli.py", "import workbench as wb\nfrom workbench.widgets.panels import app", False),
    ],
)
def test_the_rule_finds_a_breach(tmp_path, file, source, breach):
    package = tmp_path / "workbench"
    for name in ["nets", *FLOORS[1:]]:
        (package / name).mkdir(parents=True)
    for folder in ("tasks/toy", "training/objectives", "catalog/hub"):
        (package / folder).mkdir()
    for name in ["data/declared.py", "data/sources.py", "training/objectives/focal.py"]:
        (package / name).touch()
    for name in ["__init__.py", "cli.py", "errors.py", "recipe.py", "tasks/toy/task.py"]:
        (package / name).touch()
    (package / "tasks" / "toy" / "spec.py").touch()
    (package / file).write_text(source)
    assert bool(breaches(package)) is breach


def import_circles(package: Path) -> list[list[str]]:
    """Modules that need each other, whichever of them is imported first: each circle, sorted.

    Imports inside functions count, and those for the type checker: what needs each other can be
    read, tested and moved only together. A package stands for its ``__init__``.
    """
    needs: dict[str, set[str]] = {}
    for path in modules(package):
        module = list(path.relative_to(package).with_suffix("").parts)
        name = ".".join(module[:-1] if module[-1] == "__init__" and module[1:] else module)
        targets = own_imports(path.read_text("utf-8"), module, package)
        needs.setdefault(name, set()).update({".".join(target) for _, target in targets} - {name})

    def reached(start: str) -> set[str]:
        found, ahead = set(), [start]
        while ahead:
            for target in needs.get(ahead.pop(), set()) - found:
                found.add(target)
                ahead.append(target)
        return found

    beyond = {name: reached(name) for name in needs}
    circles = {
        tuple(sorted(other for other in beyond[name] if name in beyond.get(other, ())))
        for name in needs
        if name in beyond[name]
    }
    return [list(circle) for circle in sorted(circles)]


def test_no_modules_need_each_other():
    assert import_circles(PACKAGE) == []


@pytest.mark.parametrize(
    ("first", "second", "circle"),
    [
        pytest.param("from .second import a", "from .first import b", True, id="plain"),
        pytest.param("from . import second", "def f():\n    from . import first", True, id="late"),
        pytest.param(
            "from .second import a",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .first import b",
            True,
            id="type-checking",
        ),
        pytest.param("from .second import a", "from .third import c", True, id="by-a-third"),
        pytest.param("from .second import a", "from . import a", True, id="by-the-package"),
        pytest.param("from .second import a", "from workbench.data import late", True, id="stub"),
        pytest.param("from .second import a", "import json", False, id="one-way"),
    ],
)
def test_a_circle_is_found(tmp_path, first, second, circle):
    room = tmp_path / "workbench" / "data"
    room.mkdir(parents=True)
    (tmp_path / "workbench" / "__init__.py").touch()
    (room / "__init__.py").touch()
    (room / "__init__.pyi").write_text("from .first import late as late")
    (room / "first.py").write_text(first)
    (room / "second.py").write_text(second)
    (room / "third.py").write_text("def f():\n    import workbench.data.first")
    found = import_circles(tmp_path / "workbench")
    assert bool(found) is circle
    assert not circle or {"data.first", "data.second"} <= set(found[0])


MOST_LINES = 300  # of a module that says no reason
REASON = re.compile(r"^Long because \w", re.M)


def too_long(source: str) -> bool:
    """Whether a module is long and does not say why in its first words."""
    if len(source.splitlines()) <= MOST_LINES:
        return False
    return not REASON.search(ast.get_docstring(ast.parse(source)) or "")


def test_a_long_module_says_why():
    long = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules(PACKAGE)
        if too_long(path.read_text("utf-8"))
    }
    assert sorted(long) == []


@pytest.mark.parametrize(
    ("docstring", "lines", "wrong"),
    [
        pytest.param("A list.", 300, False, id="short"),
        pytest.param("A list.", 301, True, id="long"),
        pytest.param("A list.\n\nLong because it is one list.\n", 301, False, id="with-a-reason"),
        pytest.param("Long because \n", 301, True, id="with-none"),
    ],
)
def test_a_long_module_is_found(docstring, lines, wrong):
    source = f'"""{docstring}"""\n'
    assert too_long(source + "a = 1\n" * (lines - source.count("\n"))) is wrong


def fresh(code: str) -> str:
    """Standard output of a new Python process."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@pytest.mark.serial
def test_import_is_quick():
    """The best of several processes, since a busy machine makes any one of them slow."""
    code = """
        import time; start = time.perf_counter()
        import workbench; print(time.perf_counter() - start)
    """
    assert min(float(fresh(code)) for _ in range(5)) < 0.3


@pytest.mark.parametrize(
    "use",
    [
        "import workbench",
        "import workbench.catalog",
        "import workbench.cli",
        "from workbench import task_registry as tasks; assert tasks.specs(trains=None)",
        "import workbench; workbench.Recipe()",
    ],
    ids=["package", "catalog", "cli", "specs", "recipe"],
)
def test_import_loads_nothing_heavy(use):
    code = f"import json, sys\n{use}\nprint(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(fresh(code)))
    assert HEAVY & loaded == set()
    assert not [name for name in loaded if re.fullmatch(r"workbench\.tasks\.\w+\.task", name)]


def test_the_app_is_there_before_what_reads_files():
    """Its panels name the endings that can be uploaded: no reader is loaded for that."""
    code = """
        import json, sys
        from workbench.data.reading.uploads import KINDS
        from workbench.widgets.panels.app import Workbench
        print(json.dumps([len(KINDS), *(n for n in sys.modules if n.startswith("workbench."))]))
    """
    kinds, *loaded = json.loads(fresh(code))
    assert kinds > 30 and "workbench.widgets.panels.app" in loaded
    late = {"workbench.data.reading.user_files", "workbench.data.rendering.shown"}
    late |= {"workbench.data.reading.archives", "workbench.data.shapes"}
    assert late & set(loaded) == set()
    # nor what asks a model, fetches, or measures
    rooms = ("inspection.inside", "catalog.hub", "catalog.loading", "catalog.downloads", "measures")
    assert [n for n in loaded if n.startswith(tuple(f"workbench.{room}" for room in rooms))] == []


def test_what_is_imported_is_declared():
    """A package that another one happens to bring in is not one to build on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {canonicalize_name(Requirement(line).name) for lines in lists for line in lines}
    owners = packages_distributions()
    undeclared = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for top in {name.split(".")[0] for name in names} - {"workbench"}:
                if top not in sys.stdlib_module_names and not declared & {
                    canonicalize_name(owner) for owner in owners.get(top, [])
                }:
                    undeclared.add(f"{path.relative_to(ROOT)}: {top}")
    assert undeclared == set()


# Cut in two, so that this file does not name them itself. A path has to follow the host of a CDN:
# the first line of a bundled script may say where its project lives.
REGISTRIES = [("py", "pi.org"), ("python", "hosted"), ("registry.np", "mjs"), ("deb.deb", "ian")]
REGISTRIES += [("con", "da.anaconda"), ("download.py", "torch")]
CDNS = [("cdn", "js.cloudflare"), ("unp", "kg.com"), ("jsde", "livr"), ("esm", ".sh")]
CDNS += [("d3", "js.org"), ("cdn.pl", "ot.ly"), ("code.jq", "uery"), ("cdn.jup", "yter")]
CDNS += [("ajax.google", "apis"), ("fonts.google", "apis"), ("cdn.bok", "eh")]
FORBIDDEN = re.compile(
    "|".join(re.escape(a + b) for a, b in REGISTRIES)
    + "|//[^/ ]*(?:" + "|".join(re.escape(a + b) for a, b in CDNS) + r")[\w.]*/"
)


def repository_files() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_names_a_registry_or_loads_from_a_cdn():
    found = []
    for path in repository_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        if match := FORBIDDEN.search(text):
            found.append(f"{path.relative_to(ROOT)}: {match.group(0)}")
    assert found == []


def test_the_pattern_finds_what_it_is_for():
    assert FORBIDDEN.search("https://files.python" + "hosted.org/x")
    assert FORBIDDEN.search("https://cdn.jsde" + "livr.net/npm/x")
    assert FORBIDDEN.search("src='https://d3" + "js.org/d3.v5.min.js'")
    assert not FORBIDDEN.search("// https://d3" + "js.org Version 5.7.0")
