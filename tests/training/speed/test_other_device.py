"""A run that goes on where another way of computing is the faster one goes on as it began."""

import shutil

import pytest

import workbench as wb
from tests.training import tiny
from workbench.training import checkpoints
from workbench.training.speed import packed

DEVICES = {"a CPU": ("cpu",), "a GPU": ()}  # where texts without padding are the faster way


def _losses(run):
    return run.history().query("kind == 'step'")["loss"].tolist()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder in which the first checkpoint of a run is kept."""
    place = tmp_path / "kept"

    def keep(run_folder, **_):
        if not place.exists():
            shutil.copytree(run_folder / "checkpoints", place)

    monkeypatch.setattr(checkpoints, "prune", keep)
    return place


def _cut_back(run, kept):
    """As if it had been stopped after its first checkpoint."""
    shutil.rmtree(run.path / "checkpoints")
    kept.rename(run.path / "checkpoints")
    tiny.stop(run)


@pytest.mark.parametrize("first, then", [("a CPU", "a GPU"), ("a GPU", "a CPU")])
def test_a_run_taken_to_another_device_keeps_its_order_and_its_optimizer(
    first, then, tiny_recipe, tmp_path, monkeypatch, kept
):
    recipe = tiny_recipe.replace(max_steps=8)
    monkeypatch.setattr(packed, "FASTER", DEVICES[first])
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    whole, model = _losses(run), (run.model_path / "model.safetensors").read_bytes()
    assert ("no padding;" in run.status()["speed"]) == (first == "a CPU")

    _cut_back(run, kept)
    monkeypatch.setattr(packed, "FASTER", DEVICES[then])
    again = wb.fine_tune(recipe, run.path, progress=False)
    assert [e["step"] for e in again.events() if e["event"] == "resumed_from_checkpoint"] == [4]
    assert _losses(again) == whole
    assert (again.model_path / "model.safetensors").read_bytes() == model
    said = again.status()["speed"]
    assert ("no padding;" in said) == (first == "a CPU")
    assert ("the run goes on with padding, as it began" in said) == (first == "a GPU")


def test_where_it_cannot_go_on_as_it_began_it_says_so(tiny_recipe, tmp_path, monkeypatch, kept):
    run = wb.fine_tune(tiny_recipe.replace(max_steps=8), tmp_path / "run", progress=False)
    _cut_back(run, kept)
    monkeypatch.setattr(packed, "DEVICES", ())
    with pytest.raises(wb.WorkbenchError, match="began without padding"):
        wb.fine_tune(run.recipe, run.path, progress=False)
    monkeypatch.setattr(packed, "DEVICES", ("cpu",))
    assert len(_losses(wb.fine_tune(run.recipe, run.path, progress=False))) == 8
