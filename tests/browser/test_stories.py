"""The whole story of each task: a file of one's own, a run, its errors, the model put to use.

Every task, either hand, both widths and both themes come up at least once, in pairs. With
``WORKBENCH_STORIES=all`` each is told in every width and theme and by either hand.
"""

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.browser import story_files, story_views
from tests.browser.hands import HANDS
from tests.browser.harness import THEMES, WIDTHS
from tests.browser.walk import Walk

START = """
import os, pathlib, sys
import workbench as wb
from tests.training import fillers, tiny, writers
from tests.contributing import install_titles
here = pathlib.Path("stories").absolute()
(here / "site").mkdir(parents=True)
sys.path.insert(0, str(install_titles(here / "site")))
os.environ["PYTHONPATH"] = os.pathsep.join([sys.path[0], os.environ["PYTHONPATH"]])
models = {"bert": tiny.save_model(here / "bert"), "t5": writers.save(here / "t5"),
          "llama": writers.save(here / "llama", "llama"),
          "gaps": fillers.save(here / "gaps")}
config = writers.model("llama").config  # with places for as many new words as are usual
config.max_position_embeddings = 256
__import__("transformers").AutoModelForCausalLM.from_config(config).save_pretrained(models["llama"])
rows = tiny.frame(60)
app = None

def story(told, model, **fields):
    global app
    if app is not None:
        app.close()
    os.environ["WORKBENCH_RUNS"] = str(here / "runs" / told)
    usual = dict(batch_size=16, learning_rate=3e-3, precision="fp32", test_size=24,
                 validation_size=16, max_length=32, epochs=4)
    app = wb.Workbench(dataset=rows, model=str(models[model]), **usual | fields)
    return app

def reopen():
    global app
    path = app.run.path
    app.close()
    app = wb.Workbench(run=path)
    return app

def again(name):
    '''Another run on the data of the app's, trained from Python.'''
    runs = pathlib.Path(os.environ["WORKBENCH_RUNS"])
    wb.fine_tune(app.run.recipe.replace(epochs=1), runs / name, progress=False)
"""
WRITE = """code => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[1]
  .setSource(code)"""
TYPED = "Choose an example above, or type a text"
TYPE = "Type a text"  # where no example can be chosen
COMPARED = "Another text to compare it with, if you like"
EXAMPLE = ".wb-examples tbody tr"
FEW = "the film was great so bad"


@dataclass(frozen=True)
class Story:
    """What differs from task to task."""

    task: str
    title: str  # what Pick calls it
    file: str
    usual: tuple  # width, theme and hand by which it is told where not every one is tried
    model: str = "bert"
    fields: dict = field(default_factory=dict)  # of the recipe
    columns: dict = field(default_factory=dict)  # role: column, as they have to be in the end
    fixes: tuple = ()
    checked: Callable | None = None  # what else Check shows
    presses: tuple = ()  # from the errors to an example
    shows: str = ".wb-stats dd"
    attention: bool = True
    typed: dict = field(default_factory=lambda: {TYPED: FEW})
    answers: str = ""  # where the answer stands, besides the line that names it
    predicted: tuple = ("text",)  # columns of the file that is predicted
    also: Callable | None = None  # what else its views do
    relabelled: bool = False
    refused: bool = False
    reopened: bool = False  # by its folder, as of another day
    rare: bool = False  # told by ``make stories`` alone


STORIES = {
    "classes": Story(
        "text-classification", "Text classification", "reviews", (1400, "light", "mouse"),
        columns={"text": "was gesagt wurde", "label": "Urteil"},
        fixes=("merge_labels", "drop_duplicates"),
        presses=(".wb-confusion button:not(:empty)", EXAMPLE),
        relabelled=True, refused=True,
    ),
    "pairs": Story(
        "text-classification", "Text classification", "pairs", (950, "dark", "keyboard"),
        columns={"text": "first text", "pair": "second text", "label": "verdict"},
        presses=(EXAMPLE,), typed={TYPED: "the film", "Second text": "so bad"},
        predicted=("first text", "second text"), relabelled=True, refused=True,
    ),
    "several-labels": Story(
        "multi-label-classification", "Multi-label", "several-labels", (950, "dark", "mouse"),
        columns={"text": "text", "label": "labels"},
        presses=(".wb-classes tbody tr", EXAMPLE), shows=".wb-marks tbody tr",
        answers=".wb-marks tbody tr",
    ),
    "numbers": Story(
        "regression", "Regression", "numbers", (1400, "light", "keyboard"),
        columns={"text": "text", "label": "strength"}, attention=False,
        also=story_views.residuals,
    ),
    "words": Story(
        "token-classification", "Token classification", "words", (1400, "dark", "mouse"),
        fields={"batch_size": 8, "epochs": 8},  # until it finds what there is
        columns={"tokens": "tokens", "tags": "tags"},
        presses=(".wb-confusion button:not(:empty)", EXAMPLE), shows=".wb-tagged .wb-gold",
        typed={"Choose a sentence above, or type one": FEW}, answers=".wb-tagged .wb-found",
        also=story_views.nothing_is_left_behind,
    ),
    "questions": Story(
        "question-answering", "Question answering", "questions",
        (950, "light", "keyboard"),
        columns={"question": "question", "context": "context", "answers": "answers"},
        presses=(".wb-groups tbody tr", EXAMPLE), shows=".wb-answer .wb-asked",
        typed={"Choose a question above, or type one": "what was it",
               "Text in which the answer stands": "a film and a great story"},
        answers=".wb-answer .wb-facts", predicted=("question", "context"), also=story_views.groups,
    ),
    "sequences": Story(
        "text-to-text", "Text to text", "sequences", (1400, "dark", "keyboard"), model="t5",
        columns={"source": "source", "target": "target"}, attention=False,
        checked=story_views.what_is_learnt,
        typed={TYPE: "a b c"}, predicted=("source",), also=story_views.token_by_token, rare=True,
    ),
    "titles": Story(  # the task of another package that CONTRIBUTING.md shows, of one file
        "titles", "Titles for texts", "titles", (950, "light", "mouse"), model="t5",
        columns={"text": "body", "title": "headline"}, attention=False,
        typed={TYPE: "a b c"}, predicted=("body",), also=story_views.reported,
    ),
    "talks": Story(
        "chat", "Chat", "talks", (1400, "light", "mouse"), model="llama",
        fields={"max_length": 64}, columns={"messages": "messages"},
        checked=story_views.what_is_learnt, attention=False, typed={TYPE: "a b"},
        also=story_views.token_by_token,
    ),
    "lines": Story(
        "language-modelling", "Language modelling", "lines", (950, "dark", "mouse"),
        model="llama", columns={"text": "text"}, checked=story_views.first_row,
        presses=(EXAMPLE,), shows=".wb-strip .wb-token", attention=False, typed={TYPE: "a b c"},
        also=story_views.costliest_tokens, reopened=True, rare=True,
    ),
    "gaps": Story(
        "masked-language-modelling", "Masked LM", "sentences", (1400, "light", "mouse"),
        model="gaps", columns={"text": "text"}, attention=False,
        checked=story_views.what_is_learnt,
        typed={TYPE: "the film was [MASK]"}, answers=".wb-sheet tbody tr", reopened=True,
        also=story_views.sliced, rare=True,
    ),
    "matches": Story(
        "sentence-similarity", "Sentence similarity", "matches", (1400, "light", "mouse"),
        columns={"anchor": "asked", "positive": "found"}, checked=story_views.what_is_learnt,
        presses=(".wb-sheet tbody tr",), attention=False,
        typed={TYPE: "film 3", COMPARED: "3 a bad book"}, answers=".wb-sheet tbody tr",
        predicted=("asked", "found"), also=story_views.compared_and_mapped, reopened=True,
    ),
}  # fmt: skip


def told():
    """Every usual story in its own way; with ``WORKBENCH_STORIES=all`` in all of them."""
    every = list(itertools.product(WIDTHS, THEMES, HANDS))
    ways = every if os.environ.get("WORKBENCH_STORIES") == "all" else None
    return {
        "-".join(map(str, (name, *way))): (name, way)
        for name, story in STORIES.items()
        for way in ways or [story.usual] * (not story.rare)
    }


TOLD = told()


@pytest.fixture(scope="module")
def page_of_all(lab_of_all):
    """One notebook and one kernel for all of them: what each needs is imported once."""
    lab = lab_of_all
    lab.open("stories.ipynb", [START, ""])
    lab.run_cell(0)
    lab.idle()
    return lab


@pytest.mark.parametrize("label", TOLD)
def test_from_a_file_to_predictions(page_of_all, label, tmp_path):
    name, (width, theme, hand) = TOLD[label]
    lab, story = page_of_all, STORIES[name]
    lab.command("notebook:clear-all-cell-outputs")
    lab.page.set_viewport_size({"width": width, "height": 1500})
    lab.theme(theme)
    walk = Walk(lab, HANDS[hand], f"story-{name}-{hand}", width=width, theme=theme)
    lab.page.evaluate(WRITE, f"story({label!r}, {story.model!r}, **{story.fields!r})")
    lab.run_cell(1)
    walk.begin()
    walk.pick(story.title, story.task)
    if story.refused:
        walk.refused_and_asked()
    walk.give(story_files.write(story.file, tmp_path), story.columns, story.fixes)
    if story.checked:
        story.checked(walk)
    walk.train()
    walk.inspect(story.presses, story.shows, attention=story.attention)
    if story.also:
        story.also(walk)
    walk.ask(story.typed, story.answers)
    rows = [[f"{text} {n}" for text in story.typed.values()] for n in range(3)]
    walk.give_to_predict(tmp_path / "asked.csv", [*story.predicted], rows)
    walk.ship()
    walk.by.step(3)
    if story.relabelled:
        walk.relabel()
    else:
        lab.python(f"again('{name}-again')")
        walk.compare(f"{name}-again")
    if story.reopened:
        lab.page.evaluate(WRITE, "reopen()")
        lab.run_cell(1)
        lab.idle()
        walk.reopened()
    lab.check()
