"""A profile on request: a table that adds up, a picture of it, the same training."""

import xml.etree.ElementTree as tree

import pytest

import workbench as wb
from workbench.errors import RunError
from workbench.run_folder.folders import create_run_folder
from workbench.training.speed import profiling


class Event:
    def __init__(self, key, count, microseconds):
        self.key, self.count, self.self_cpu_time_total = key, count, microseconds


def test_a_table_by_hand():
    events = [Event("add", 20, 2000), Event("<mm>", 10, 6000), Event("nothing", 5, 0)]
    rows = profiling.table(events, steps=10)
    assert [row["operation"] for row in rows] == ["<mm>", "add"]
    assert (rows[0]["calls"], rows[0]["milliseconds"]) == (1.0, pytest.approx(0.6))
    assert [row["share"] for row in rows] == pytest.approx([0.75, 0.25])
    many = profiling.table([Event(str(n), 1, n) for n in range(1, 41)], steps=1)
    assert len(many) == profiling.ROWS + 1 and many[-1]["operation"] == "15 others"
    assert sum(row["share"] for row in many) == pytest.approx(1)
    drawn = tree.fromstring(profiling.picture(rows, 10))
    assert "<mm>" in "".join(drawn.itertext())


def test_a_run_is_profiled_on_request_and_ends_the_same(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(max_steps=14, best_metric="macro_f1")
    plain = wb.fine_tune(recipe, tmp_path / "plain", progress=False)
    with pytest.raises(RunError, match="never profiled"):
        plain.profile()
    folder = create_run_folder(recipe, tmp_path / "profiled")
    profiling.ask(folder)
    run = wb.fine_tune(recipe, folder, progress=False)
    found = run.profile()
    assert "aten::addmm" in set(found["operation"])  # the products of the linear layers
    assert found["share"].sum() == pytest.approx(1)
    assert found["milliseconds"][: profiling.ROWS].is_monotonic_decreasing
    assert (folder / "profile" / "picture.svg").is_file()
    assert [e["step"] for e in run.events() if e["event"] == "profiled"] == [profiling.STEPS]
    losses = [r.history().query("kind == 'step'")["loss"].tolist() for r in (plain, run)]
    assert losses[0] == losses[1]
