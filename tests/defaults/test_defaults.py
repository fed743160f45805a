"""The tables of defaults: numbers worked by hand; one cell, drawn by the commit, really run."""

import numpy as np
import pytest

import workbench as wb
from tests.defaults import cells, page, practice
from tests.defaults.data import DATA, SIZES, named
from tests.proof.drawn import generator


def cell(test, *, data="reviews", metric="macro_f1", size=500, seed=0, arm="default", base=None):
    lower = metric in ("perplexity", "mae")
    return {"data": data, "size": size, "seed": seed, "arm": arm, "metric": metric, "lower": lower,
            "test": test, "baselines": {} if base is None else {"counted": base}}  # fmt: skip


def test_the_plan_has_every_task_at_every_size_and_six_points():
    plan = cells.plan()
    assert len(DATA) == 12 and {one.task for one in DATA} == set(wb.catalog.tasks())
    ours = [one for one in plan if one.arm == cells.DEFAULT]
    assert len(ours) == 12 * len(SIZES) * len(cells.SEEDS) and len(plan) == len(ours) + 12 * 6
    assert len({cells.key(one) for one in plan}) == len(plan)
    assert all(one.size == 500 and one.seed == 0 for one in plan if one.arm != cells.DEFAULT)


def test_a_cell_is_run_anew_where_its_recipe_changed():
    one = cells.Cell("reviews", 100, 0)
    other = cells.Cell("reviews", 100, 0, changes={"epochs": 7})
    assert cells.key(one) == cells.key(cells.Cell("reviews", 100, 0)) != cells.key(other)


def test_what_was_measured_is_known_from_the_record_and_old_rules_give_way(tmp_path, monkeypatch):
    record = tmp_path / "measured" / "defaults.jsonl"
    one, grid = cells.Cell("reviews", 100, 0), cells.plan()[-1]
    cells.write_down({cells.key(one): cell(0.5), cells.key(grid): cell(0.6)}, record)
    monkeypatch.setattr(cells, "measure", lambda cell: pytest.fail("it is known"))
    assert cells.run(one, tmp_path, record) == cell(0.5)
    monkeypatch.setattr(cells, "RULES", cells.RULES + 1)
    assert cells.key(one) not in cells.recorded(record)
    cells.write_down({cells.key(one): cell(0.7)}, record)
    assert sorted(row["test"] for row in cells.recorded(record).values()) == [0.6, 0.7]
    assert len(record.read_text().splitlines()) == 2


def test_gains_are_points_and_fall_with_what_is_minimised():
    assert page.gain(cell(0.83), 0.80) == pytest.approx(3)
    assert page.gain(cell(0.5, metric="mae"), 0.6) == pytest.approx(10)
    assert page.gain(cell(31.5, metric="chrf"), 30) == pytest.approx(1.5)
    assert page.gain(cell(10.0, metric="perplexity"), 11.0) == pytest.approx(9.531, abs=1e-3)
    assert page.baseline({**cell(1.0), "baselines": {"a": 0.2, "b": 0.4}}) == 0.4
    assert page.baseline({**cell(1, metric="mae"), "baselines": {"a": 0.2, "b": 0.4}}) == 0.2
    untuned = {**cell(1.0), "baselines": {"a": 0.2}, "untuned": 0.3}  # which tuning may make worse
    assert page.baseline(untuned) == 0.3 and page.baseline({**untuned, "baselines": {}}) == 0.3


def test_the_summary_counts_what_reached_its_baseline_from_500_on(tmp_path):
    found = [
        cell(0.8, base=0.7, seed=0), cell(0.6, base=0.7, seed=1), cell(0.9, base=0.7, size=2000),
        cell(0.1, base=0.7, size=100),  # too few to count
        cell(0.83, arm="0.0001 x 4"), cell(0.79, arm="0.0001 x 12"),
        cell(20.0, data="chat", metric="perplexity"), cell(18.0, data="chat", arm="a",
                                                           metric="perplexity"),
    ]  # fmt: skip
    said = page.summary(found)
    assert (said["reached"], said["with_baseline"]) == (2, 3)
    assert said["behind"] == {"reviews": pytest.approx(3), "chat": pytest.approx(10.536, abs=1e-3)}
    path = tmp_path / "page.md"
    path.write_text(f"Rules.\n\n{page.BEGIN}old{page.END}\n\nAfter.\n", "utf-8")
    page.write(found, path)
    text = path.read_text("utf-8")
    assert text.startswith("Rules.") and text.endswith("After.\n") and "old" not in text
    assert "2 of 3 reach their baseline (67%)" in text
    assert "| reviews | macro_f1 | 500 | 0.700 | 0.700 | +10.0 -10.0 | 0.830 (0.0001 x 4) |" in text
    page.write(found, path)
    assert path.read_text("utf-8") == text


def test_one_cell_drawn_by_the_commit(tmp_path):
    quick = [one for one in cells.plan() if one.size == 100 and named(one.data).cost == 1]
    drawn = generator("defaults").choice(quick)
    found = cells.run(drawn, tmp_path)
    assert found["metric"] and found["baselines"] and found["evaluations"]
    assert -1 <= found["test"] <= 1 and found["best_step"] <= found["steps"]
    kept = list(tmp_path.glob("*.json"))
    assert len(kept) == 1 and cells.run(drawn, tmp_path) == found  # not run again


def test_an_effect_is_paired_and_says_whether_it_is_told_apart(tmp_path):
    def arms(*tests, seconds):
        return [{**cell(test, data=data), "training_seconds": seconds}
                for test, data in zip(tests, ("reviews", "names") * 2, strict=True)]  # fmt: skip

    without = arms(0.80, 0.50, 0.82, 0.52, seconds=10)
    found = practice.effect(without, arms(0.81, 0.52, 0.83, 0.54, seconds=22))
    assert found["gain"] == pytest.approx(1.5) and found["cost"] == pytest.approx(2.2)
    assert found["by_data"] == {"reviews": pytest.approx(1), "names": pytest.approx(2)}
    error = np.std([1, 2, 1, 2], ddof=1) / 2  # of the mean of four
    assert found["low"] == pytest.approx(1.5 - 3.182446 * error, abs=1e-4)  # Student's, of three
    line = practice.row(practice.CHOICES[0], found)
    assert "| +1.5 | +0.6 to +2.4 (4 pairs) |" in line and line.endswith("| helps |")
    same = practice.effect(without, arms(0.81, 0.49, 0.82, 0.52, seconds=10))
    assert practice.row(practice.CHOICES[0], same).endswith("| not told apart |")
    path = tmp_path / "page.md"
    path.write_text(f"A.\n{practice.BEGIN}{practice.END}\nB.\n", "utf-8")
    practice.write([line], path)
    assert line in path.read_text("utf-8") and path.read_text("utf-8").endswith("B.\n")


@pytest.mark.parametrize("choice", practice.CHOICES, ids=lambda one: one.name)
def test_a_choice_is_one_that_its_data_takes(choice):
    for _, bare, changed in practice.in_turn([choice]):
        with_it, without = cells.recipe_of(changed, "data"), cells.recipe_of(bare, "data")
        assert with_it != without and with_it.seed == without.seed
        assert (with_it.task, with_it.dataset) == (without.task, without.dataset)
