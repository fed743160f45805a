"""The checks of the notebooks find what they are there to find."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests import notebooks

TITLE = "# A lesson\n\n2 minutes on a CPU. [Open in Colab](https://colab.example)"


def lesson():
    return new_notebook(
        metadata={"workbench": {"ci": {"epochs": 1}}},
        cells=[
            new_markdown_cell(TITLE),
            new_code_cell('import sys\nif "google.colab" in sys.modules:\n    %pip install -q x'),
            new_code_cell("epochs = 3\nname: str = 'a'", metadata={"tags": ["parameters"]}),
            new_code_cell("assert epochs == 1 and name == 'a'"),
            *(new_markdown_cell(f"**{n}.** How much is it?") for n in range(1, 4)),
            *(new_code_cell(f'wb.lesson.check("03.{n}", ...)') for n in range(1, 4)),
        ],
    )


def test_a_good_notebook_has_no_complaint():
    assert notebooks.complaints(lesson()) == []


def show(notebook, output, count=1):
    notebook.cells[3].outputs = [output]
    notebook.cells[3].execution_count = count


PICTURE = {"image/png": "a" * (notebooks.OUTPUT_LIMIT + 1)}
VIEW = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "x"}


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda n: n.cells.pop(0), "not a Markdown title"),
        (lambda n: n.cells[0].update(source="# A lesson, in Colab"), "how long"),
        (lambda n: n.cells[0].update(source="# A lesson, 2 min CPU"), "no Colab link"),
        (lambda n: n.cells.pop(1), "No set-up cell for Colab"),
        (lambda n: n.cells[1].update(source=n.cells[1].source[:-1] + "finetune-workbench[teach]"),
         "bare name"),
        (lambda n: n.cells[0].update(source=TITLE + " `pip install finetune-workbench`"),
         "bare name"),
        (lambda n: n.cells[2].metadata.pop("tags"), "0 code cells are tagged"),
        (lambda n: n.metadata.workbench.ci.update(epoch=1), "['epoch']"),
        (lambda n: n.cells[3].update(source="# assert epochs == 1"), "asserts nothing"),
        (lambda n: n.metadata.update(widgets={}), "widget state"),
        (lambda n: n.cells[0].update(source=TITLE + "![x](https://a.b/c.svg)"), "from the network"),
        (lambda n: show(n, new_output("display_data", data=PICTURE)), "outputs take"),
        (lambda n: show(n, new_output("display_data", data=VIEW)), "a widget's view"),
        (lambda n: show(n, new_output("error", ename="E", evalue="", traceback=[])), "an error"),
        (lambda n: show(n, new_output("stream", text="x"), count=None), "execution count"),
        (lambda n: n.cells[4].update(source="How much is it?"), "It asks ['2', '3'], checks"),
        (lambda n: n.cells[9].update(source="1"), "checks ['03.1', '03.2'], and the package knows"),
        (lambda n: n.cells[9].update(source='wb.lesson.check("03.4", ...)'), "checks ['03.1', "),
        (lambda n: n.cells[9].update(source='wb.lesson.check("04.3", ...)'), "['03', '04']"),
        (lambda n: n.cells.__delitem__(slice(4, None)), "no exercises"),
        (lambda n: n.cells[9].metadata.update(tags=["solution"]), "gives a solution away"),
        (lambda n: n.cells[3].update(cell_type="sketch"), "not a valid notebook"),
        (lambda n: n.cells[3].update(source="assert 1\n\n" * 16), "(16 lines)"),
        (lambda n: n.cells[3].update(source="assert 1\nwb.plots.a(b).c()"), "No picture"),
        (lambda n: [c.update(source="assert 1\n" * 7) for c in n.cells], "median code cell has 7"),
    ],
    ids=["no-title", "no-time", "no-colab", "no-set-up", "bare-name", "bare-name-in-text",
         "no-parameters", "unknown-parameter", "no-assert", "widget-state", "picture", "size",
         "view", "error", "count", "no-number", "unchecked", "other-number", "other-book",
         "no-exercises", "solution", "kind", "long", "unseen",
         "median"],
)  # fmt: skip
def test_each_fault_is_found(spoil, complaint):
    notebook = lesson()
    spoil(notebook)
    assert any(complaint in c for c in notebooks.complaints(notebook)), complaint


def test_quick_parameters_follow_the_parameters_cell():
    original = lesson()
    quick = notebooks.quick(original)
    assert [c.source for c in quick.cells[2:4]] == ["epochs = 3\nname: str = 'a'", "epochs = 1"]
    assert len(original.cells) == len(lesson().cells) == len(quick.cells) - 1
    nbformat.validate(quick)
    original.metadata.workbench.ci = {}
    assert len(notebooks.quick(original).cells) == len(original.cells)
