"""What sits on BERT's body: heads for pre-training and for the tasks."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from .bert import NAMES, Bert, BertModule
from .losses import binary_cross_entropy, cross_entropy, mean_squared_error
from .transformer import ACTIVATIONS
from .weights import Output

HEAD_NAMES = (
    ("masked_lm.dense.", "cls.predictions.transform.dense."),
    ("masked_lm.norm.", "cls.predictions.transform.LayerNorm."),
    ("masked_lm.bias", "cls.predictions.bias"),
    ("next_sentence.", "cls.seq_relationship."),
    *NAMES,
)


class BertHead(BertModule):
    """A body with a head: subclasses say what the head is and how it scores what the body saw.

    ``model(input_ids, attention_mask, token_type_ids, labels)`` gives ``logits`` and, with labels,
    the ``loss``. ``pooled`` tells whether the head reads the pooled first token.
    """

    pooled = False
    names = HEAD_NAMES
    optional = ("bert.pooler.", "masked_lm.", "next_sentence.", "classifier.", "qa_outputs.")

    def __init__(self, config):
        super().__init__(config)
        self.bert = Bert(config, pooler=self.pooled)
        rate = config.classifier_dropout
        self.dropout = nn.Dropout(config.hidden_dropout_prob if rate is None else rate)
        self.add_head(config)
        self.initialise()

    def loss(self, logits, labels):
        """Cross-entropy, unless a head knows better."""
        return cross_entropy(logits, labels)

    def forward(
        self,
        input_ids,
        attention_mask=None,
        token_type_ids=None,
        labels=None,
        output_attentions=False,
    ):
        body = self.bert(input_ids, attention_mask, token_type_ids, output_attentions)
        logits = self.score(body)
        loss = None if labels is None else self.loss(logits, labels)
        return Output(loss=loss, logits=logits, attentions=body.attentions)


class MaskedLMHead(nn.Module):
    """Hidden states to scores of the vocabulary, with the word embeddings as last layer."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.activation = ACTIVATIONS[config.hidden_act]

    def forward(self, x, word_embeddings):
        return self.norm(self.activation(self.dense(x))) @ word_embeddings.weight.T + self.bias


class BertForMaskedLM(BertHead):
    """Guess the masked words. Labels (B, T): the word's id, -100 where nothing was masked."""

    architecture = "BertForMaskedLM"

    def add_head(self, config):
        self.masked_lm = MaskedLMHead(config)

    def score(self, body):
        return self.masked_lm(body.last_hidden_state, self.bert.embeddings.word)  # (B, T, V)


class BertForNextSentencePrediction(BertHead):
    """Does the second segment follow the first? Labels (B,): 0 it does, 1 it does not."""

    architecture, pooled = "BertForNextSentencePrediction", True

    def add_head(self, config):
        self.next_sentence = nn.Linear(config.hidden_size, 2)

    def score(self, body):
        return self.next_sentence(body.pooler_output)  # (B, 2)


class BertForPreTraining(BertHead):
    """Both at once, as BERT was made: the losses of masked words and of next sentences add up."""

    architecture, pooled = "BertForPreTraining", True

    def add_head(self, config):
        self.masked_lm = MaskedLMHead(config)
        self.next_sentence = nn.Linear(config.hidden_size, 2)

    def forward(
        self,
        input_ids,
        attention_mask=None,
        token_type_ids=None,
        labels=None,
        next_sentence_label=None,
    ):
        body = self.bert(input_ids, attention_mask, token_type_ids)
        words = self.masked_lm(body.last_hidden_state, self.bert.embeddings.word)
        follows = self.next_sentence(body.pooler_output)
        loss = None
        if labels is not None and next_sentence_label is not None:
            loss = cross_entropy(words, labels) + cross_entropy(follows, next_sentence_label)
        return Output(loss=loss, prediction_logits=words, seq_relationship_logits=follows)


class BertForSequenceClassification(BertHead):
    """One label a text (or a number, or several yes-or-no labels: ``config.problem_type``).

    Labels: (B,) of int64; (B,) or (B, 1) of float for regression (``num_labels=1``); (B, C) of
    float for several labels.
    """

    architecture, pooled = "BertForSequenceClassification", True

    def add_head(self, config):
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def score(self, body):
        return self.classifier(self.dropout(body.pooler_output))  # (B, C)

    def loss(self, logits, labels):
        """The loss of ``config.problem_type``, or the one the labels ask for."""
        problem, guess = self.config.problem_type, self.config.problem_type is None
        if problem == "regression" or (guess and self.config.num_labels == 1):
            return mean_squared_error(logits, labels.view_as(logits))
        several = problem == "multi_label_classification"
        if several or (guess and labels.is_floating_point()):
            return binary_cross_entropy(logits, labels)
        return cross_entropy(logits, labels)


class BertForTokenClassification(BertHead):
    """One label a token (tagging). Labels (B, T), -100 where none counts."""

    architecture = "BertForTokenClassification"

    def add_head(self, config):
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def score(self, body):
        return self.classifier(self.dropout(body.last_hidden_state))  # (B, T, C)


class BertForQuestionAnswering(BertHead):
    """Where in the text does the answer begin and end? Two scores a token."""

    architecture = "BertForQuestionAnswering"

    def __init__(self, config):
        super().__init__(replace(config, num_labels=2, id2label=None))

    def add_head(self, config):
        self.qa_outputs = nn.Linear(config.hidden_size, 2)

    def forward(
        self,
        input_ids,
        attention_mask=None,
        token_type_ids=None,
        start_positions=None,
        end_positions=None,
    ):
        """``start_positions`` and ``end_positions`` (B,) are indices of tokens."""
        x = self.bert(input_ids, attention_mask, token_type_ids).last_hidden_state
        start, end = self.qa_outputs(x).unbind(-1)  # two of (B, T)
        loss = None
        if start_positions is not None and end_positions is not None:
            loss = (cross_entropy(start, start_positions) + cross_entropy(end, end_positions)) / 2
        return Output(loss=loss, start_logits=start, end_logits=end)
