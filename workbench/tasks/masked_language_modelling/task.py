"""An encoder learns which words belong into the gaps of texts."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...errors import ModelError, RecipeError
from ...i18n import t
from ...measures.sums import Sums, ratio
from .. import masking
from ..base import Task
from ..masking import tokens as each_token
from ..shared.asking import asked_texts
from ..shared.encoding import IGNORED, Encoded
from ..shared.written import Prompt
from .gaps import GapCollator, Maskable, Tokens, fixed_gaps
from .learnt import of_gaps
from .spec import SPEC
from .typed import FEW, asked_rows, said_of_gaps

if TYPE_CHECKING:
    import pandas as pd

    from ...data.examples import Examples
    from ...recipe import Recipe

MOST_NATS = 700.0  # whose perplexity is still a number
BETWEEN = " · "  # masked tokens in a line


class MaskedLanguageModelling(Task):
    """See :class:`workbench.tasks.base.Task`.

    ``shares`` and ``way`` are what the recipe says of masking, ``tokens`` what the tokenizer is.
    """

    spec = SPEC
    shares: Any = each_token.Settings()
    way: Any = each_token
    laid = "texts"
    tokens: Tokens | None = None
    max_length = 0  # of the rows that were encoded last

    def configured(self, recipe: Recipe, config: Any) -> Self:
        """A copy that masks and lays rows as the recipe says."""
        found = copy.copy(self)
        found.shares, found.way = masking.settings_of(recipe), masking.module_of(recipe)
        found.laid = recipe.rows["kind"]
        return found

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Texts, with gaps or without; see :mod:`.typed`."""
        return asked_texts(data, recipe)[["text"]].assign(asked=True)

    def _of(self, tokenizer: Any) -> Tokens:
        if self.tokens is None or self.tokens.tokenizer is not tokenizer:
            self.tokens = Tokens.of(tokenizer)
            if self.way.__name__.endswith(".words") and not tokenizer.is_fast:
                raise ModelError(t("masking.slow"), t("masking.slow_remedy"))
        return self.tokens

    def encode(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Each text by itself, with gaps that follow from its tokens alone."""
        tokens, self.max_length = self._of(tokenizer), max_length
        if "asked" in frame.columns:
            return asked_rows(tokens, frame["text"], max_length)
        rows = tokens.rows(tokens.texts(frame["text"]), max_length)
        found = fixed_gaps(rows, self.way, self.shares.share, tokens.mask)
        assert found.examples is not None
        several = int((np.bincount(found.examples, minlength=1) > 1).sum())
        if several:
            found.notes.append(t("rows.pieces", n=several, max_length=max_length))
        return found

    def arranged(self, encoded: Encoded, max_length: int) -> Encoded:
        """Rows whose gaps are drawn at each step, laid as the recipe says."""
        labels, ids = encoded.labels, encoded.arrays["input_ids"]
        assert labels is not None and self.tokens is not None  # `encode` has been here
        encoded.arrays["input_ids"] = np.where(labels == IGNORED, ids, labels).astype(np.int32)
        rows, tokens = encoded, self.tokens
        if self.laid == "blocks":
            rows = tokens.rows(tokens.stream(tokens.bodies(encoded)), max_length)
        words = [rows.about["word"][slice(*rows.offsets[i : i + 2])] for i in range(len(rows))]
        units = np.concatenate([self.way.units(one) for one in words] or [np.zeros(0, np.int64)])
        if not (units >= 0).any():
            raise RecipeError(t("masking.nothing"), t("masking.nothing_remedy"), field="dataset")
        return Maskable(
            {"input_ids": rows.arrays["input_ids"]}, rows.offsets, about={"unit": units},
            examples=None if self.laid == "blocks" else rows.examples, notes=encoded.notes,
        )  # fmt: skip

    learnt = of_gaps

    def collator(self, tokenizer: Any, model: Any) -> GapCollator:
        """Pads rows, and draws the gaps of a step."""
        n_words = model.get_input_embeddings().num_embeddings
        return GapCollator(self._of(tokenizer), self.shares, n_words)

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> Any:
        """Cross-entropy of the gaps, a mean over all of a step."""
        from ..shared.token_loss import TokenCrossEntropy

        return TokenCrossEntropy(recipe.label_smoothing)

    def samples(
        self, tokenizer: Any, frame: pd.DataFrame, encoded: Encoded, n_prompts: int
    ) -> list[Prompt]:
        """None: what it says of gaps stands in the predictions."""
        return []

    def outputs(self, passes: Any) -> np.ndarray:
        """Of each gap its log-probability, its rank, and the likeliest tokens; 0 elsewhere.

        Returns
        -------
        ndarray of float32, shape (n_tokens, 2 + 2 * FEW)
        """
        from ..shared.token_loss import gap_table

        return passes.scores(gap_table(FEW))

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: np.ndarray, label_names: list[str]
    ) -> pd.DataFrame:
        """One row a text.

        Returns
        -------
        pandas.DataFrame, in the order of ``frame``
            ``text``; ``masked``, the text as the model saw it; ``label`` and ``prediction``, the
            tokens that are masked and the likeliest instead; ``loss`` (nats a masked token),
            ``tokens``, how many are masked, ``hits`` and ``hits_5``, how many of them are the
            likeliest or among the five likeliest. Of texts that somebody typed see
            :func:`.typed.said_of_gaps`.
        """
        import pandas as pd

        tokens, labels, of = self.tokens, encoded.labels, encoded.examples
        assert tokens is not None and labels is not None and of is not None
        if "asked" in frame.columns:
            return said_of_gaps(tokens, frame, encoded, outputs)
        n = len(frame)
        gaps = np.flatnonzero(labels != IGNORED)
        row_of = np.repeat(np.arange(len(encoded)), encoded.lengths)
        text_of = of[row_of[gaps]]
        logs, ranks = outputs[gaps, 0].astype(float), outputs[gaps, 1]
        counts = np.bincount(text_of, minlength=n)
        label, said = (
            _lines(tokens.tokenizer, ids, text_of, n)
            for ids in (labels[gaps], outputs[gaps, 2].astype(np.int64))
        )
        whole = [tokens.tokenizer.decode(encoded[row]["input_ids"][len(tokens.before) :
                 len(encoded[row]["input_ids"]) - len(tokens.after)]) for row in range(len(encoded))
                 ]  # fmt: skip
        seen: list[list[str]] = [[] for _ in range(n)]
        for row, example in enumerate(of):
            seen[example].append(whole[row])
        table = {
            "text": frame["text"].to_numpy(),
            "masked": [" ".join(parts) for parts in seen],
            "label": label,
            "prediction": said,
            "loss": ratio(-np.bincount(text_of, logs, minlength=n), counts),
            "tokens": counts.astype(np.int64),
            "hits": np.bincount(text_of, ranks < 1, minlength=n),
            "hits_5": np.bincount(text_of, ranks < 5, minlength=n),
        }
        if "row" in frame.columns:
            table["row"] = frame["row"].to_numpy()
        return pd.DataFrame(table)

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``loss`` (nats a masked token of all rows), ``masked_perplexity``, ``masked_accuracy``,
        ``masked_accuracy_5``, ``examples`` and ``masked``, how many tokens were masked."""
        found = self.sums(predictions)
        values = found.figures(found.parts.sum(axis=0)[None], len(predictions))
        return {
            **{name: float(value[0]) for name, value in values.items()},
            "examples": int(len(predictions)),
            "masked": int(predictions["tokens"].sum()),
        }

    def sums(self, predictions: pd.DataFrame) -> Sums:
        """All metrics, over texts."""
        tokens = predictions["tokens"].to_numpy(float)
        nats = predictions["loss"].to_numpy(float) * tokens
        parts = [nats, tokens, *(predictions[n].to_numpy(float) for n in ("hits", "hits_5"))]

        def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
            loss, first, five = (ratio(sums[:, column], sums[:, 1]) for column in (0, 2, 3))
            return {
                "masked_perplexity": np.exp(np.minimum(loss, MOST_NATS)),
                "masked_accuracy": first, "masked_accuracy_5": five, "loss": loss,
            }  # fmt: skip

        return Sums(np.stack(parts, axis=1), figures)

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """How often each token occurs in the training texts, of the same gaps of the test's.

        One is added to each count, so that a token that was never seen has a probability too.
        """
        tokens = self.tokens
        if tokens is None:
            return {}
        train = tokens.texts(examples.splits["train"]["text"])
        words = len(tokens.tokenizer)
        counts = np.ones(words)
        for text in train:
            counts += np.bincount(text.ids[text.words >= 0], minlength=words)
        logs = np.log(counts / counts.sum())
        rank = np.empty(words, np.int64)
        rank[np.argsort(-counts, kind="stable")] = np.arange(words)
        rows = tokens.rows(tokens.texts(examples.splits["test"]["text"]), self.max_length)
        gaps = fixed_gaps(rows, self.way, self.shares.share, tokens.mask).labels
        gaps = gaps[gaps != IGNORED] if gaps is not None else np.zeros(0, np.int64)
        if not len(gaps):
            return {}
        loss = float(-logs[gaps].mean())
        return {
            "unigrams": {
                "masked_perplexity": float(np.exp(loss)),
                "masked_accuracy": float((rank[gaps] < 1).mean()),
                "masked_accuracy_5": float((rank[gaps] < 5).mean()), "loss": loss,
            }
        }  # fmt: skip


def _lines(tokenizer: Any, ids: np.ndarray, text_of: np.ndarray, n: int) -> list[str]:
    """Tokens of each text in a line."""
    found: list[list[str]] = [[] for _ in range(n)]
    for token, text in zip(ids.tolist(), text_of.tolist(), strict=True):
        found[text].append(tokenizer.decode([token]).strip())
    return [BETWEEN.join(parts) for parts in found]
