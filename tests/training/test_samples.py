"""What a model writes while it trains: the same prompts each time, kept through stops and kills."""

import json

import pytest

import workbench as wb
from tests.training import toy_task
from tests.training.test_exact_resume import drive
from tests.training.test_toy_writer import recipe_for
from workbench.run_folder import samples as run_samples
from workbench.run_folder.samples import FILE, MOST, thinned
from workbench.training.samples import PROMPTS, Samples


@pytest.fixture(scope="module")
def lines(package, tmp_path_factory):
    """A recipe of a task that is judged by its loss."""
    folder = tmp_path_factory.mktemp("lines")
    return recipe_for(
        "toy-lines", "gpt2", folder, max_steps=8, evaluate_every=2, checkpoint_every=3,
        batch_size=16, gradient_accumulation=2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(lines, tmp_path_factory):
    return wb.fine_tune(lines, tmp_path_factory.mktemp("samples") / "run", progress=False)


def test_the_same_beginnings_before_training_and_at_each_evaluation(run):
    table = run.samples()
    assert list(table.columns) == list(run_samples.COLUMNS)
    assert sorted(set(table["step"])) == [0, 2, 4, 6, 8]
    texts = run.predictions("validation")["text"]
    for _, part in table.groupby("step"):
        assert part["row"].tolist() == [0, 1, 2, 3, 4]
        for one in part.itertuples():
            assert f"{one.prompt} {one.reference}".split() == texts[one.row].split()
            assert one.prompt and one.reference
    assert table["text"].map(len).max() > 0
    assert set(table.loc[table["step"] == 0, "text"]) != set(table.loc[table["step"] == 8, "text"])


def test_what_is_written_is_what_the_model_of_that_step_writes(run):
    """The last moment, against the library's own generation from the last weights."""
    import torch
    import transformers as hf

    last = run.samples().query("step == 8")
    assert run.results()["best_step"] == 8
    model = hf.AutoModelForCausalLM.from_pretrained(run.path / "model").eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(run.path / "model")
    for one in last.itertuples():
        ids = torch.tensor([tokenizer(one.prompt)["input_ids"]])
        written = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False,
            pad_token_id=0, eos_token_id=3,
        )  # fmt: skip
        expected = tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True)
        assert one.text == expected
        assert one.ended == (3 in written[0, ids.shape[1] :].tolist())


def test_training_is_the_same_with_and_without_samples(lines, run, tmp_path, monkeypatch):
    monkeypatch.setattr(toy_task.WritingTask, "samples", lambda *about: [])
    other = wb.fine_tune(lines, tmp_path / "none", progress=False)
    assert not (other.path / FILE).exists() and len(other.samples()) == 0
    weights = [(one.path / "model" / "model.safetensors").read_bytes() for one in (run, other)]
    assert weights[0] == weights[1]
    assert run.history()["loss"].tolist() == other.history()["loss"].tolist()


def test_a_run_that_is_killed_wrote_the_same(lines, package, tmp_path):
    drive(tmp_path, lines, "step:1", "evaluation:4", "step:7")
    whole, killed = ((tmp_path / name / FILE).read_text() for name in ("whole", "killed"))
    assert whole == killed and len(whole.splitlines()) == 5


def test_a_task_that_is_measured_by_its_texts_writes_samples_as_well(package, tmp_path):
    recipe = recipe_for("toy-going-on", "gpt2", tmp_path, max_steps=2, evaluate_every=2)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    assert sorted(set(run.samples()["step"])) == [0, 2]


def test_a_model_that_cannot_write_is_said_and_trains(lines, tmp_path, monkeypatch):
    from workbench.errors import ModelError
    from workbench.training import samples

    def fail(*about, **more):
        raise ModelError("It has lost its voice.")

    monkeypatch.setattr(samples, "write", fail)
    run = wb.fine_tune(lines, tmp_path / "run", progress=False)
    assert run.state == "done" and "lost its voice" in run.status()["warning"]
    assert len(run.samples()) == 0


@pytest.mark.parametrize("count", [1, 2, 64, 65, 66, 128, 129, 130, 1000, 4097])
def test_few_moments_are_kept_however_many_there_were(count):
    moments = []
    for number in range(count):
        moments = thinned([*moments, {"step": 3 * number, "number": number}])
    numbers = [one["number"] for one in moments]
    assert numbers[0] == 0 and numbers[-1] == count - 1 and numbers == sorted(set(numbers))
    assert len(numbers) <= MOST + 2
    assert thinned([{"step": n, "number": n} for n in range(count)])[:-1] == [
        {"step": n, "number": n} for n in numbers[:-1]
    ]


BAD = {
    "not-json": "{",
    "no-texts": '{"step": 1, "number": 1}',
    "step-of-text": '{"step": "1", "number": 1, "texts": []}',
    "negative": '{"step": -1, "number": 1, "texts": []}',
    "no-prompt": '{"step": 1, "number": 1, "texts": [{"row": 0, "text": "a"}]}',
    "number-as-text": '{"step": 1, "number": 1, "texts": [{"row": 0, "prompt": "a", "text": 3, '
    '"ended": true, "reference": ""}]}',
    "list": "[1, 2]",
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_lines_that_are_none_are_passed_over(line, tmp_path):
    good = {"row": 0, "prompt": "<b>a", "text": "b\n\u2028c", "ended": True, "reference": "d"}
    whole = json.dumps({"step": 2, "number": 1, "texts": [good]})
    (tmp_path / FILE).write_text(f"{line}\n{whole}\n")
    (found,) = run_samples.read_samples(tmp_path)
    assert found["texts"] == [good]
    table = run_samples.samples_table([found])
    assert table.loc[0, "text"] == "b\n\u2028c" and len(table) == 1


def test_a_folder_in_its_place_is_said(lines, run, tmp_path):
    import shutil

    shutil.copytree(run.path, tmp_path / "copy")
    (tmp_path / "copy" / FILE).unlink()
    (tmp_path / "copy" / FILE).mkdir()
    with pytest.raises(wb.WorkbenchError, match="samples.jsonl"):
        wb.open_run(tmp_path / "copy").samples()


def test_what_a_run_wrote_after_its_checkpoint_is_forgotten(lines, run, tmp_path):
    from workbench.training.preparing import prepare
    from workbench.training.reporter import Reporter

    prepared = prepare(lines)
    (tmp_path / FILE).write_text((run.path / FILE).read_text())
    (tmp_path / "metrics.jsonl").write_text((run.path / "metrics.jsonl").read_text())
    reporter = Reporter(tmp_path, lambda **state: None)
    reporter.discard_after(5)
    kept = Samples(prepared, lines, reporter, step=5, evaluated=True, precision="fp32")
    assert [one["step"] for one in kept.moments] == [0, 2, 4] and kept.number == 2
    assert len(kept.prompts) == PROMPTS and not kept.due
    reporter.close()
