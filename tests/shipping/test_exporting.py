"""Exported models against their runs: the same answers by another process, or nothing is left."""

import ast
import errno
import json
import os
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from workbench.errors import DataError, ModelError, RunError, UnknownName
from workbench.shipping import export
from workbench.shipping.exporting import exporting, place, round_trip, standalone
from workbench.shipping.exporting.formats import onnx, safetensors
from workbench.shipping.exporting.standalone import predict

ROWS = {
    "class": "class", "two texts": "class", "labels": "labels",
    "number": "number", "tags": "tags", "span": "span", "vector": "vector", "pair": "pair",
    "gaps": "gaps", "encoder-decoder": "text", "template": "text", "texts": "text", "chat": "text",
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_plain_transformers_answers_as_the_run_does(name, run_of, tmp_path, here):
    found = export(run_of(name), tmp_path / "out", examples=10)
    assert found.check["same"] == found.check["examples"] == 10
    about = json.loads((found.path / "export.json").read_text("utf-8"))
    assert about["kind"] == ROWS[name] and about["check"] == found.check
    far = found.check["largest_difference"]
    assert (far is None) == (ROWS[name] == "text") and (far or 0) <= 1e-5
    assert found.size == (found.path / "model.safetensors").stat().st_size
    assert not list(tmp_path.glob(".*"))


def test_a_process_that_knows_no_workbench_answers(run_of, tmp_path):
    run = run_of("class")
    found = export(run, tmp_path / "out", examples=5)
    assert found.check["same"] == 5 and found.check["largest_difference"] <= 1e-5
    source = (Path(standalone.__file__).parent / "predict.py").read_text("utf-8")
    assert source == (found.path / "predict.py").read_text("utf-8")
    imports = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.ImportFrom)]
    assert all(not one.level and one.module != "workbench" for one in imports)
    assert "import workbench" not in source
    (found.path / "export.json").unlink()
    with pytest.raises(ModelError, match="could not answer .*export.json"):
        round_trip.answers_of_another_process(found.path, [{"text": "a"}])


@pytest.mark.parametrize("name", ["vector", "template"])
def test_a_graph_answers_as_the_run_does(name, run_of, tmp_path, here):
    found = export(run_of(name), tmp_path / "out", "onnx", examples=10)
    assert found.check["same"] == 10 and (found.check["largest_difference"] or 0) <= 1e-5
    names = {one.name for one in found.path.iterdir()}
    assert {"model.onnx", "tokenizer.json", "config.json", "predict.py"} <= names
    assert not names & {"model.safetensors", "fp32.onnx"}


def test_eight_bits_are_smaller_and_labels_are_counted(run_of, tmp_path, here):
    run = run_of("class")
    whole = export(run, tmp_path / "fp32", "onnx", examples=4)
    few = export(run, tmp_path / "int8", "onnx", weights="int8", examples=16)
    assert few.size < whole.size and few.weights == "int8"
    assert few.check["exact"] is False and 0 < few.check["largest_difference"] < 0.2
    assert few.check["same"] >= 15 and few.note == ""
    assert few.path.joinpath("model.onnx").is_file() and not (few.path / "fp32.onnx").exists()
    labels = json.loads((few.path / "export.json").read_text())["labels"]
    assert labels == ["class-0", "class-1", "class-2"]
    poor = {"exact": False, "same": 3, "examples": 4}
    assert exporting._note(poor, "int8") == (
        "In int8 only 3 of 4 answers are the same: weigh what that costs, or keep fp32."
    )


def test_an_adapter_is_merged(run_of, tmp_path, here):
    found = export(run_of("lora"), tmp_path / "out", examples=2)
    assert not [name for name in load_file(found.path / "model.safetensors") if "lora" in name]
    assert not (found.path / "adapter_config.json").exists()


def test_thresholds_and_temperature_go_along(run_of, tmp_path, here):
    run = run_of("class")
    heat = run.calibrate()
    found = export(run, tmp_path / "a", examples=2)
    model = predict.Model(found.path)
    assert model.about["temperature"] == heat
    text = "good film so nice"
    wanted = run.predict([text], calibrated=True).filter(like="score_").iloc[0]
    scores = model.predict([text], calibrated=True)[0]["scores"]
    assert list(scores.values()) == pytest.approx(wanted.tolist(), abs=1e-6)
    limits = json.loads((run_of("labels").path / "model" / "decision.json").read_text())
    labels = export(run_of("labels"), tmp_path / "b", examples=2)
    assert predict.Model(labels.path).about["thresholds"] == limits["thresholds"]
    span = export(run_of("span"), tmp_path / "c", examples=2)
    assert predict.Model(span.path).about["no_answer_threshold"] is not None


def test_what_differs_is_not_kept(run_of, tmp_path, here, monkeypatch):
    answers = exporting.answers_of

    def shifted(*given, **about):
        found = answers(*given, **about)
        found[0]["scores"]["class-0"] += 0.01
        return found

    monkeypatch.setattr(exporting, "answers_of", shifted)
    with pytest.raises(ModelError) as error:
        export(run_of("class"), tmp_path / "out", examples=3)
    assert error.value.message == (
        "The exported model does not answer as the run does: 0 of 3 "
        "answers differ, numbers by up to 0.01; it is not kept."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_what_was(run_of, tmp_path, here, monkeypatch):
    def full(folder, predictor, facts, weights):
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(safetensors, "write", full)
    with pytest.raises(DataError, match=r"could not be written \(No space left on device\); noth"):
        export(run_of("class"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []

    def wrapped(*_):
        raise RuntimeError("Error while serializing: No space left on device (os error 28)")

    monkeypatch.setattr(safetensors, "write", wrapped)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="nothing of it is left"):
        export(run_of("class"), tmp_path / "empty")
    assert [one.name for one in tmp_path.iterdir()] == ["empty"]


def test_folders_that_are_refused(run_of, tmp_path):
    run = run_of("class")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "full", "link"):
        with pytest.raises(DataError, match="is there already"):
            place.new_folder(tmp_path / name, run.path)
    for name, said in {
        tmp_path / "no" / "such": "The folder of .* is not there",
        run.path / "model" / "out": "lies in the folder of the run",
        run.path / "model" / ".." / "out": "lies in the folder of the run",
        tmp_path / "a\0b": "cannot be made",
    }.items():
        with pytest.raises(DataError, match=said):
            place.new_folder(name, run.path)
    assert (tmp_path / "file").read_text() == (tmp_path / "full" / "a").read_text() == "mine"


def test_runs_that_are_refused(run_of, tmp_path, monkeypatch):
    run = run_of("class")
    for wrong, said in {
        ("exe", None, 4): "There is no format 'exe'",
        ("onnx", "int3", 4): "The format onnx keeps no weights as 'int3'",
    }.items():
        with pytest.raises(UnknownName, match=said):
            export(run, tmp_path / "out", wrong[0], weights=wrong[1], examples=wrong[2])
    with pytest.raises(RunError, match="examples is 0"):
        export(run, tmp_path / "out", examples=0)
    with pytest.raises(ModelError, match="'prompt' has learnt are virtual tokens"):
        export(run_of("prompt"), tmp_path / "out")
    half = tmp_path / "half"
    half.mkdir()
    for name in ("run.json", "recipe.yaml"):
        (half / name).write_text((run.path / name).read_text())
    (half / "state.json").write_text('{"state": "stopped"}')
    with pytest.raises(RunError, match="half is .* no finished model"):
        export(half, tmp_path / "out")
    monkeypatch.setattr(onnx, "PACKAGES", ("onnx", "no_such_package"))
    with pytest.raises(ModelError, match="packages that are not installed: no_such_package"):
        export(run, tmp_path / "out", "onnx")
    assert not (tmp_path / "out").exists()


def test_an_operator_without_a_place_is_named(run_of, tmp_path):
    class Odd(torch.nn.Module):
        config = type("Config", (), {"pad_token_id": 0})

        def forward(self, input_ids):
            return type("Said", (), {"logits": torch.special.bessel_j0(input_ids * 1.0)})

    predictor = type("Predictor", (), {"model": Odd()})
    facts = {"kind": "class", "inputs": ["input_ids"], "model_class": "Odd", "own_net": False}
    with pytest.raises(ModelError, match=r"Odd has .* no operator for \(.*bessel_j0") as error:
        onnx.write(tmp_path, predictor, facts, "fp32")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen2"])
def test_a_decoder_comes_back_from_gguf_as_it_went(kind, decoder_of, tmp_path, here):
    run = decoder_of(kind)
    found = export(run, tmp_path / "out", "gguf", examples=10)
    assert found.check["same"] == 10
    model = predict.Model(found.path)
    own = load_file(run.path / "model" / "model.safetensors")
    back = dict(model.net.model.named_parameters())
    assert len(back) == len(own)
    for name, weight in back.items():
        assert torch.equal(weight, own[name]), name
    words = AutoTokenizer.from_pretrained(run.path / "model")
    text = "<|im_start|>user\na b 12 é<|im_end|>\n"
    assert model.tokenizer(text)["input_ids"] == words(text)["input_ids"]
    assert model.tokenizer.chat_template == words.chat_template
    if kind != "llama":
        return
    smaller = export(run, tmp_path / "small", "gguf", weights="q8_0", examples=2)
    assert smaller.size < 0.7 * found.size and not smaller.check["exact"]


def test_a_modelfile_asks_as_the_template_does(decoder_of, tmp_path, here):
    run = decoder_of("llama")
    said = (export(run, tmp_path / "out", "gguf", examples=1).path / "Modelfile").read_text()
    assert said.splitlines()[0] == "FROM ./model.gguf"
    for line in ('PARAMETER stop "<|im_end|>"', "PARAMETER num_predict 6",
                 "PARAMETER temperature 0"):  # fmt: skip
        assert line in said.splitlines()
    template = said.split('"""')[1]
    asked = [("system", "be brief"), ("user", "a b"), ("assistant", "0 1"), ("user", "c")]
    parts = {
        role: re.search(rf'eq .Role "{role}" }}}}(.*?){{{{- (?:else|end)', template)[1]
        for role, _ in asked
    }
    text = "".join(_filled(parts[role], words) for role, words in asked)
    text += _filled(template.rpartition("{{- end }}")[2], "")
    messages = [{"role": role, "content": words} for role, words in asked]
    words = AutoTokenizer.from_pretrained(run.path / "model")
    assert text == words.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)


def _filled(part: str, content: str) -> str:
    """What an Ollama template of literals and ``.Content`` writes."""
    actions = re.findall(r"{{ (.*?) }}", part)
    return "".join(content if one == ".Content" else json.loads(one) for one in actions)


def test_what_gguf_has_no_place_for(run_of, tmp_path):
    with pytest.raises(ModelError, match="a model of type 'bert' for text-classification"):
        export(run_of("class"), tmp_path / "out", "gguf")
    with pytest.raises(ModelError, match=r"tokenizer \(WordLevel: WhitespaceSplit\)"):
        export(run_of("chat"), tmp_path / "out", "gguf")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_the_folder(run_of, tmp_path, here, capsys):
    from workbench.cli import main

    run = str(run_of("class").path)
    assert main(["export", run, "--out", str(tmp_path / "a"), "--examples", "3"]) == 0
    said = capsys.readouterr().out
    assert f"MB in {tmp_path / 'a'}; another process gives 3 of 3 answers alike" in said
    assert main(["export", run, "--out", str(tmp_path / "a")]) == 2
    assert "is there already. Name a new folder" in capsys.readouterr().err
