"""Texts that belong together are found: by vectors, or by a score of each pair."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...i18n import t
from ...measures.sums import Sums, means
from .. import matching
from ..base import Task
from ..matching import bi_encoder
from ..shared.asking import check_strings, columns_under_roles
from .encoded import learnt_rows, scored_rows, text_rows
from .index import MOST, Index
from .learnt import of_matches
from .pair_rows import PairCollator, PairRows, unit_logits
from .ranking import MEASURES, Texts, ranked
from .spec import SPEC

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import torch

    from ...data.examples import Examples
    from ...recipe import Recipe

NEAREST = 5  # texts that are named for a question


class SentenceSimilarity(Task):
    """See :class:`workbench.tasks.base.Task`.

    ``settings`` is what the recipe says of matching, ``index`` the texts that are found for a
    question that somebody typed.
    """

    spec = SPEC
    settings: Any = bi_encoder.Settings()
    way = "bi_encoder"
    seed = 0
    index: Index | None = None
    learnt = of_matches

    def configured(self, recipe: Recipe, config: Any) -> Self:
        """A copy that matches as the recipe says."""
        found = copy.copy(self)
        found.settings, found.way = matching.settings_of(recipe), recipe.matching["kind"]
        found.seed = recipe.seed
        return found

    @property
    def scores_pairs(self) -> bool:
        """Whether the model reads two texts at once."""
        return self.way == "cross_encoder"

    @property
    def auto_class(self) -> dict[str, str]:
        """The library's class, by the kind of matching."""
        from ...recipe import MATCHING

        return {"encoder": MATCHING.module(self.way).model_class}

    @property
    def model_options(self) -> dict[str, Any]:
        """Entries of the model's configuration: a scorer has one output."""
        if not self.scores_pairs:
            return {}
        return {"num_labels": 1, "id2label": {0: "belongs"}, "label2id": {"belongs": 0},
                "problem_type": None}  # fmt: skip

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Texts that others are to be found for; of a table also ``other``, a text to compare
        (a column of lists or numbers is none)."""
        import pandas as pd

        if not isinstance(data, pd.DataFrame):
            frame = pd.DataFrame({"text": pd.Series(data, dtype=object)})
            check_strings(frame["text"])
            return frame
        names = {"text": recipe.columns.get("anchor", "anchor")}
        other = recipe.columns.get("positive", "positive")
        cells = data[other].dropna() if other in data.columns and len(data.columns) > 1 else [None]
        if all(isinstance(cell, str) for cell in cells):
            names["other"] = other
        frame = columns_under_roles(data, names)
        check_strings(frame["text"])
        if "other" in frame.columns:
            frame["other"] = frame["other"].where(frame["other"].notna(), "")
        return frame

    def question(self, text: str, pair: str | None, recipe: Recipe) -> Any:
        """One typed text, and another that it is compared with."""
        import pandas as pd

        names = [recipe.columns.get(name, name) for name in ("anchor", "positive")]
        return [text] if pair is None else pd.DataFrame([[text, pair]], columns=names)

    def reads_together(self, recipe: Recipe) -> bool:
        """A scorer reads both; of vectors each is of one text."""
        return recipe.matching["kind"] == "cross_encoder"

    # rows --------------------------------------------------------------------------------------
    def encode(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> PairRows:
        """Token ids of all texts, each once; of a scorer those of each pair with a candidate."""
        if not self.scores_pairs:
            return text_rows(tokenizer, frame, max_length)
        return scored_rows(
            tokenizer, frame, max_length, self.settings.candidates,
            None if "positive" in frame.columns else self._known(),
        )  # fmt: skip

    def train_rows(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> PairRows:
        """What is trained on: of a scorer each right pair and so many wrong ones, drawn once."""
        if not self.scores_pairs:
            return self.encode(tokenizer, frame, max_length)
        return learnt_rows(tokenizer, frame, max_length, self.settings.negatives, self.seed)

    def collator(self, tokenizer: Any, model: Any) -> PairCollator:
        """Pads all texts of a batch together."""
        from ...catalog.loading.padding import padding_side

        return PairCollator(tokenizer, padding_side(model))

    # learning ----------------------------------------------------------------------------------
    def forward(
        self, model: Any, inputs: dict, labels: torch.Tensor | None, forward: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Vectors of length 1 of texts, or scores of pairs, under their rows (see
        :func:`.pair_rows.unit_logits`); without ``labels`` a row a text."""
        from .losses import pooled

        outputs = (forward or model)(**inputs)
        if self.scores_pairs:
            found = outputs["logits"][:, 0].float()
        else:
            states = outputs["last_hidden_state"]
            found = pooled(states, inputs["attention_mask"], self.settings.pooling)
        return (found, None) if labels is None else (
            unit_logits(model, inputs, labels, found), labels)  # fmt: skip

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> Any:
        """The right text among others: of the whole step, or of its own row."""
        from .losses import InBatch, Listwise

        kind = Listwise if self.reads_together(recipe) else InBatch
        return kind(recipe.matching["temperature"])

    # what it finds -----------------------------------------------------------------------------
    def outputs(self, passes: Any) -> np.ndarray:
        """Vectors of all texts, or scores of all pairs, float32; a row a unit.

        While it trains a scorer is only asked of the first rows.
        """
        rows = passes.encoded
        units = rows.units
        if self.scores_pairs and passes.texts and len(rows) > passes.texts:
            units = units.part(list(range(int(rows.members[: passes.texts].max()) + 1)))
        asked = dataclasses.replace(passes, encoded=units)
        return asked.scores(lambda found, _: found)

    def predictions(
        self, frame: pd.DataFrame, encoded: Any, outputs: np.ndarray, label_names: list[str],
        k: int = NEAREST,
    ) -> pd.DataFrame:
        """Where what belongs to each text was found; see :func:`.ranking.ranked`.

        Of texts that nothing is known of see :meth:`found`.
        """
        if "positive" not in frame.columns:
            return self.found(frame, encoded, outputs, k)
        texts = Texts.of(frame)
        if self.scores_pairs:
            done = len(outputs) // max(1, encoded.members.shape[1])
            candidates = encoded.about["candidates"][:done]
            scores = outputs.reshape(done, -1)
            frame = frame.iloc[:done]
        else:
            candidates = texts.candidates(self.settings.candidates)
            asked, others = outputs[texts.anchors], outputs[candidates]
            scores = np.einsum("nd,ncd->nc", asked, others) if len(frame) else np.zeros((0, 1))
        return ranked(frame, texts, candidates, scores, self.settings.temperature)

    def found(
        self, frame: pd.DataFrame, encoded: PairRows, outputs: np.ndarray, k: int = NEAREST
    ) -> pd.DataFrame:
        """The ``k`` nearest texts of the index.

        Returns
        -------
        pandas.DataFrame, a row a text
            ``text``, ``prediction`` (the nearest), ``score`` (its cosine, or its pair's score),
            ``nearest`` and ``nearest_scores``, the first ``k``; where a second text was given,
            ``other`` and ``other_score``, how near that one is (NaN for an empty one).
        """
        import pandas as pd

        known = self._known()
        if self.scores_pairs:
            scores, places = outputs.reshape(len(frame), -1), encoded.about["candidates"]
            scores, of_other = scores[:, : places.shape[1]], scores[:, -1]
        else:
            assert known.vectors is not None  # only a scorer has none
            asked = outputs[encoded.members[:, 0]]
            scores, of_other = asked @ known.vectors.T, asked[:, 0]
            if "other" in frame.columns:
                of_other = np.einsum("nd,nd->n", asked, outputs[encoded.members[:, 1]])
            places = np.broadcast_to(np.arange(len(known.texts)), scores.shape)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        rows = np.arange(len(frame))[:, None]
        near, sure = places[rows, order], scores[rows, order]
        texts = [[known.texts[place] for place in row] for row in near]
        table = pd.DataFrame(
            {
                "text": frame["text"].to_numpy(), "prediction": [row[0] for row in texts],
                "score": sure[:, 0].astype(float), "nearest": texts,
                "nearest_scores": [[round(float(one), 6) for one in row] for row in sure],
            }
        )  # fmt: skip
        if "other" in frame.columns:
            given = frame["other"].str.strip().astype(bool).to_numpy()
            table["other"] = frame["other"].to_numpy()
            table["other_score"] = np.where(given, of_other.astype(float), np.nan)
        return table

    def _known(self) -> Index:
        from ...errors import RunError

        if self.index is None or not self.index.texts:
            raise RunError(t("matching.no_index"), t("matching.no_index_remedy"))
        return self.index

    # beside the model --------------------------------------------------------------------------
    def keep(self, folder: Path, examples: Examples, outputs_of: Any) -> None:
        """Write what the model finds among, and how other libraries make its vectors.

        ``outputs_of(frame)`` gives :meth:`outputs` of texts as :meth:`asked` gives them.
        """
        from .layout import write_layout

        texts = list(dict.fromkeys(examples.splits["train"]["positive"]))[:MOST]
        self.find_among(texts, outputs_of)
        if not self.scores_pairs:
            write_layout(folder, self.settings.pooling)
        self._known().save(folder)

    def find_among(self, texts: list[str], outputs_of: Any) -> None:
        """Find among these texts from now on; ``outputs_of`` as in :meth:`keep`."""
        import pandas as pd

        vectors = None if self.scores_pairs else outputs_of(pd.DataFrame({"text": texts}))
        self.index = Index(texts, vectors)

    def recall(self, folder: Path) -> None:
        """Take what :meth:`keep` wrote."""
        self.index = Index.load(folder)

    # how good ----------------------------------------------------------------------------------
    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``mrr``, ``recall_1``, ``recall_5``, ``recall_10``, ``ndcg``, ``loss``, ``examples``."""
        names = [*MEASURES, "loss"]
        found = {name: float(predictions[name].mean()) for name in names if name in predictions}
        return {**found, "examples": int(len(predictions))}

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """Rows whose own text is not found first."""
        return predictions["rank"] > 1 if "rank" in predictions.columns else None

    def sums(self, predictions: pd.DataFrame) -> Sums:
        """All metrics, as means over rows."""
        names = ["mrr", *(name for name in MEASURES if name != "mrr"), "loss"]
        return means({name: predictions[name].to_numpy(float) for name in names})

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """TF-IDF of words, among the same texts."""
        frame = examples.splits["test"]
        texts = Texts.of(frame)
        candidates = texts.candidates(self.settings.candidates)
        scores = np.zeros(candidates.shape)
        train = examples.splits["train"]
        # as a search does, it counts the words of what it looks through too
        known = [*train["text"], *train["positive"], *frame["positive"]]
        if not len(frame):
            return {}
        from ...baselines.vectors import text_vectors

        try:
            vectors: Any = text_vectors().fit(known).transform(texts.texts)
        except ValueError:  # no word in any text
            return {}
        for row in range(len(frame)):
            others = vectors[candidates[row]]
            scores[row] = (others @ vectors[texts.anchors[row]].T).toarray()[:, 0]
        found = self.metrics(ranked(frame, texts, candidates, scores, 1.0), [])
        return {"tfidf": {name: found[name] for name in MEASURES}}
