"""BERT (Devlin et al. 2019): an encoder that reads both ways, with the library's weights.

Every model here is used like the library's: ``model(input_ids, attention_mask, labels=...)`` gives
an output with ``.loss`` and ``.logits``, and ``from_pretrained`` / ``save_pretrained`` read and
write folders that the library reads and writes too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import nn

from .attention import padding_mask
from .positions import check_length
from .transformer import Encoder
from .vocabulary import check_ids
from .weights import Output, Pretrained

NAMES = (  # ours, the library's; the longer of two that share words first
    ("embeddings.word.", "embeddings.word_embeddings."),
    ("embeddings.position.", "embeddings.position_embeddings."),
    ("embeddings.segment.", "embeddings.token_type_embeddings."),
    ("embeddings.norm.", "embeddings.LayerNorm."),
    ("encoder.layers.", "encoder.layer."),
    (".attention.q.", ".attention.self.query."),
    (".attention.k.", ".attention.self.key."),
    (".attention.v.", ".attention.self.value."),
    (".attention.out.", ".attention.output.dense."),
    (".around_attention.norm.", ".attention.output.LayerNorm."),
    (".feed_forward.inner.", ".intermediate.dense."),
    (".feed_forward.outer.", ".output.dense."),
    (".around_feed_forward.norm.", ".output.LayerNorm."),
    ("pooler.", "pooler.dense."),
)


@dataclass
class BertConfig:
    """The sizes of a BERT, in the library's words."""

    vocab_size: int = 30522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    classifier_dropout: float | None = None
    max_position_embeddings: int = 512  # tokens a text may have
    type_vocab_size: int = 2  # segments
    initializer_range: float = 0.02  # standard deviation of new weights
    layer_norm_eps: float = 1e-12
    pad_token_id: int = 0
    num_labels: int | None = None  # classes; from id2label when not given, else 2
    id2label: dict | None = None
    label2id: dict | None = None
    problem_type: str | None = None  # or regression, multi_label_classification
    model_type: str = "bert"

    def __post_init__(self):
        if self.model_type != "bert":
            raise ValueError(f"A BERT is needed; this config is of model_type={self.model_type!r}.")
        if self.num_labels is None:
            self.num_labels = len(self.id2label) if self.id2label else 2
        if self.id2label is None or len(self.id2label) != self.num_labels:
            self.id2label = {i: f"LABEL_{i}" for i in range(self.num_labels)}
        self.id2label = {int(i): name for i, name in self.id2label.items()}
        self.label2id = {name: i for i, name in self.id2label.items()}

    def to_dict(self):
        """The entries as a dict."""
        return asdict(self)


class BertEmbeddings(nn.Module):
    """word + position + segment, normed: (B, T) -> (B, T, D)."""

    def __init__(self, config):
        super().__init__()
        width = config.hidden_size
        self.word = nn.Embedding(config.vocab_size, width)
        self.position = nn.Embedding(config.max_position_embeddings, width)
        self.segment = nn.Embedding(config.type_vocab_size, width)
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, input_ids, token_type_ids=None):
        check_ids(input_ids, self.word.num_embeddings)
        check_length(input_ids.size(1), self.position.num_embeddings)
        segment = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        x = self.word(input_ids) + self.segment(segment)
        return self.dropout(self.norm(x + self.position.weight[: input_ids.size(1)]))


class BertModule(nn.Module, Pretrained):
    """What the body and the heads share: weights, initialisation, the word embeddings."""

    config_class, names, prefix = BertConfig, NAMES, "bert."
    optional = ("pooler.", "bert.pooler.")

    def __init__(self, config):
        super().__init__()
        self.config = config

    def initialise(self):
        """Normal weights, zero biases, as the paper's."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=self.config.initializer_range)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def get_input_embeddings(self):
        """The table of word vectors."""
        body = self if isinstance(self, Bert) else self.bert
        return body.embeddings.word


class Bert(BertModule):
    """The body: embeddings, encoder and (unless ``pooler=False``) pooler.

    >>> tiny = BertConfig(vocab_size=9, hidden_size=4, num_hidden_layers=1,
    ...                   num_attention_heads=2, intermediate_size=8)
    >>> Bert(tiny)(torch.tensor([[1, 2, 3]])).last_hidden_state.shape
    torch.Size([1, 3, 4])
    """

    architecture = "BertModel"

    def __init__(self, config, *, pooler=True):
        super().__init__(config)
        self.embeddings = BertEmbeddings(config)
        self.encoder = Encoder(
            config.num_hidden_layers,
            config.hidden_size,
            config.num_attention_heads,
            config.intermediate_size,
            activation=config.hidden_act,
            dropout=(config.hidden_dropout_prob, config.attention_probs_dropout_prob, 0.0),
            eps=config.layer_norm_eps,
        )
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size) if pooler else None
        self.initialise()

    def forward(self, input_ids, attention_mask=None, token_type_ids=None, output_attentions=False):
        """
        Parameters
        ----------
        input_ids, token_type_ids : torch.Tensor of int64, shape (B, T)
        attention_mask : torch.Tensor, shape (B, T), 1 at tokens and 0 at padding

        Returns
        -------
        Output
            ``last_hidden_state`` (B, T, D), ``pooler_output`` (B, D), ``attentions`` (when asked
            for) one (B, H, T, T) a layer.
        """
        for given in (attention_mask, token_type_ids):
            if given is not None and given.shape != input_ids.shape:
                raise ValueError(
                    f"input_ids {tuple(input_ids.shape)} and their mask or segments "
                    f"{tuple(given.shape)} differ in shape."
                )
        mask = None if attention_mask is None else padding_mask(attention_mask)
        x, weights = self.encoder(self.embeddings(input_ids, token_type_ids), mask)
        pooled = None if self.pooler is None else self.pooler(x[:, 0]).tanh()
        return Output(
            last_hidden_state=x,
            pooler_output=pooled,
            attentions=tuple(w[0] for w in weights) if output_attentions else None,
        )
