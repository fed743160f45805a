"""What tasks that write have in common: a text for a text, or a text that goes on."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...measures.sums import Sums, ratio
from .. import prompts
from ..base import Task
from ..prompts import plain
from .asking import check_strings, columns_under_roles
from .encoding import IGNORED, Encoded, encode_targets, encode_texts, without_end
from .target_collators import end_of_text
from .written import Prompt, Written

if TYPE_CHECKING:
    import pandas as pd

    from ...data.examples import Examples
    from ...recipe import Recipe


BY_LOSS = ("loss", "perplexity", "bits_per_character", "bits_per_byte")  # say nothing of texts
MOST_NATS = 700.0  # whose perplexity is still a number
BEGINNING = 32  # tokens of a text that a model is given to go on from, while it trains


class WritingTask(Task):
    """A task whose model writes; a task of its own says its roles in ``spec``, and little more.

    In its frames what is read is ``text``, other columns have the names of their roles.

    The first role of the kind ``text`` is what is read, the one of the kind ``target`` what is to
    be written. Without a target each text is learnt itself, and only its loss is measured.

    ``prompt`` says how texts are asked for (:mod:`.prompts`), ``decodes`` whether the model goes on
    with a text instead of reading it whole.
    """

    prompt: Any = None
    decodes = False

    def configured(self, recipe: Recipe, config: Any) -> Self:
        """A copy that asks as the recipe says."""
        found = copy.copy(self)
        found.prompt = prompts.settings_of(recipe)
        found.decodes = not getattr(config, "is_encoder_decoder", False)
        return found

    @property
    def source(self) -> str:
        """Name of the role that is read."""
        return next(role.name for role in self.spec.roles if role.kind == "text")

    @property
    def target(self) -> str | None:
        """Name of the role that is written, if there is one."""
        return next((role.name for role in self.spec.roles if role.kind == "target"), None)

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Texts, or the recipe's column of a table; the target's too where the table has it."""
        import pandas as pd

        if not isinstance(data, pd.DataFrame):
            frame = pd.DataFrame({"text": pd.Series(data, dtype=object)})
        else:
            column = recipe.columns.get(self.source, self.source)
            frame = columns_under_roles(data, {"text": column})
            if (target := self.target) is not None:
                column = recipe.columns.get(target, target)
                if column in data.columns:
                    frame[target] = data[column].to_numpy()
        for name in frame.columns:
            check_strings(frame[name])
        return frame

    def encode(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids of the source and, where the frame has them, of the targets."""
        from ...i18n import t

        if self.target is None:
            found = encode_texts(tokenizer, frame["text"], max_length=max_length)
            found.labels = found.arrays["input_ids"].astype(np.int64)
            found.labels[found.offsets[:-1][found.lengths > 0]] = IGNORED  # nothing is before it
            found.token_labels = True
            return found
        asked = self.prompt or plain.Settings()
        found = prompts.encode(asked, tokenizer, frame["text"], max_length)
        if self.decodes:
            found = without_end(found, end_of_text(tokenizer))
        if self.target in frame.columns:
            most = asked.max_target_length or max_length
            found.targets, cut = encode_targets(tokenizer, frame[self.target], max_length=most)
            if cut:
                found.notes.append(t("written.cut", n=cut, max_length=most))
            if empty := int((found.targets.lengths == 0).sum()):
                found.notes.append(t("written.no_tokens", n=empty))
        return found

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> Any:
        """Cross-entropy of what is to be written, a mean over all tokens of a step."""
        from .token_loss import TokenCrossEntropy

        return TokenCrossEntropy(recipe.label_smoothing)

    def samples(
        self, tokenizer: Any, frame: pd.DataFrame, encoded: Encoded, n_prompts: int
    ) -> list[Prompt]:
        """The first rows, where evaluations are judged by the loss and so write no text to look at.

        Of a task without a target the beginning of the text is given, half of it at most.
        """
        if self.target is not None and self.metric_names[0] not in BY_LOSS:
            return []

        def read(ids: list[int]) -> str:
            return tokenizer.decode(ids, skip_special_tokens=True)

        found = []
        for row in range(len(encoded)):
            ids = list(map(int, encoded[row]["input_ids"]))
            if not ids or len(found) == n_prompts:
                continue
            if self.target is None:
                cut = max(1, min(len(ids) // 2, BEGINNING))
                found.append(Prompt(row, ids[:cut], read(ids[:cut]), read(ids[cut:])))
            else:
                texts = (str(frame[name].iloc[row]) for name in ("text", self.target))
                found.append(Prompt(row, ids, *texts))
        return found

    def outputs(self, passes: Any) -> Written:
        """Losses, and texts where there is something to be written for a text."""
        return passes.written(texts=self.target is not None)

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: Written, label_names: list[str]
    ) -> pd.DataFrame:
        """What was read, what was to be written, what was written.

        Returns
        -------
        pandas.DataFrame, a row an example, in the order of ``frame``
            ``text`` (what is read), ``label`` (what is to be written, where it is known),
            ``prediction`` (str; None where no text was asked for, "" of a task without target) and
            ``ended`` (False where it was cut); where it is known ``loss`` (nats a token) and
            ``tokens``, how many they are.
        """
        import pandas as pd

        table: dict[str, Any] = {"text": frame["text"].to_numpy()}
        if self.target in frame.columns:
            table["label"] = frame[self.target].to_numpy()
        texts = outputs.texts if self.target else [""] * len(frame)
        table["prediction"] = np.asarray(texts, dtype=object)
        if self.target is not None:
            table["ended"] = outputs.ended
        if not np.isnan(outputs.losses).all() or not len(frame):
            table["loss"] = outputs.losses.astype(np.float64) / np.maximum(outputs.tokens, 1)
            table["tokens"] = outputs.tokens.astype(np.int64)
        if "row" in frame.columns:
            table["row"] = frame["row"].to_numpy()
        return pd.DataFrame(table)

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``loss`` (nats a token of all rows), ``perplexity``, ``exact_match``, ``examples``.

        ``exact_match`` is the share of the texts that are what was to be written, of rows whose
        text was written.
        """
        found: dict[str, float] = {}
        if "loss" in predictions.columns:
            tokens = predictions["tokens"].to_numpy(float)
            total = float((predictions["loss"].to_numpy(float) * tokens).sum())
            found["loss"] = total / max(1.0, tokens.sum())
            found["perplexity"] = float(np.exp(min(found["loss"], MOST_NATS)))
        if "label" in predictions.columns:
            written = predictions["prediction"].notna()
            right = predictions["prediction"][written] == predictions["label"][written]
            found["exact_match"] = float(right.mean()) if written.any() else float("nan")
            found["texts"] = int(written.sum())
        return {**found, "examples": int(len(predictions))}

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """Texts that are not what was to be written, where the task measures ``exact_match``."""
        if self.spec.metric("exact_match") is None or "label" not in predictions.columns:
            return super().wrong(predictions)
        return predictions["prediction"] != predictions["label"]

    def sums(self, predictions: pd.DataFrame) -> Sums | None:
        """The loss of all tokens; ``perplexity``, ``exact_match`` where they are measured."""
        if "loss" not in predictions.columns:
            return None
        tokens = predictions["tokens"].to_numpy(float)
        parts = [predictions["loss"].to_numpy(float) * tokens, tokens]
        wrong = self.wrong(predictions)
        if wrong is not None:
            parts.append(~wrong.to_numpy(bool))

        def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
            found = {"loss": ratio(sums[:, 0], sums[:, 1])}
            if self.spec.metric("perplexity") is not None:
                found["perplexity"] = np.exp(np.minimum(found["loss"], MOST_NATS))
            return found if wrong is None else {"exact_match": sums[:, 2] / n, **found}

        return Sums(np.stack(parts, axis=1).astype(float), figures)

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """What is read, given back as it is; nothing where no text is written."""
        if self.target is None:
            return {}
        import pandas as pd

        test = examples.splits["test"]
        texts = test["text"]
        found = self.metrics(
            pd.DataFrame({"label": test[self.target], "prediction": texts}), examples.label_names
        )
        return {"copy": {"exact_match": found["exact_match"]}}
