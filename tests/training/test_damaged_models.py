"""A damaged model, and everything that opens it: one sentence each, never the library's error."""

import json
import shutil

import pandas as pd
import pytest

import workbench as wb
from tests.training import tiny
from workbench.errors import WorkbenchError
from workbench.training import checkpoints

TEXT = "a very good film"


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny_recipe):
    folder = tmp_path_factory.mktemp("damaged") / "run"
    return wb.fine_tune(tiny_recipe.replace(max_steps=2, epochs=1), out=folder, progress=False)


def settings(name, **entries):
    def change(folder):
        path = folder / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))

    return change


def content(name, data):
    return lambda folder: (folder / name).write_bytes(data)


def cut(name, share):
    def change(folder):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * share)])

    return change


def gone(*names):
    return lambda folder: [(folder / name).unlink(missing_ok=True) for name in names]


def as_folder(name):
    def change(folder):
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def without(*words):
    def change(folder):
        from safetensors.torch import load_file, save_file

        weights = load_file(folder / "model.safetensors")
        left = {n: w for n, w in weights.items() if not any(word in n for word in words)}
        save_file(left, folder / "model.safetensors", metadata={"format": "pt"})

    return change


def whole_numbers(folder):
    import torch
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights = {name: (127 * w).to(torch.int8) for name, w in weights.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def spoilt(word, value):
    def change(folder):
        from safetensors.torch import load_file, save_file

        weights = load_file(folder / "model.safetensors")
        name = next(name for name in weights if word in name)
        weights[name].view(-1)[3] = value
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    return change


def index_of(name):
    def change(folder):
        (folder / "model.safetensors").rename(folder / "part.safetensors")
        names = {"a": "part.safetensors", "b": name}
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))

    return change


def outside(name):
    def change(folder):
        target = folder.parent / f"outside-{name}"
        (folder / name).rename(target)
        (folder / name).symlink_to(target)

    return change


CODE = {"AutoConfig": "code.Config", "AutoModel": "code.Model", "AutoTokenizer": ["code.T", None]}
DAMAGES = {
    "code-in-config": settings("config.json", auto_map=CODE),
    "code-in-tokenizer": settings("tokenizer_config.json", auto_map=CODE),
    "code-and-no-class": settings("tokenizer_config.json", auto_map=CODE, tokenizer_class=None),
    "code-in-another": content("processor_config.json", json.dumps({"auto_map": CODE}).encode()),
    "config-empty": content("config.json", b""),
    "config-cut": cut("config.json", 0.5),
    "config-list": content("config.json", b"[]"),
    "config-gone": gone("config.json"),
    "config-folder": as_folder("config.json"),
    "type-none": settings("config.json", model_type=None),
    "type-unknown": settings("config.json", model_type="magic"),
    "type-other": settings("config.json", model_type="gpt2", architectures=["GPT2Model"]),
    "type-bart": settings("config.json", model_type="bart", architectures=[]),
    "wider": settings("config.json", hidden_size=64),
    "more-layers": settings("config.json", num_hidden_layers=4),
    "no-activation": settings("config.json", hidden_act="nonsense"),
    "size-in-words": settings("config.json", num_attention_heads="two"),
    "labels-of-another-kind": settings("config.json", id2label={"0": "a", "1": "b", "2": "c"}),
    "weights-empty": content("model.safetensors", b""),
    "weights-garbage": content("model.safetensors", b"garbage" * 100),
    "weights-cut": cut("model.safetensors", 0.7),
    "weights-cut-in-header": cut("model.safetensors", 0.001),
    "weights-folder": as_folder("model.safetensors"),
    "weights-gone": gone("model.safetensors"),
    "weights-missing": without("layer.1."),
    "weights-outside": outside("model.safetensors"),
    "weights-nan": spoilt("layer.1.output.dense.weight", float("nan")),
    "weights-infinite": spoilt("word_embeddings", float("-inf")),
    "index-pickle": index_of("pytorch_model.bin"),
    "index-outside": index_of("../outside.safetensors"),
    "index-missing-part": index_of("gone.safetensors"),
    "tokenizer-empty": content("tokenizer.json", b""),
    "tokenizer-cut": cut("tokenizer.json", 0.6),
    "tokenizer-object": content("tokenizer.json", b"{}"),
    "tokenizer-gone": gone("tokenizer.json", "vocab.txt"),
    "tokenizer-settings-list": content("tokenizer_config.json", b"[1]"),
    "tokenizer-settings-odd": settings("tokenizer_config.json", pad_token=[1], unk_token={"a": 1}),
    "tokenizer-class-odd": settings("tokenizer_config.json", tokenizer_class=5),
    "tokenizer-gives-nothing": settings("tokenizer_config.json", model_input_names=["x"]),
    "tokenizer-length-odd": settings("tokenizer_config.json", model_max_length="long"),
    "pad-beyond": settings("tokenizer_config.json", pad_token="[NEW]"),
    "weights-whole-numbers": whole_numbers,
    "special-tokens-odd": content("special_tokens_map.json", b"[]"),
}  # fmt: skip


def calls_on_a_run(run):
    yield "predict", lambda: run.predict([TEXT])
    yield "pipeline", lambda: run.pipeline()
    yield "attention", lambda: wb.inspection.attention(run, TEXT)
    yield "attribute", lambda: wb.inspection.attribute(run, TEXT)
    yield "what-if", lambda: wb.inspection.word_effects(run, TEXT)


def calls_on_a_folder(folder, recipe):
    recipe = recipe.replace(model=str(folder))
    yield "check", lambda: wb.check(recipe)
    yield "attention", lambda: wb.inspection.attention(str(folder), TEXT)
    yield "train", lambda: wb.fine_tune(recipe, out=folder.parent / "new", progress=False)


def outcome(call):
    """The message of a WorkbenchError; None where nothing was raised. Any other error is one."""
    try:
        call()
    except WorkbenchError as error:
        assert error.message and "\n" not in error.message
        assert "trust_remote_code" not in str(error) and "weights_only" not in str(error)
        return error.message
    return None


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_a_run_is_asked_is_answered_in_one_sentence(trained, tmp_path, damage, monkeypatch):
    shutil.copytree(trained.path, tmp_path / "run")
    damage(tmp_path / "run" / "model")
    # whether a checkpoint is whole is another test's question: here its model is opened
    monkeypatch.setattr(checkpoints, "is_whole", lambda *_, **__: True)
    run = wb.open_run(tmp_path / "run")
    said = {name: outcome(call) for name, call in calls_on_a_run(run)}
    assert said["predict"], said


TAKEN = {"labels-of-another-kind"}  # the head is replaced


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_training_refuses_the_check_refuses(
    tiny_model, tiny_recipe, tmp_path, damage, request
):
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    damage(folder)
    recipe = tiny_recipe.replace(max_steps=1, epochs=1)
    calls = dict(calls_on_a_folder(folder, recipe))
    outcome(calls["attention"])
    refused = outcome(calls["train"]) is not None
    try:
        check = calls["check"]()
    except WorkbenchError:
        check = None
    assert refused == (check is None or not check.ok)
    assert refused or request.node.callspec.id in TAKEN


def test_tags_with_a_model_that_pads_in_front_or_not_at_all(tmp_path, tiny_recipe):
    folder = tiny.save_model(tmp_path / "model")
    settings("tokenizer_config.json", padding_side="left")(folder)
    words = [["a", "good", "film"], ["the", "story", "was", "very", "dull"]] * 12
    tags = [["O", "B-X", "O"], ["O", "O", "O", "O", "B-Y"]] * 12
    data = pd.DataFrame({"tokens": words, "tags": tags})
    results = []
    for side in ("left", "right"):
        settings("tokenizer_config.json", padding_side=side)(folder)
        recipe = wb.Recipe(
            task="token-classification", model=str(folder), dataset=data, test_size=4,
            validation_size=4, batch_size=4, max_length=16, max_steps=3, epochs=1,
            learning_rate=1e-3, precision="fp32", speed="exact",
        )  # fmt: skip
        run = wb.fine_tune(recipe, out=tmp_path / side, progress=False)
        losses = [row["loss"] for row in run.history().to_dict("records") if row.get("loss")]
        results.append((losses, run.predict([["a", "good", "film"], ["dull"]]).to_dict()))
    assert results[0] == results[1]


LEFT_OVER = {
    "number": {"problem_type": "regression", "id2label": {"0": "x"}, "label2id": {"x": 0}},
    "several": {"problem_type": "multi_label_classification"},
    "class": {"problem_type": "single_label_classification"},
    "attentions": {"output_attentions": True, "output_hidden_states": True},
    "tuples": {"return_dict": False},
    "chunks": {"chunk_size_feed_forward": 3},
}


@pytest.mark.parametrize("task", ["text-classification", "regression", "token-classification"])
@pytest.mark.parametrize("entries", LEFT_OVER.values(), ids=LEFT_OVER)
def test_what_another_task_left_in_a_configuration_changes_nothing(
    tiny_model, tmp_path, task, entries
):
    """The task decides the kind of problem, the caller what comes out of a model."""
    import torch

    from workbench import tasks
    from workbench.tasks.shared.build_model import build_model

    names = {"regression": ["label"]}.get(task, ["a", "b", "c"])
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    settings("config.json", **entries)(folder)
    about = tasks.get(task)
    plain, found = (build_model(about, one, names, 0).eval() for one in (tiny_model, folder))
    ids = torch.arange(2, 9)[None]
    with torch.no_grad():
        assert torch.equal(plain(ids).logits, found(ids).logits)
    found.save_pretrained(tmp_path / "saved")
    plain.save_pretrained(tmp_path / "plain")
    saved, usual = (json.loads((tmp_path / one / "config.json").read_text())
                    for one in ("saved", "plain"))  # fmt: skip
    assert saved == usual and saved.get("problem_type") == about.problem_type


def test_a_model_of_one_task_goes_on_as_one_of_another(trained, tmp_path, tiny_recipe):
    data = tiny.frame().assign(label=[float(number % 2) for number in range(96)])
    recipe = tiny_recipe.replace(
        task="regression", dataset=data, model=str(trained.model_path), max_steps=1, epochs=1
    )
    assert wb.check(recipe).ok
    number = wb.fine_tune(recipe, out=tmp_path / "number", progress=False)
    again = tiny_recipe.replace(model=str(number.model_path), max_steps=1, epochs=1)
    said = wb.fine_tune(again, out=tmp_path / "class", progress=False).pipeline()("a good film")
    assert 0.5 <= said[0]["score"] <= 1  # of two classes, summing to one


def test_no_room_for_a_question_is_found_by_the_check(tiny_recipe):
    from tests.training.test_question_answering import questions

    recipe = tiny_recipe.replace(task="question-answering", dataset=questions(40), max_length=13)
    found = wb.check(recipe)
    assert not found.ok
    assert any("no room for a question" in one for one in found.findings["what"])
    assert wb.check(recipe.replace(max_length=14)).ok
