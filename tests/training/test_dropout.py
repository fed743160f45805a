"""A recipe's dropout reaches whatever the family calls it, the step, and the saved model."""

import json

import pytest
import torch

import workbench as wb
from tests.training import tiny
from workbench.training.objectives import dropout
from workbench.training.preparing import check_recipe, prepare

NAMES = {
    "bert": {"hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"},
    "distilbert": {"dropout", "attention_dropout", "qa_dropout", "seq_classif_dropout"},
    "modernbert": {"attention_dropout", "mlp_dropout", "embedding_dropout", "classifier_dropout"},
    "deberta-v2": {"hidden_dropout_prob", "attention_probs_dropout_prob", "pooler_dropout"},
}


@pytest.mark.parametrize("kind", NAMES)
def test_every_dropout_of_a_family_is_set(kind, tiny_recipe, tmp_path):
    folder = tiny.save_model(tmp_path / kind, kind)
    prepared = prepare(tiny_recipe.replace(model=str(folder), dropout=0.3))
    model = prepared.model
    assert set(dropout.entries(model.config)) == NAMES[kind]
    assert set(dropout.entries(model.config).values()) == {0.3}
    found = [part.p for part in model.modules() if isinstance(part, torch.nn.Dropout)]
    assert found and set(found) == {0.3} and set(dropout.shares(model)) == {0.3}
    assert model.config.num_labels == 2 and "dropout 0.3 in" in dropout.said(
        tiny_recipe.replace(dropout=0.3), model
    )


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ("GPT2Config", {"resid_pdrop", "embd_pdrop", "attn_pdrop"}),
        ("T5Config", {"dropout_rate", "classifier_dropout"}),
        ("BartConfig", {"dropout", "attention_dropout", "classifier_dropout"}),
        ("LlamaConfig", {"attention_dropout"}),
        ("MambaConfig", set()),
    ],
)
def test_entries_of_other_families(config, names):
    import transformers as hf

    assert set(dropout.entries(getattr(hf, config)())) == names


def test_parts_of_a_configuration_are_set_too():
    import transformers as hf

    config = hf.EncoderDecoderConfig.from_encoder_decoder_configs(hf.BertConfig(), hf.BertConfig())
    dropout.put(config, 0.25)
    assert config.encoder.hidden_dropout_prob == config.decoder.hidden_dropout_prob == 0.25
    dropout.put(config, None)
    assert config.encoder.hidden_dropout_prob == 0.25


def test_it_reaches_the_step_and_null_changes_nothing(tiny_recipe, tmp_path):
    def losses(name, **changes):
        run = wb.fine_tune(tiny_recipe.replace(max_steps=3, **changes), tmp_path / name,
                           progress=False)  # fmt: skip
        return run.history().query("kind == 'step'")["loss"].tolist(), run

    plain, _ = losses("plain")
    assert losses("same", dropout=0.1)[0] == plain, "the model has 0.1 itself"
    none, run = losses("none", dropout=0)
    high, _ = losses("high", dropout=0.5)
    assert len({plain[0], none[0], high[0]}) == 3
    saved = json.loads((run.path / "model" / "config.json").read_text())
    assert saved["hidden_dropout_prob"] == saved["attention_probs_dropout_prob"] == 0
    assert "dropout 0 in" in run.status()["speed"]
    packed, padded = (
        losses(f"{speed}-0", dropout=0, speed=speed)[0] for speed in ("auto", "exact")
    )
    assert packed == pytest.approx(padded, rel=1e-4)


def test_own_nets_have_it_and_a_net_without_dropout_says_so(tmp_path):
    from workbench.catalog.own_nets import net_models

    net = net_models.NetBertForSequenceClassification
    config = net_models.NetBertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16,
    )  # fmt: skip
    dropout.put(config, 0.4)
    model = net(config)
    assert set(dropout.shares(model)) == {0.4, 0.0}, "BERT has none within its feed-forward part"
    attention = next(m for m in model.modules() if type(m).__name__ == "MultiHeadAttention")
    assert attention.dropout == 0.4

    recipe = wb.Recipe(dropout=0.4, model="sample:somewhere")
    with pytest.raises(wb.WorkbenchError, match="dropout is 0.4, and sample:somewhere has no"):
        dropout.check_read(recipe, torch.nn.Linear(2, 2))


def test_what_is_refused_and_what_is_written(tiny_recipe, tmp_path):
    for wrong in (-0.1, 0.95, 1, "a", True, float("nan")):
        with pytest.raises(wb.WorkbenchError, match="dropout is"):
            tiny_recipe.replace(dropout=wrong)
    assert "dropout" not in tiny_recipe.to_yaml()
    set_ = tiny_recipe.replace(dropout=0)
    assert "\ndropout: 0\n" in set_.to_yaml() and wb.Recipe.from_yaml(set_.to_yaml()) == set_
    folder = tiny.save_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    gone = {"model_type": "mamba", "vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 1}
    (folder / "config.json").write_text(json.dumps({**gone, "architectures": ["X"]}))
    with pytest.raises(wb.WorkbenchError, match="no dropout that could be set. Leave dropout"):
        check_recipe(tiny_recipe.replace(model=str(folder), dropout=0.1))
    assert config["hidden_dropout_prob"] == 0.1
