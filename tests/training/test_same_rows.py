"""A run that goes on says when the rows of its texts are no longer those that it began with."""

import json

import numpy as np
import pytest

import workbench as wb
from workbench.tasks.chat.pairs import PairRows
from workbench.tasks.sentence_similarity.pair_rows import PairRows as Members
from workbench.tasks.shared.encoding import Encoded, Targets
from workbench.training.same_rows import digest


def rows(ids=(5, 6, 7), ends=(0, 2, 3), labels=(0, 1), targets=None, **about):
    arrays = {"input_ids": np.array(ids, np.int32)}
    targets = None if targets is None else Targets.of(targets)
    ends, labels = np.array(ends, np.int64), np.array(labels)
    return Encoded(arrays, ends, labels, targets=targets, **about)


def sides(label):
    return PairRows.of([(([1, 2], [-100, 2]), ([1, 3], [-100, label]))])


def members(number):
    return Members.of(rows(labels=()), np.array([[0, number]]), np.array([0, 1]))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (rows(), rows(), True),
        (rows(), rows(notes=["2 texts were cut"], cut=2, about={"place": np.arange(3)}), True),
        (rows(), rows(ids=(5, 6, 8)), False),
        (rows(), rows(ends=(0, 1, 3)), False),
        (rows(), rows(labels=(1, 0)), False),
        (rows(targets=[[1], [2, 3]]), rows(targets=[[1], [2, 3]]), True),
        (rows(targets=[[1], [2, 3]]), rows(targets=[[1, 2], [3]]), False),
        (sides(3), sides(3), True),
        (sides(3), sides(-100), False),
        (members(1), members(1), True),
        (members(1), members(0), False),
    ],
    ids=["same", "said", "ids", "ends", "labels", "same-targets", "targets", "same-sides", "sides",
         "same-members", "members"],
)  # fmt: skip
def test_rows_are_known_by_what_training_reads(one, other, same):
    assert (digest(one) == digest(other)) is same


@pytest.mark.parametrize("begun", ["as-it-was", "by-another-version", "before-it-was-kept"])
def test_a_run_that_goes_on_with_other_rows_says_so(tiny_recipe, tmp_path, monkeypatch, begun):
    from workbench.training.engine import Engine

    real = Engine.compute_loss

    def broken(self, *args, **kwargs):
        if self.state.global_step == 6:
            raise MemoryError
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Engine, "compute_loss", broken)
    with pytest.raises(wb.WorkbenchError):
        wb.fine_tune(tiny_recipe, tmp_path / "run", progress=False)
    monkeypatch.undo()
    path = tmp_path / "run" / "data" / "info.json"
    info = json.loads(path.read_text())
    assert len(info["rows"]) == 32
    if begun == "by-another-version":
        info["rows"] = "0" * 32
    elif begun == "before-it-was-kept":
        del info["rows"]
    path.write_text(json.dumps(info))
    run = wb.fine_tune(tiny_recipe, tmp_path / "run", progress=False)
    assert run.state == "done"
    said = "until step 4 was learnt from the rows of then" in (run.status().get("warning") or "")
    assert said is (begun == "by-another-version")
