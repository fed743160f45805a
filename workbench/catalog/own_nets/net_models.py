"""The nets of :mod:`workbench.nets` behind the library's interface, for its Auto classes.

Nothing is computed here: each class holds a net, hands it the library's arguments and wraps what
comes back.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import torch
from torch import nn

from workbench import libraries
from workbench.atomic_files import read_json, write_json
from workbench.catalog.own_nets.net_type import MODEL_TYPE
from workbench.nets import bert, bert_heads
from workbench.nets.weights import config_from

(
    AutoConfig,
    AutoModel,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    BertConfig,
    PreTrainedModel,
    BaseModelOutputWithPooling,
    QuestionAnsweringModelOutput,
    SequenceClassifierOutput,
    TokenClassifierOutput,
    logging,
) = libraries.transformers(
    "AutoConfig",
    "AutoModel",
    "AutoModelForQuestionAnswering",
    "AutoModelForSequenceClassification",
    "AutoModelForTokenClassification",
    "BertConfig",
    "PreTrainedModel",
    "modeling_outputs.BaseModelOutputWithPooling",
    "modeling_outputs.QuestionAnsweringModelOutput",
    "modeling_outputs.SequenceClassifierOutput",
    "modeling_outputs.TokenClassifierOutput",
    "utils.logging",
)


class NetBertConfig(BertConfig):
    """The library's BERT configuration under a type of its own."""

    model_type = MODEL_TYPE


class NetModel(PreTrainedModel):
    """A net with the library's manners; subclasses name the net and its output."""

    config_class = NetBertConfig
    base_model_prefix = "body"
    net_class: type[nn.Module]
    output_class: type

    def __init__(self, config: NetBertConfig):
        super().__init__(config)
        given = {**config.to_dict(), "model_type": "bert", "num_labels": config.num_labels}
        self.net = self.net_class(config_from(bert.BertConfig, given))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)

    def get_input_embeddings(self) -> nn.Embedding:
        """The table of word vectors."""
        return self.net.get_input_embeddings()

    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        token_type_ids=None,
        output_attentions=None,
        return_dict=None,
        **labels,
    ):
        """What the net says, as the library's output. ``labels`` go to the net as they are."""
        wanted = {name: value for name, value in labels.items() if value is not None}
        if output_attentions:
            wanted["output_attentions"] = True
        said = self.net(input_ids, attention_mask, token_type_ids, **wanted)
        fields = {field.name for field in dataclasses.fields(self.output_class)}
        return self.output_class(**{k: v for k, v in said.items() if k in fields})


class _Body(nn.Module):
    """The body under the name that it has below a head."""

    def __init__(self, config: bert.BertConfig):
        super().__init__()
        self.bert = bert.Bert(config)

    def get_input_embeddings(self) -> nn.Embedding:
        return self.bert.get_input_embeddings()

    def forward(self, *args, **kwargs):
        return self.bert(*args, **kwargs)


class NetBert(NetModel):
    """The body alone."""

    net_class, output_class = _Body, BaseModelOutputWithPooling


class NetBertForSequenceClassification(NetModel):
    """A text, one label."""

    net_class, output_class = bert_heads.BertForSequenceClassification, SequenceClassifierOutput


class NetBertForTokenClassification(NetModel):
    """A text, a label for each token."""

    net_class, output_class = bert_heads.BertForTokenClassification, TokenClassifierOutput


class NetBertForQuestionAnswering(NetModel):
    """A question and a text, the place of the answer."""

    net_class, output_class = bert_heads.BertForQuestionAnswering, QuestionAnsweringModelOutput


@cache
def register() -> None:
    """Tell the library's Auto classes of our nets."""
    AutoConfig.register(MODEL_TYPE, NetBertConfig)
    for auto, model in (
        (AutoModel, NetBert),
        (AutoModelForSequenceClassification, NetBertForSequenceClassification),
        (AutoModelForTokenClassification, NetBertForTokenClassification),
        (AutoModelForQuestionAnswering, NetBertForQuestionAnswering),
    ):
        auto.register(NetBertConfig, model)


def save(folder: Path, source: Path, size: tuple[int, int, int, int] | None) -> None:
    """Write a net's configuration and body weights, without a head.

    Parameters
    ----------
    source : Path
        Folder of a BERT: the net gets its weights, unless there is a size.
    size : (layers, width, heads, words), optional
        Of a net with weights drawn from a fixed seed.

    Raises
    ------
    ValueError
        If the weights are not a BERT's.
    """
    if size is None:
        net = bert_heads.BertForSequenceClassification.from_pretrained(source)
        config = NetBertConfig(**{**dataclasses.asdict(net.config), "model_type": MODEL_TYPE})
    else:
        layers, width, heads, words = size
        config = NetBertConfig(
            vocab_size=words, num_hidden_layers=layers,
            hidden_size=width, num_attention_heads=heads, intermediate_size=4 * width,
        )  # fmt: skip
        net = None
    state = torch.random.get_rng_state()
    torch.manual_seed(0)
    model = NetBertForSequenceClassification(config)
    torch.random.set_rng_state(state)
    if net is not None:
        model.net = net
    body = {k: v for k, v in model.state_dict().items() if ".classifier." not in k}
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    model.save_pretrained(folder, state_dict=body)
    if shown:
        logging.enable_progress_bar()
    said = read_json(folder / "config.json")
    del said["architectures"]  # it has no head yet
    write_json(folder / "config.json", said)
