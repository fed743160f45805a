"""What README and docs name is there: pages, pictures, calls, commands, targets."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
NAMES = [page.name for page in PAGES]

#: A block that a recipe of CONTRIBUTING puts into a file: ``tests/test_counting.py`` tries those.
TO_BE_WRITTEN = re.compile(r"^`workbench/[^\n]*:\n\n```.*?^```$", re.MULTILINE | re.DOTALL)


def text_of(page: Path) -> str:
    """What a page says of the code as it is."""
    return TO_BE_WRITTEN.sub("", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", text_of(page))
    here = [link for link in links if "://" not in link]
    assert [link for link in here if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:tests|workbench|notebooks|docs|assets)/[\w./-]+)`",
                       text_of(page))  # fmt: skip
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_page_is_linked_from_the_readme_or_a_page_it_links():
    text = "\n".join(map(text_of, PAGES))
    linked = {Path(link).name for link in re.findall(r"\]\(([^)#\s]+\.md)", text)}
    assert set(NAMES) - linked - {"README.md"} == set()


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 140


def _calls(source: str) -> set[str]:
    """Dotted names below ``wb`` that the source reads, its own short names written out."""
    tree, short, found = ast.parse(source), {"wb": "wb"}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if ast.unparse(node.value).startswith("wb.") and isinstance(node.value, ast.Attribute):
                short[node.targets[0].id] = ast.unparse(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            root, _, rest = ast.unparse(node).partition(".")
            if root in short and re.fullmatch(r"[\w.]+", rest):
                found.add(f"{short[root]}.{rest}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_calls_that_are_shown_exist(page):
    import workbench

    text = text_of(page)
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"`(wb\.[^`]+)`", text)
    inline = [code.removesuffix(".") for code in inline if "..." not in code]
    for source in [*blocks, *inline]:
        for name in _calls(source):
            found = workbench
            for part in name.split(".")[1:]:
                found = getattr(found, part)  # AttributeError: the page promises too much


def test_the_python_of_the_pages_runs_as_written(require_sample, tmp_path, monkeypatch):
    """The lines of the README, then those of the page on errors with the README's run."""
    import workbench as wb

    for name in ("minilm-l6", "movie-sentiment"):
        require_sample(name)
    monkeypatch.chdir(tmp_path)
    few = dict(max_steps=2, max_train_examples=40, max_eval_examples=40, max_length=16)
    train, read = wb.fine_tune, wb.data.load

    def trained(recipe, **about):
        return train(recipe.replace(**few), progress=False, **about)

    def loaded(name):
        return {split: data.select(range(40)) for split, data in read(name).items()}

    monkeypatch.setattr(wb, "fine_tune", trained)
    monkeypatch.setattr(wb.data, "load", loaded)
    names: dict = {}
    for page in (ROOT / "README.md", ROOT / "docs" / "inspection.md"):
        (source,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        exec(compile(source, str(page), "exec"), names)
    assert names["run"].state == names["better"].state == "done"
    assert wb.Recipe.from_yaml(names["recipe"].to_yaml()) == names["recipe"]


def test_the_calls_of_a_page_are_found():
    source = "inspection = wb.inspection\ninspection.report(run).html\nwb.data.load('x').y"
    assert {"wb.inspection", "wb.inspection.report", "wb.data.load"} <= _calls(source)


def test_commands_and_targets_that_are_shown_exist():
    from workbench.cli import parser

    text = "\n".join(map(text_of, PAGES))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^    |`)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    known = next(a.choices for a in parser()._actions if a.choices)
    assert set(re.findall(r"`(?:\.venv/bin/)?workbench ([a-z]+)", text)) <= set(known)
