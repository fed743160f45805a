"""Where the weights of a model lie, told by kind: names by hand for each make of model."""

import pytest
import transformers as hf

from tests.training import writers
from workbench.catalog.own_nets import net_decoders, net_models, net_writers
from workbench.errors import RecipeError
from workbench.training.depths import depths, head_of

ENCODER = dict(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
               intermediate_size=32)  # fmt: skip
BOTH = dict(vocab_size=50, d_model=16, encoder_layers=2, decoder_layers=1, pad_token_id=0,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
            decoder_ffn_dim=32, max_position_embeddings=32)  # fmt: skip


def of(kind, **config):
    return getattr(hf, kind)(getattr(hf, kind).config_class(**config))


def modules(names):
    """The modules that hold weights."""
    return {name.rpartition(".")[0] for name in names}


#: A model, the modules of its head, those of its embeddings, those in front of its layers' numbers,
#: and what else is of the top layers.
FAMILIES = {
    "bert": (
        lambda: of("BertForSequenceClassification", **ENCODER),
        {"classifier", "bert.pooler.dense"},
        {"bert.embeddings.word_embeddings", "bert.embeddings.position_embeddings",
         "bert.embeddings.token_type_embeddings", "bert.embeddings.LayerNorm"},
        ["bert.encoder.layer"], set(),
    ),
    "vectors": (
        lambda: of("BertModel", **ENCODER), set(),
        {"embeddings.word_embeddings", "embeddings.position_embeddings",
         "embeddings.token_type_embeddings", "embeddings.LayerNorm"},
        ["encoder.layer"], {"pooler.dense"},
    ),
    "electra": (
        lambda: of("ElectraForTokenClassification", embedding_size=8, **ENCODER), {"classifier"},
        {"electra.embeddings.word_embeddings", "electra.embeddings.position_embeddings",
         "electra.embeddings.token_type_embeddings", "electra.embeddings.LayerNorm",
         "electra.embeddings_project"},
        ["electra.encoder.layer"], set(),
    ),
    "deberta": (  # its table of distances, and the norm on it, are read in every layer
        lambda: of("DebertaV2ForSequenceClassification", **ENCODER, relative_attention=True,
                   norm_rel_ebd="layer_norm", position_biased_input=False, type_vocab_size=0),
        {"classifier", "pooler.dense"},
        {"deberta.embeddings.word_embeddings", "deberta.embeddings.LayerNorm",
         "deberta.encoder.rel_embeddings", "deberta.encoder.LayerNorm"},
        ["deberta.encoder.layer"], set(),
    ),
    "masked": (  # the head comes before the body, and holds the word matrix too
        lambda: of("XLMRobertaForMaskedLM", **ENCODER, type_vocab_size=1),
        {"lm_head", "lm_head.dense", "lm_head.layer_norm"},
        {"lm_head.decoder", "roberta.embeddings.position_embeddings",
         "roberta.embeddings.token_type_embeddings", "roberta.embeddings.LayerNorm"},
        ["roberta.encoder.layer"], set(),
    ),
    "modernbert": (
        lambda: of("ModernBertForSequenceClassification", **ENCODER, pad_token_id=0, bos_token_id=1,
                   cls_token_id=1, sep_token_id=2, eos_token_id=2),
        {"classifier", "head.dense", "head.norm", "model.final_norm"},
        {"model.embeddings.tok_embeddings", "model.embeddings.norm"}, ["model.layers"], set(),
    ),
    "gpt2": (
        lambda: writers.model("gpt2"), set(), {"transformer.wte", "transformer.wpe"},
        ["transformer.h"], {"transformer.ln_f"},
    ),
    "llama": (
        lambda: writers.model("llama"), {"lm_head", "model.norm"}, {"model.embed_tokens"},
        ["model.layers"], set(),
    ),
    "t5": (
        lambda: writers.model("t5"), set(), {"shared"}, ["encoder.block", "decoder.block"],
        {"encoder.final_layer_norm", "decoder.final_layer_norm"},
    ),
    "marian": (  # its waves of positions are computed, and not trained
        lambda: of("MarianMTModel", **BOTH), set(), {"model.shared"},
        ["model.encoder.layers", "model.decoder.layers"], set(),
    ),
    "bart": (  # the norm of the embeddings is named behind the layers
        lambda: of("BartForSequenceClassification", **BOTH, num_labels=3),
        {"classification_head.dense", "classification_head.out_proj"},
        {"model.shared", *(f"model.{half}.{name}" for half in ("encoder", "decoder")
                           for name in ("embed_positions", "layernorm_embedding"))},
        ["model.encoder.layers", "model.decoder.layers"], set(),
    ),
    "net-encoder": (
        lambda: net_models.NetBertForSequenceClassification(net_models.NetBertConfig(**ENCODER)),
        {"net.classifier", "net.bert.pooler"},
        {f"net.bert.embeddings.{name}" for name in ("word", "position", "segment", "norm")},
        ["net.bert.encoder.layers"], set(),
    ),
    "net-decoder": (
        lambda: net_decoders.NetLlamaForCausalLM(net_decoders.NetLlamaConfig(**ENCODER)),
        {"net.lm_head", "net.model.norm"}, {"net.model.embed_tokens"}, ["net.model.layers"], set(),
    ),
    "net-both": (
        lambda: net_writers.NetTransformerForConditionalGeneration(
            net_writers.NetTransformerConfig(**{**BOTH, "decoder_layers": 2})),
        {"net.to_logits", "net.decoder.norm"}, {"net.source_embedding", "net.target_embedding"},
        ["net.encoder.layers", "net.decoder.layers"], {"net.encoder.norm"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_each_weight_lies_where_the_model_computes_with_it(family):
    made, head, embeddings, lists, top = FAMILIES[family]
    model = made()
    found = depths(model)
    assert modules(found.head) == head and modules(found.embeddings) == embeddings
    assert len(found.stacks) == len(lists)
    for name, stack in zip(lists, found.stacks, strict=True):
        assert len(stack) == len(model.get_submodule(name))
        for number, layer in enumerate(stack):
            own = {one for one in layer if one.startswith(f"{name}.{number}.")}
            rest = layer - own
            assert own and (not rest or (number == len(stack) - 1 and modules(rest) <= top))
    assert {one for one in top for stack in found.stacks if one in modules(stack[-1])} == top
    levels = found.levels()
    names = [name for level in levels for name in level]
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert sorted(names) == sorted(trained)  # each weight once
    assert len(levels) == bool(head) + max(map(len, found.stacks)) + 1


@pytest.mark.parametrize(("family", "head"), [
    ("bert", {"classifier"}), ("vectors", set()), ("deberta", {"classifier", "pooler.dense"}),
    ("masked", {"lm_head", "lm_head.dense", "lm_head.layer_norm"}), ("gpt2", set()), ("t5", set()),
    ("llama", {"lm_head"}), ("net-encoder", {"net.classifier"}), ("net-decoder", {"net.lm_head"}),
    ("net-both", {"net.to_logits"}), ("bart", FAMILIES["bart"][1]),
])  # fmt: skip
def test_a_head_is_what_lies_outside_the_body(family, head):
    assert modules(head_of(FAMILIES[family][0](), ())) == head


def test_what_the_folder_has_not_goes_with_the_head():
    model = FAMILIES["bert"][0]()
    new = ("bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight")
    assert modules(head_of(model, new)) == {"classifier", "bert.pooler.dense"}
    assert head_of(FAMILIES["vectors"][0](), ("pooler.dense.weight",)) == frozenset()


@pytest.mark.parametrize("model", [
    lambda: of("AlbertForSequenceClassification", embedding_size=8, **ENCODER),
    lambda: of("FunnelForSequenceClassification", vocab_size=50, d_model=16, n_head=2, d_head=8,
               d_inner=32),
    lambda: of("BertForSequenceClassification", **{**ENCODER, "num_hidden_layers": 0}),
], ids=["one-layer-many-times", "lists-of-lists", "none"])  # fmt: skip
def test_layers_that_cannot_be_told_apart_are_refused(model):
    with pytest.raises(RecipeError, match="cannot be told apart") as error:
        depths(model())
    assert error.value.field == "method"


def test_levels_of_stacks_that_differ_begin_at_the_top():
    found = depths(of("MarianMTModel", **BOTH))  # two layers and one
    assert found.shortest == 1
    top, second, embeddings = found.levels()
    assert top == found.stacks[0][1] | found.stacks[1][0] and second == found.stacks[0][0]
    assert embeddings == {"model.shared.weight"}
    assert found.lowest(1) == found.stacks[0][0] | found.stacks[1][0]

