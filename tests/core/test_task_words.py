"""Words of tasks have keys: a language says them otherwise, and so does the task's own package."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

from tests.warned import warned
from workbench import i18n, task_registry, task_words
from workbench.data.settings import check_settings
from workbench.errors import RecipeError
from workbench.recipe import Recipe
from workbench.task_spec import Baseline, Metric, Role, TaskSpec
from workbench.widgets.panels.form import RecipeForm

TOY = TaskSpec(
    name="toy-words", title="Toy of words", task="toy.work:Toy",
    roles=(Role("text", "text", title="toy text"), Role("label", "label")),
    metrics=(Metric("accuracy", "toys found", "higher", short="toys"),),
    baselines=(Baseline("majority", "the usual toy", "what the usual toy gives"),),
    unused={"sampling": "A toy is not drawn"},
)  # fmt: skip


@pytest.fixture
def language(monkeypatch):
    """Speak a language whose catalogue is given: English with other words for some keys."""

    def speak(words: dict[str, str]):
        catalogue = json.loads(json.dumps(i18n._catalogue("en")))
        for key, text in words.items():
            *above, last = key.split(".")
            node = catalogue
            for part in above:
                node = node.setdefault(part, {})
            node[last] = text
        known = i18n._catalogue
        monkeypatch.setattr(i18n, "_languages", lambda: ("en", "xx"))
        monkeypatch.setattr(i18n, "_catalogue", lambda n: catalogue if n == "xx" else known(n))
        monkeypatch.setattr(i18n, "_language", "xx")

    yield speak


def test_words_are_what_was_declared_where_no_catalogue_has_them():
    assert task_words.title(TOY) == "Toy of words" and task_words.title("nobody") == "nobody"
    assert task_words.role_title(TOY.roles[0], TOY) == "toy text"
    assert task_words.role_title(TOY.roles[1], TOY) == "label"
    assert task_words.metric_title("accuracy", TOY) == "toys found"
    assert task_words.metric_title("accuracy") == "accuracy"  # of the first task that has it
    assert task_words.metric_short(TOY.metrics[0], TOY) == "toys"
    assert task_words.baseline_title("majority") == "most frequent class"
    assert task_words.baseline_said("majority") == "the most frequent class"
    assert task_words.baseline_said("no_such") == "no such"
    assert task_words.why_unused(TOY, "sampling") == "A toy is not drawn"
    assert task_words.why_unused(TOY, "generation") == "Its models write no texts"


def test_one_key_means_one_thing_in_all_tasks_of_ours():
    seen = {}
    for spec in task_registry.specs(trains=None):
        for key, text in task_words.declared(spec).items():
            assert text and text == seen.setdefault(key, text), (spec.name, key)
    assert set(seen) == set(task_words.reference())


def test_a_language_says_every_word_of_our_tasks(language):
    english = task_words.reference()
    language({key: f"«{key}»" for key in english})
    for spec in task_registry.specs(trains=None):
        assert task_words.title(spec) == f"«tasks.{spec.name}.title»"
        for role in spec.roles:
            assert task_words.role_title(role, spec) == f"«roles.{role.name}»"
        for metric in spec.metrics:
            assert task_words.metric_title(metric.name, spec.name) == f"«metric.{metric.name}»"
            if metric.short:
                said = task_words.metric_short(metric, spec.name)
                assert said == f"«metric_short.{metric.name}»"
        for baseline in spec.baselines:
            assert task_words.baseline_title(baseline.name) == f"«baseline_row.{baseline.name}»"
            assert task_words.baseline_said(baseline.name) == f"«baseline.{baseline.name}»"
        for field in spec.unused:
            said = task_words.why_unused(spec, field)
            shared = field in ("generation", "prompt", "rows", "writes", "augmentation")
            assert said == f"«tasks.{spec.name}.unused.{field}»" or shared


def test_the_form_and_its_errors_speak_that_language(language):
    language({key: f"«{key}»" for key in task_words.reference()})
    form = RecipeForm(Recipe())
    fields = {field["name"]: field for field in form.fields}
    titles = dict(fields["task"]["choices"])
    assert titles and all(titles[name] == f"«tasks.{name}.title»" for name in titles)
    assert "«roles.pair»" in fields["columns.pair"]["label"]
    assert dict(form.offers["best_metric"])["macro_f1"] == "«metric.macro_f1»"
    with pytest.raises(RecipeError, match="«tasks.regression.unused.sampling»; leave it out"):
        check_settings(Recipe(task="regression", sampling="oversample"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An importable package with a catalogue of its own in the language xx."""
    folder = tmp_path / "toy_with_words"
    (folder / "locales").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    i18n._catalogue_of.cache_clear()
    yield folder / "locales" / "xx.json"
    i18n._catalogue_of.cache_clear()
    sys.modules.pop("toy_with_words", None)


def test_another_package_brings_its_own_words(package, language):
    package.write_text(
        json.dumps({"toy-words": {
            "title": "Spielzeug", "roles": {"text": "Worte"}, "metrics": {"accuracy": "gefunden"},
            "unused": {"sampling": "Es wird nicht gezogen"},
        }}), encoding="utf-8",
    )  # fmt: skip
    language({"roles.label": "Klasse", "metric.accuracy": "Genauigkeit", "roles.text": "Text"})
    theirs = TOY.replace(words="toy_with_words", package="toy")
    assert task_words.title(theirs) == "Spielzeug"
    assert task_words.role_title(theirs.roles[0], theirs) == "Worte"
    assert task_words.metric_title("accuracy", theirs) == "gefunden"
    assert task_words.why_unused(theirs, "sampling") == "Es wird nicht gezogen"
    # no word of theirs: what was declared stands, not what ours is called by the same name
    assert task_words.metric_short(theirs.metrics[0], theirs) == "toys"
    assert task_words.role_title(theirs.roles[0], theirs.replace(words="")) == "toy text"
    assert task_words.metric_title("accuracy") == "Genauigkeit"


@pytest.mark.parametrize(
    "text", ["{", "[1]", "\xff", '{"toy-words": 3}', '{"toy-words": {"title": 3}}'],
    ids=["cut", "list", "bytes", "no-group", "no-text"],
)  # fmt: skip
def test_words_that_cannot_be_read_are_said_and_the_declared_ones_shown(package, language, text):
    package.write_bytes(text.encode("latin-1"))
    language({})
    theirs = TOY.replace(words="toy_with_words", package="toy")
    if text.startswith('{"'):
        assert task_words.title(theirs) == "Toy of words"
        return
    with warned("words of the package toy_with_words cannot be read"):
        assert task_words.title(theirs) == "Toy of words"


def test_a_package_of_words_that_is_not_there_is_said(language):
    i18n._catalogue_of.cache_clear()
    with warned("no_such_package_of_words"):
        assert task_words.title(TOY.replace(words="no_such_package_of_words")) == "Toy of words"
    i18n._catalogue_of.cache_clear()


def names_given(source: str) -> list[str]:
    """Sentences that are told a task by something else than what people call it."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "t":
            for one in call.keywords:
                words = ast.unparse(one.value)
                if one.arg in ("task", "wanted", "there") and not re.search(
                    r"called\(|title$|title\(", words
                ):
                    found.append(f"{ast.unparse(call.args[0])}: {words}")
    return sorted(found)


def test_the_app_and_the_report_call_a_task_as_their_lists_do():
    """What is wrong with a recipe or a declaration calls it as that does, in quotes or beside."""
    package = Path(task_words.__file__).parent
    found = {
        path.relative_to(package).as_posix(): names
        for room in ("widgets", "inspection", "training", "run_folder", "data")
        for path in sorted((package / room).rglob("*.py"))
        if (names := names_given(path.read_text(encoding="utf-8")))
    }
    assert found == {
        "data/doctor/columns.py": [  # what is to be typed
            "'findings.classes_beside_back': task_registry.with_label('label')",
            "'findings.one_for_another': task"],
        "data/reading/opened_folder.py": [
            "'data_notes.no_classes': task_registry.with_roles('text')"],
        "data/settings.py": ["'task.no_field': repr(recipe.task)",
                             "'task.no_kinds': repr(recipe.task)"],
        "training/declared_metrics.py": ["'task.no_metric': repr(task)"],
    }  # fmt: skip
    assert names_given("t('a.b', task=recipe.task)") == ["'a.b': recipe.task"]
    assert names_given("t('a.b', task=called(recipe.task))") == []
