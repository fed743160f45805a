"""One catalogue: every key that the code asks for exists, every key is asked for."""

import ast
import json
import re
import string
from pathlib import Path

import pytest

from workbench import i18n, task_words
from workbench.errors import UnknownName

PACKAGE = Path(i18n.__file__).parent
WIDGETS = PACKAGE / "widgets"


def python_keys():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name == "t" and isinstance(first, ast.Constant):
                yield path.name, first.value


def exists(key):
    return i18n._find("en", key) is not None


def test_python_asks_only_for_texts_that_exist():
    asked = list(python_keys())
    missing = [(where, key) for where, key in asked if not exists(key)]
    assert not missing


def test_no_text_hides_another_of_its_name():
    """JSON keeps the last of two: the other's place would say something else."""

    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), [n for n in names if names.count(n) > 1]
        return dict(pairs)

    files = sorted((Path(i18n.__file__).parent / "locales").glob("*.json"))
    assert files
    for file in files:
        json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=once)


def test_python_gives_each_text_the_values_that_it_names():
    lacking = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "t"):
                continue
            key, given = node.args[0], {one.arg for one in node.keywords}
            if None in given or not isinstance(key, ast.Constant) or not exists(key.value):
                continue  # values or a key that are known later
            entry = i18n._find("en", key.value)
            forms = entry.values() if isinstance(entry, dict) else [entry]
            wanted = {name for form in forms for _, name, _, _ in string.Formatter().parse(form)}
            if wanted - {None} - given:
                lacking.append((path.name, node.lineno, key.value, wanted - {None} - given))
    assert not lacking


def test_javascript_asks_only_for_texts_that_exist():
    for script in PACKAGE.rglob("*.js"):
        python = script.with_suffix(".py")
        if not python.exists():
            continue
        group = re.search(r'TEXTS = "(\w+)"', python.read_text(encoding="utf-8"))
        known = {**i18n.group("common"), **i18n.group(group[1])}
        code = script.read_text(encoding="utf-8")
        calls = re.findall(r"\b(?:say\(|speak\(model, )((?:[^()]|\([^()]*\))*)\)", code)
        asked = {key for call in calls for key in re.findall(r'^"(\w+)"|[?:] "(\w+)"', call)}
        asked = {a or b for a, b in asked}
        assert asked or not re.search(r"\b(?:say|speak)\(", code), script.name
        assert asked <= set(known), f"{script.name}: {asked - set(known)}"


def test_no_words_in_the_middle_of_code():
    """Texts given to widgets are never literals."""
    shown = {"description", "tooltip", "placeholder", "title", "label", "aria_label"}
    found = []
    for path in WIDGETS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in shown:
                value = node.value
                if isinstance(value, ast.Constant) and re.search("[a-z]{2}", str(value.value)):
                    found.append((path.name, node.arg, value.value))
    assert not found


def test_placeholders_are_the_same_in_every_language():
    def fields(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english = i18n.flat("en")
    declared = task_words.reference()  # what tasks say of themselves stands in no English file
    for name in i18n.languages():
        other = i18n.flat(name)
        assert set(other) <= set(english) | set(declared), name
        for key in set(other) & set(english):
            assert fields(other[key]) == fields(english[key]), (name, key)


def test_values_plurals_and_errors():
    assert i18n.t("examples.count", n=1) == "1 example"
    assert i18n.t("examples.count", n=12_000) == "12,000 examples"
    with pytest.raises(UnknownName, match="no text 'controls.stopp'.*'controls.stop'"):
        i18n.t("controls.stopp")
    with pytest.raises(UnknownName, match="needs the value 'n'"):
        i18n.t("examples.count")
    with pytest.raises(UnknownName, match="language 'xx'"):
        i18n.set_language("xx")
    with pytest.raises(UnknownName, match="no group"):
        i18n.group("controls.stop")


def test_payloads_are_put_in_as_they_are():
    assert i18n.t("curves.at_metric", name="{value}<b>", value=1) == "{value}<b> 1"
