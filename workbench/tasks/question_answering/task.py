"""The answer to a question as a span of a text, or none (Rajpurkar et al., 2016 and 2018)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from ...data.examples import Examples
from ...errors import DataError
from ...i18n import t
from ...intervals import (
    by_bootstrap,
    drawn_means,
    interval_table,
    percentile_interval,
    wilson_interval,
)
from ...measures.sums import Sums, means
from ...task_of_predictions import check_columns
from ..base import Task
from ..shared.asking import check_strings, columns_under_roles
from ..shared.encoding import Encoded
from ..shared.softmax import log_softmax, softmax
from . import answers as judging
from .spans import Spans, encode_questions
from .spec import SPEC

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from ...recipe import Recipe

SHOWN = 5  # of the best spans, in a predictions table


class QuestionAnswering(Task):
    """See :class:`workbench.tasks.base.Task`."""

    spec = SPEC

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Questions with their contexts: dicts, or a table with the recipe's columns."""
        import pandas as pd

        if not isinstance(data, pd.DataFrame):
            for number, one in enumerate(data):
                if not isinstance(one, dict) or not {"question", "context"} <= set(one):
                    raise DataError(
                        f"Item {number} is {str(one)[:60]!r}, which is no question on a context.",
                        'Give a list of {"question": "...", "context": "..."}.',
                    )
            data = pd.DataFrame([{n: one[n] for n in ("question", "context")} for one in data])
            wanted = {"text": "question", "pair": "context"}
        else:
            columns = recipe.columns
            wanted = {"text": columns.get("question", "question"),
                      "pair": columns.get("context", "context")}  # fmt: skip
        frame = columns_under_roles(data, wanted)
        for role in ("text", "pair"):
            check_strings(frame[role])
            blank = [number for number, value in enumerate(frame[role]) if not value.strip()]
            if blank:
                said = "question" if role == "text" else "context"
                raise DataError(f"Item {blank[0]} has an empty {said}.", "Fill it in.")
        return frame

    def encode(self, tokenizer, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids; long contexts in overlapping rows. See :func:`.spans.encode_questions`."""
        return encode_questions(tokenizer, frame, max_length)

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> SpanCrossEntropy:
        """Cross-entropy of the first and of the last token."""
        return SpanCrossEntropy()

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: np.ndarray, label_names: list[str]
    ) -> pd.DataFrame:
        """Question, context, the best span and the next best.

        Parameters
        ----------
        frame : pandas.DataFrame, n_examples rows
            ``text`` and ``pair``; ``answers`` where they are known.
        encoded : Encoded
            ``examples`` says which rows are of one example.
        outputs : ndarray of float32, shape (n_tokens, 2)
            Logits of first and last.

        Returns
        -------
        pandas.DataFrame, n_examples rows, in the order of ``frame``
            ``id``, ``question``, ``context``; ``answers``, ``exact_match``, ``f1`` and ``loss``
            (nats, mean of its rows) where they are known; ``prediction`` (the best span, whatever
            speaks for no answer), ``start``, ``end`` (characters of the context), ``score``
            (softmax over the 20 best spans), ``no_answer_score`` (logits of no answer less those
            of the best span), ``n_best`` (list of dict ``text``, ``score``, ``start``, ``end``).
        """
        import pandas as pd

        spans = [Spans() for _ in range(len(frame))]
        losses: list[list[float]] = [[] for _ in range(len(frame))]
        starts, ends = encoded.about["start"], encoded.about["end"]
        owners = np.arange(len(frame)) if encoded.examples is None else encoded.examples
        for row, example in enumerate(owners):
            here = slice(*encoded.offsets[row : row + 2])
            spans[example].add(outputs[here], starts[here], ends[here])
            if encoded.labels is not None:
                logs = log_softmax(outputs[here].T)
                losses[example].append(-float(logs[[0, 1], encoded.labels[row]].mean()))
        rows: dict[str, list] = defaultdict(list)
        for found, context in zip(spans, frame["pair"], strict=True):
            best = found.best or [(-np.inf, 0, 0)]  # no token of the context fits: nothing said
            shares = softmax([score for score, *_ in best]) if found.best else [0.0]
            listed = [
                {"text": context[a:b], "score": float(share), "start": a, "end": b}
                for (_, a, b), share in zip(best, shares, strict=True)
            ]
            rows["prediction"].append(listed[0]["text"])
            rows["score"].append(listed[0]["score"])
            rows["no_answer_score"].append(float(found.null - best[0][0]))
            rows["start"].append(listed[0]["start"])
            rows["end"].append(listed[0]["end"])
            rows["n_best"].append(listed[:SHOWN])
        numbers = frame["id"] if "id" in frame.columns else map(str, range(len(frame)))
        table: dict = {"id": list(numbers), "question": frame["text"].tolist(),
                       "context": frame["pair"].tolist()}  # fmt: skip
        if "answers" in frame.columns:
            table["answers"] = [list(texts) for texts in frame["answers"]]
            table["answer_start"] = [int(s[0]) if len(s) else -1 for s in frame["starts"]]
        table |= rows
        if encoded.labels is not None:
            table["loss"] = [float(np.mean(values)) if values else 0.0 for values in losses]
        if "row" in frame.columns:
            table["row"] = frame["row"].to_numpy()
        return _judged(pd.DataFrame(table))

    def settle(self, table: pd.DataFrame) -> dict | None:
        """The threshold of ``no_answer_score`` with the best F1, where questions lack answers."""
        answerable = table["answers"].map(len).to_numpy() > 0
        if answerable.all() or not len(table):
            return None
        threshold = judging.best_threshold(
            table["no_answer_score"].to_numpy(float), table["f1"].to_numpy(float), answerable
        )
        return {"no_answer_threshold": threshold, "split": "validation", "examples": len(table)}

    def decide(self, table: pd.DataFrame, settled: dict) -> pd.DataFrame:
        """No answer ("", -1, -1) where ``no_answer_score`` is above the threshold.

        ``score`` is then the probability of no answer, among it and the 20 best spans.
        """
        lead = table["no_answer_score"].to_numpy(float)
        share = np.maximum(table["score"].to_numpy(float), 1e-12)
        none = 1 / (1 + np.exp(-np.clip(lead + np.log(share), -50, 50)))
        empty = lead > settled["no_answer_threshold"]
        return _judged(
            table.assign(
                prediction=np.where(empty, "", table["prediction"]),
                start=np.where(empty, -1, table["start"]),
                end=np.where(empty, -1, table["end"]),
                score=np.where(empty, none, share * (1 - none)),
            )
        )

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``f1`` and ``exact_match`` as the SQuAD script counts them, as fractions.

        Where some questions have no answer, also ``answered_f1`` (of those that have one) and
        ``no_answer_accuracy`` (of the others).
        """
        found = {
            "f1": float(predictions["f1"].mean()),
            "exact_match": float(predictions["exact_match"].mean()),
        }
        answerable = predictions["answers"].map(len).to_numpy() > 0
        if answerable.any() and not answerable.all():
            found["answered_f1"] = float(predictions["f1"][answerable].mean())
            found["no_answer_accuracy"] = float(predictions["exact_match"][~answerable].mean())
        if "loss" in predictions:
            found["loss"] = float(predictions["loss"].mean())
        return found | {"examples": int(len(predictions))}

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """No answer word for word, as the SQuAD script compares them."""
        return predictions["exact_match"] < 1 if "exact_match" in predictions else None

    def sums(self, predictions: pd.DataFrame) -> Sums:
        """Of F1 and exact match."""
        return means({name: predictions[name] for name in ("f1", "exact_match")})

    def intervals(
        self, predictions: pd.DataFrame, *, resamples: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """F1 (bootstrap over questions) and exact match (Wilson's interval)."""
        f1, exact = (predictions[name].to_numpy(float) for name in ("f1", "exact_match"))
        interval = percentile_interval(drawn_means(f1, resamples, seed)).tolist()
        sure = wilson_interval(int(exact.sum()), len(exact))
        return interval_table(
            [
                ("f1", float(f1.mean()), *interval, by_bootstrap(resamples)),
                ("exact_match", float(exact.mean()), *sure, "Wilson"),
            ]
        )

    def readable(self, predictions: pd.DataFrame) -> pd.DataFrame:
        """The question as ``text``, the first right answer as ``label``."""
        none = t("answers.nothing")
        check_columns(predictions, "question", "prediction")
        shown = predictions.assign(
            text=predictions["question"],
            prediction=[said or none for said in predictions["prediction"]],
        )
        if not self.labelled(predictions):
            return shown
        firsts = [answers[0] if len(answers) else none for answers in predictions["answers"]]
        return shown.assign(label=firsts)

    def texts(self, predictions: pd.DataFrame) -> list[str]:
        """The questions."""
        check_columns(predictions, "question")
        return predictions["question"].astype(str).tolist()

    def question(self, text: str, pair: str | None, recipe: Recipe) -> pd.DataFrame:
        """A question on its context (DataError where that is missing)."""
        import pandas as pd

        if not (pair or "").strip():
            raise DataError(
                "The question has no context.",
                "Give the text in which the answer stands as the second one.",
            )
        roles = (recipe.columns.get(role, role) for role in ("question", "context"))
        return pd.DataFrame({name: [said] for name, said in zip(roles, (text, pair), strict=True)})

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """The span of the kind that the question word asks for, in the likeliest sentence."""
        import pandas as pd

        from .guessing import guesses

        test = examples.splits["test"]
        table = _judged(
            pd.DataFrame(
                {
                    "answers": test["answers"].map(list),
                    "prediction": guesses(test["text"].tolist(), test["pair"].tolist()),
                }
            )
        )
        return {"question_word": self.metrics(table, examples.label_names)}


class SpanCrossEntropy:
    r"""Mean over the rows of an optimizer step of the two cross-entropies' mean.

    .. math:: L = \frac1n \sum_i \frac{-\log p_\text{start}(s_i) - \log p_\text{end}(e_i)}{2}
    """

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of ``logits`` (n_rows, n_tokens, 2) for ``labels`` (n_rows, 2)."""
        from torch.nn.functional import cross_entropy

        firsts, lasts = logits.float().unbind(-1)
        start = cross_entropy(firsts, labels[:, 0], reduction="sum")
        return (start + cross_entropy(lasts, labels[:, 1], reduction="sum")) / 2

    def normaliser(self, labels: torch.Tensor) -> int:
        """Number of rows."""
        return len(labels)


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """With ``exact_match`` and ``f1`` where the answers are known."""
    if "answers" not in table.columns:
        return table
    pairs = list(zip(table["prediction"], table["answers"], strict=True))
    return table.assign(
        exact_match=[judging.exact_match(said, right) for said, right in pairs],
        f1=[judging.f1(said, right) for said, right in pairs],
    )
