"""Our own nets through a whole run: the library's curve, exact resume, prediction."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
import transformers

import workbench as wb
from tests.training import test_language_modelling, test_text_to_text, tiny, writers
from tests.training.test_exact_resume import drive
from workbench import inspection
from workbench.catalog.own_nets import net_folders
from workbench.nets.bert import BertConfig
from workbench.nets.bert_heads import BertForSequenceClassification
from workbench.nets.weights import config_from
from workbench.training.predicting.predictor import Predictor
from workbench.training.preparing import prepare


@pytest.fixture
def net(tmp_path, monkeypatch):
    """A folder of our net with the weights of a tiny BERT of the library, and that BERT's."""
    source = tiny.save_model(tmp_path / "source", dropout=0.0)
    monkeypatch.setattr(net_folders, "cache_dir", lambda: tmp_path / "cache")
    return net_folders.folder(f"net:bert@{source}", source), source


def test_trains_on_the_librarys_curve_and_predicts_as_the_net(net, tiny_recipe, tmp_path):
    folder, source = net
    recipe = tiny_recipe.replace(model=str(folder), epochs=1, speed="exact")
    ours = wb.fine_tune(recipe, tmp_path / "ours", progress=False)
    theirs = wb.fine_tune(recipe.replace(model=str(source)), tmp_path / "theirs", progress=False)
    losses = [run.history().query("kind == 'step'")["loss"].to_numpy() for run in (ours, theirs)]
    # the heads were drawn alike, so the whole curve is the library's
    np.testing.assert_allclose(losses[0], losses[1], rtol=2e-4)

    texts = ["a fine day", "no"]
    scores = ours.predict(texts).filter(like="score_").to_numpy()
    from transformers import AutoTokenizer

    batch = AutoTokenizer.from_pretrained(ours.model_path)(texts, padding=True, return_tensors="pt")
    config = json.loads((ours.model_path / "config.json").read_text())
    alone = BertForSequenceClassification(_plain(config))
    state = _state(ours.model_path)
    alone.load_state_dict(state)
    with torch.no_grad():
        logits = alone.eval()(batch["input_ids"], batch["attention_mask"]).logits
    np.testing.assert_allclose(scores, logits.softmax(-1).numpy(), atol=1e-6)
    piped = ours.pipeline()(texts, top_k=None)
    assert max(part["score"] for part in piped[0]) == pytest.approx(scores[0].max(), abs=1e-6)


def test_killed_and_resumed_it_ends_with_the_same_weights(net, tiny_recipe, tmp_path):
    folder, _ = net
    recipe = tiny_recipe.replace(model=str(folder), epochs=1)
    whole, killed = drive(tmp_path, recipe, "checkpoint:8")
    assert whole[0] == killed[0] and whole[1].equals(killed[1]) and whole[3].equals(killed[3])


@pytest.fixture
def decoder(tmp_path, monkeypatch):
    """A folder of our decoder with the weights of a tiny Llama of the library, and that Llama's."""
    source = writers.save(tmp_path / "llama", "llama")
    monkeypatch.setattr(net_folders, "cache_dir", lambda: tmp_path / "cache")
    return net_folders.folder(f"net:llama@{source}", source), source


def test_the_decoder_learns_and_writes_as_the_librarys(decoder, tmp_path):
    folder, source = decoder
    asked = {"kind": "template", "template": "{source} = "}
    recipe = test_text_to_text.recipe_for(
        tmp_path, "llama", prompt=asked, max_steps=6, test_size=6, validation_size=6,
        generation={"kind": "beams", "num_beams": 2, "max_new_tokens": 6},
    )  # fmt: skip
    ours = wb.fine_tune(recipe.replace(model=str(folder)), tmp_path / "ours", progress=False)
    theirs = wb.fine_tune(recipe.replace(model=str(source)), tmp_path / "theirs", progress=False)
    losses = [run.history().query("kind == 'step'")["loss"].to_numpy() for run in (ours, theirs)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=2e-4)
    first, second = (run.predictions() for run in (ours, theirs))
    assert first["prediction"].tolist() == second["prediction"].tolist()
    np.testing.assert_allclose(first["loss"], second["loss"], rtol=1e-3)
    table = wb.open_run(ours.path).predict(first["text"].tolist())
    assert table["prediction"].tolist() == first["prediction"].tolist()
    config = json.loads((ours.model_path / "config.json").read_text())
    assert config["model_type"] == "workbench-llama"


def test_what_the_library_reads_beside_the_weights_is_in_the_folder(tmp_path, monkeypatch):
    source = writers.save(tmp_path / "llama", "llama")
    monkeypatch.setattr(net_folders, "cache_dir", lambda: tmp_path / "cache")
    about = {"eos_token_id": [3, 7], "temperature": 0.3, "do_sample": True}
    (source / "generation_config.json").write_text(json.dumps(about))
    (source / "chat_template.jinja").write_text("{{ messages }}")
    folder = net_folders.folder(f"net:llama@{source}", source)
    kept = {path.name for path in source.iterdir()} - {"config.json", "model.safetensors"}
    for name in kept:
        assert (folder / name).read_bytes() == (source / name).read_bytes()
    assert {"generation_config.json", "chat_template.jinja", "tokenizer.json"} <= kept


def test_the_decoder_goes_on_with_texts_and_answers(decoder, tmp_path):
    folder, _ = decoder
    of_texts = test_language_modelling.recipe_for(tmp_path, "gpt2", max_steps=4)
    method = {"kind": "lora", "rank": 4}
    run = wb.fine_tune(of_texts.replace(model=str(folder), method=method), tmp_path / "texts",
                       progress=False)  # fmt: skip
    assert run.samples()["text"].str.len().max() > 0
    with pytest.raises(wb.WorkbenchError, match="would see each other"):
        prepare(of_texts.replace(model=str(folder), rows="packed"))
    assert wb.check(of_texts.replace(model=str(folder))).ok


def test_what_is_no_llama_is_refused(tmp_path, monkeypatch):
    source = writers.save(tmp_path / "gpt2", "gpt2")
    monkeypatch.setattr(net_folders, "cache_dir", lambda: tmp_path / "cache")
    with pytest.raises(wb.WorkbenchError, match="Name a Llama"):
        net_folders.folder(f"net:llama@{source}", source)
    wb.catalog.check(f"net:llama@{source}", "model")
    with pytest.raises(wb.WorkbenchError):
        wb.catalog.check("net:llama@sample:nothing", "model")


def _plain(config):
    labels = {int(k): v for k, v in config["id2label"].items()}
    return config_from(BertConfig, {**config, "model_type": "bert", "id2label": labels})


def _state(folder):
    from safetensors.torch import load_file

    weights = load_file(folder / "model.safetensors")
    return {name.removeprefix("net."): value for name, value in weights.items()}


def test_the_transformer_of_the_lessons_reads_and_writes_as_it_does_alone(tmp_path, monkeypatch):
    from workbench.catalog.loading.safe_loading import load_model
    from workbench.nets import decoding

    source = writers.save(tmp_path / "t5", "t5")  # its words are taken, and nothing else
    words = writers.tokenizer()
    words.model_input_names = [*words.model_input_names, "token_type_ids"]  # as a BERT has
    words.save_pretrained(source)
    monkeypatch.setattr(net_folders, "cache_dir", lambda: tmp_path / "cache")
    folder = net_folders.folder("net:transformer-small", source)
    recipe = test_text_to_text.recipe_for(tmp_path, "t5", model=str(folder), max_steps=40,
                                          evaluate_every=40)  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    steps = run.history().query("kind == 'step'")["loss"]
    assert steps.iloc[-1] < 0.8 * steps.iloc[0]
    table = run.predictions()
    assert run.predict(table["text"].tolist())["prediction"].tolist() == (
        table["prediction"].tolist()
    )  # fmt: skip
    model, words = load_model(run.model_path, "AutoModelForSeq2SeqLM"), writers.tokenizer()
    texts = table["text"].tolist()[:4]
    read = words(texts, padding=True, return_tensors="pt")["input_ids"]
    begin = torch.full((4, 1), model.config.decoder_start_token_id)
    step = model.net.step(read)
    alone = decoding.generate(lambda ids, kept=None: step(ids), begin, max_new_tokens=8, end_id=3)
    said = [words.decode(ids, skip_special_tokens=True) for ids in alone]
    assert said == table["prediction"].tolist()[:4]
    beams = {"kind": "beams", "num_beams": 2, "max_new_tokens": 4}
    again = wb.open_run(run.path)
    assert len(Predictor(again.model_path, recipe.replace(generation=beams)).predict(
        pd.DataFrame({"text": texts}))) == 4  # fmt: skip
    found = inspection.written_attention(run, texts[0], table["prediction"].iloc[0] or "1")
    saved = transformers.AutoTokenizer.from_pretrained(run.model_path)
    assert saved.model_input_names == ["input_ids", "attention_mask"]  # plain calls work as well
    np.testing.assert_allclose(found.weights.sum(-1), 1, atol=1e-5)
