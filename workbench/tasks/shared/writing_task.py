"""What tasks that write have in common: a text for a text, or a text that goes on.

Long because it is one class, whose methods mean something only beside each other.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...errors import DataError
from ...i18n import t
from ...measures.sameness import plain
from ...measures.sums import Sums, ratio, sums_of
from ...measures.written import of_symbols
from ...written_parts import TEXT_METRICS
from .. import prompts
from ..base import Task
from ..prompts import plain as as_it_is
from . import control_texts
from .asking import check_strings, columns_under_roles, texts_read
from .encoding import IGNORED, Encoded, encode_targets, encode_texts, without_end
from .target_collators import end_of_text
from .text_baselines import text_baselines, token_perplexity
from .text_measures import LOOKED_AT, text_measures
from .written import Prompt, Written
from .written_labels import as_label, labels_of
from .written_places import BEGINNING, check_places

if TYPE_CHECKING:
    import pandas as pd

    from ...data.examples import Examples
    from ...data.rendering.seen_rows import SeenRows
    from ...recipe import Recipe


BY_LOSS = ("loss", "perplexity", "bits_per_character", "bits_per_byte")  # say nothing of texts
PHONEMES = "phoneme_error_rate"  # is of symbols; of words it would say little
MOST_NATS = 700.0  # whose perplexity is still a number


class WritingTask(Task):
    """A task whose model writes; a task of its own says its roles in ``spec``, and little more.

    In its frames what is read is ``text``, other columns have the names of their roles.

    The first role of the kind ``text`` is what is read, the one of the kind ``target`` what is to
    be written. Without a target each text is learnt itself, and only its loss is measured.

    ``prompt`` says how texts are asked for (:mod:`.prompts`), ``writes`` what is written,
    ``decodes`` whether the model goes on with a text instead of reading it whole, ``chosen`` the
    metric that the recipe names, which is then measured whatever is written.

    Texts are judged by the metrics of :data:`workbench.written_parts.TEXT_METRICS` that the spec
    lists, and stand beside the baselines of ``WRITTEN_BASELINES`` that it lists.
    """

    prompt: Any = None
    writes = "other"
    decodes = False
    chosen: str | None = None
    control = False  # whether control tokens that texts spell out are such

    def configured(self, recipe: Recipe, config: Any) -> Self:
        """A copy that asks as the recipe says."""
        found = copy.copy(self)
        found.prompt, found.writes = prompts.settings_of(recipe), recipe.writes
        found.chosen = recipe.best_metric
        found.control = recipe.reading.get(control_texts.READ, False)
        found.decodes = not getattr(config, "is_encoder_decoder", False)
        return found

    def rehearsed(
        self, recipe: Recipe, config: Any, tokenizer: Any, examples: Examples, rows: int
    ) -> Encoded | None:
        """Refuse what training would: of the first rows too, for which a model has no positions."""
        first = examples.splits["train"].head(rows)
        encoded = self.configured(recipe, config).encode(tokenizer, first, recipe.max_length)
        check_places(recipe, config, {"train": encoded})
        return encoded

    @property
    def source(self) -> str:
        """Name of the role that is read."""
        return next(role.name for role in self.spec.roles if role.kind == "text")

    @property
    def target(self) -> str | None:
        """Name of the role that is written, if there is one."""
        return next((role.name for role in self.spec.roles if role.kind == "target"), None)

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Texts, or the recipe's column of a table; the target's too where each row has one."""
        import pandas as pd

        if not isinstance(data, pd.DataFrame):
            frame = pd.DataFrame({"text": pd.Series(data, dtype=object)})
        else:
            column = recipe.columns.get(self.source, self.source)
            frame = columns_under_roles(data, {"text": column})
            for role in (role for role in self.spec.roles if role.kind in ("target", "prefix")):
                column = recipe.columns.get(role.name, role.name)
                there = column in data.columns
                if there and role.kind == "target" and data[column].isna().any():
                    continue  # the place of what is to be written
                if there:
                    name = "prefix" if role.kind == "prefix" else role.name
                    frame[name] = data[column].to_numpy()
        for name in frame.columns:
            if name != "prefix":  # a row may have none
                check_strings(frame[name])
        return frame

    def looked_at(self, text: str, written: str | None) -> pd.DataFrame:
        """One text, and what is written for it, whose tokens somebody looks at.

        Raises
        ------
        DataError
            If it is not said what is written.
        """
        import pandas as pd

        row = {"text": [text]}
        if self.target is not None:
            if not isinstance(written, str):
                raise DataError(t("written.missing"), t("written.missing_back"))
            row[self.target] = [written]
        return pd.DataFrame(row)

    def looked_at_labels(self, encoded: Encoded) -> Encoded:
        """The rows of such a text: of them what is looked at is learnt."""
        return encoded

    def encode(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids of the source and, where the frame has them, of the targets."""
        if self.target is None:
            found = encode_texts(tokenizer, frame["text"], max_length=max_length)
            found.labels = found.arrays["input_ids"].astype(np.int64)
            found.labels[found.offsets[:-1][found.lengths > 0]] = IGNORED  # nothing is before it
            found.token_labels = True
            return found
        asked = self.prompt or as_it_is.Settings()
        found = prompts.encode(
            asked, tokenizer, texts_read(frame), max_length, control=self.control
        )
        if self.decodes:
            found = without_end(found, end_of_text(tokenizer))
        if self.target in frame.columns:
            most = asked.max_target_length or max_length
            found.targets, cut = encode_targets(
                tokenizer, frame[self.target], max_length=most, control=self.control
            )
            found.targets_cut = cut
            if cut:
                found.notes.append(t("written.cut", n=cut, max_length=most))
            if empty := int((found.targets.lengths == 0).sum()):
                found.notes.append(t("written.no_tokens", n=empty))
        columns = [frame[self.target]] if self.target in frame.columns else []
        return control_texts.told(found, tokenizer, texts_read(frame), *columns, kept=self.control)

    def learnt(self, first: Any) -> SeenRows:
        """Sources and targets, the targets learnt; of a task without targets rows of texts."""
        from . import learnt_texts

        return (learnt_texts.of_rows if self.target is None else learnt_texts.of_targets)(
            self, first
        )

    def uncut(self) -> Self:
        """A copy that cuts no target but by the length that :meth:`encode` is given."""
        found = copy.copy(self)
        found.prompt = dataclasses.replace(self.prompt, max_target_length=None)
        return found

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> Any:
        """Cross-entropy of what is to be written, a mean over all tokens of a step."""
        from .token_loss import TokenCrossEntropy

        return TokenCrossEntropy(recipe.label_smoothing)

    def samples(
        self, tokenizer: Any, frame: pd.DataFrame, encoded: Encoded, n_prompts: int
    ) -> list[Prompt]:
        """The first rows; of a task without a target the beginning of the text, half of it at most.
        """

        def read(ids: list[int]) -> str:
            return tokenizer.decode(ids, skip_special_tokens=True)

        found, said = [], texts_read(frame)
        for row in range(len(encoded)):
            ids = list(map(int, encoded[row]["input_ids"]))
            if not ids or len(found) == n_prompts:
                continue
            if self.target is None:
                cut = max(1, min(len(ids) // 2, BEGINNING))
                found.append(Prompt(row, ids[:cut], read(ids[:cut]), read(ids[cut:])))
            else:
                found.append(Prompt(row, ids, said.iloc[row], str(frame[self.target].iloc[row])))
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
            ``text`` (what is read, the row's prefix with it), ``label`` (what is to be written,
            where it is known),
            ``prediction`` (str; None where no text was asked for, "" of a task without target) and
            ``ended`` (False where it was cut); where it is known ``loss`` (nats a token) and
            ``tokens``, how many they are.
        """
        import pandas as pd

        table: dict[str, Any] = {"text": texts_read(frame).to_numpy()}
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

    @property
    def text_metrics(self) -> tuple[str, ...]:
        """Names of the metrics of written texts that the task has."""
        known = {metric.name for metric in TEXT_METRICS}
        return tuple(metric.name for metric in self.spec.metrics if metric.name in known)

    def measures(self, predictions: pd.DataFrame, *, all_of_them: bool = False) -> dict[str, Any]:
        """The :class:`~workbench.measures.measure.Measure` of the written texts by name.

        ``all_of_them`` has what no checkpoint is chosen by, too: lengths, repetitions, what is
        copied, invented and lost. {} where the task measures no texts, or nobody knows what was to
        be written.
        """
        wanted = self.text_metrics
        if not wanted or self.spec.prediction_table.truth not in predictions.columns:
            return {}
        wanted = self._wanted(predictions[self.spec.prediction_table.truth])
        return text_measures(predictions, (*wanted, *LOOKED_AT) if all_of_them else wanted)

    def _wanted(self, references: pd.Series) -> tuple[str, ...]:
        """The metrics of written texts that say something of such references."""
        names = self.text_metrics
        if PHONEMES not in names or PHONEMES == self.chosen or self.writes == "pronunciation":
            return names
        if of_symbols(references.astype(str)):
            return names
        return tuple(name for name in names if name != PHONEMES)

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``loss`` (nats a token of all rows), ``perplexity``, those of texts, ``examples``.

        ``texts`` says of how many rows a text was written: the others do not count in what is
        measured of texts.
        """
        found: dict[str, float] = {}
        if self.text_metrics and "label" in predictions.columns:
            found = {name: one.value for name, one in self.measures(predictions).items()}
            found["texts"] = int(predictions["prediction"].notna().sum())
        if "loss" in predictions.columns:
            tokens = predictions["tokens"].to_numpy(float)
            total = float((predictions["loss"].to_numpy(float) * tokens).sum())
            found["loss"] = total / max(1.0, tokens.sum())
            found["perplexity"] = float(np.exp(min(found["loss"], MOST_NATS)))
        return {**found, "examples": int(len(predictions))}

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """None: a text that differs from its reference is not wrong for that.

        It is where the exact match decides, and where what is to be written is one of a few labels
        (:mod:`.written_labels`).
        """
        if "label" in predictions.columns and self.metric_names[0] == "exact_match":
            said = predictions["prediction"].fillna("")
            return said.map(plain) != predictions["label"].map(plain)
        labels = labels_of(predictions) if self.text_metrics else None
        if labels is None:
            return super().wrong(predictions)
        said = predictions["prediction"].fillna("").map(lambda text: as_label(text, labels))
        return said != predictions["label"].map(plain)

    def distance(self, predictions: pd.DataFrame) -> pd.Series | None:
        """How far a text is from its reference, 1 less chrF as a share; else the loss."""
        import pandas as pd

        far = self.measures(predictions).get("chrf")
        if far is None or np.isnan(far.rows).any():
            return super().distance(predictions)
        return pd.Series(1 - far.rows / 100, index=predictions.index)

    def distance_called(self, predictions: pd.DataFrame) -> str:
        """As :meth:`.predicted.Predicted.distance_called`."""
        if "chrf" in self.measures(predictions) and not predictions["prediction"].isna().any():
            return "far_from_reference"
        return super().distance_called(predictions)

    def sums(self, predictions: pd.DataFrame) -> Sums | None:
        """What was measured of the texts, the loss of all tokens, and its perplexity."""
        measured = self.measures(predictions)
        texts = sums_of(measured) if measured else None
        if "loss" not in predictions.columns:
            return texts
        tokens = predictions["tokens"].to_numpy(float)
        parts = [predictions["loss"].to_numpy(float) * tokens, tokens]

        def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
            found = {"loss": ratio(sums[:, 0], sums[:, 1])}
            if self.spec.metric("perplexity") is not None:
                found["perplexity"] = np.exp(np.minimum(found["loss"], MOST_NATS))
            return found if texts is None else {**texts.figures(sums[:, 2:], n), **found}

        loss = np.stack(parts, axis=1).astype(float)
        return Sums(loss if texts is None else np.hstack([loss, texts.parts]), figures)

    def intervals(
        self, predictions: pd.DataFrame, *, resamples: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """As :meth:`.predicted.Predicted.intervals`; ``signature`` says how texts were measured."""
        found = super().intervals(predictions, resamples=resamples, seed=seed)
        if not self.text_metrics:
            return found
        said = {name: one.signature for name, one in self.measures(predictions).items()}
        return found.assign(signature=[said.get(name, "") for name in found["metric"]])

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """What writes for the test rows without a neural network; nothing where none is written."""
        if self.target is None or not self.text_metrics:
            return {}
        splits = examples.splits
        return text_baselines(
            splits["train"], splits["test"], self.target, self._wanted(splits["test"][self.target]),
            names=[one.name for one in self.spec.baselines],
        )  # fmt: skip

    def token_baselines(
        self, train: Encoded, test: Encoded, vocab_size: int
    ) -> dict[str, dict[str, float]]:
        """Perplexity of the test rows by counted runs of the model's own tokens."""
        listed = any(one.name == "token_ngrams" for one in self.spec.baselines)
        found = token_perplexity(train, test, vocab_size) if listed else None
        return {} if found is None else {"token_ngrams": {"perplexity": found}}
