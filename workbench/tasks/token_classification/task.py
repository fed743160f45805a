"""A tag for each word of a sentence: named entities, parts of speech."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.examples import Examples
from ...data.tags.tag_schemes import entity_tags
from ...data.tags.tag_spans import entities_text, entity_spans
from ...data.tags.word_cutting import Cutting
from ...data.tags.words_in_text import joined, placed
from ...errors import DataError
from ...i18n import t
from ..base import Task
from ..shared.asking import check_strings, columns_under_roles
from ..shared.encoding import IGNORED, Encoded
from ..shared.softmax import log_softmax
from . import measures
from .entity_scores import average_scores, count_entities, word_scores
from .loss import TagCrossEntropy
from .spec import SPEC
from .tag_pipeline import tag_pipeline
from .word_pieces import blank_piece, first_pieces, pieces_kept, take_words

if TYPE_CHECKING:
    import pandas as pd

    from ...measures.sums import Sums
    from ...recipe import Recipe

class TokenClassification(Task):
    """See :class:`workbench.tasks.base.Task`."""

    spec = SPEC

    def pipeline_options(self, label_names: list[str], learnt: dict | None) -> dict:
        """What the library's pipeline has to be told so that it cuts texts as training did."""
        cutting = Cutting.from_dict(learnt.get("words") if isinstance(learnt, dict) else learnt)
        made: dict = {"pipeline_class": tag_pipeline(label_names, cutting)}
        return made if entity_tags(label_names) else {**made, "ignore_labels": []}

    def asked(
        self, data: list | pd.DataFrame, recipe: Recipe, learnt: dict | None = None
    ) -> pd.DataFrame:
        """Sentences: texts, which are cut as the training data was, or lists of words.

        ``learnt["words"]`` says how it was cut: a
        :class:`~workbench.data.tags.word_cutting.Cutting`.
        """
        import pandas as pd

        cutting = Cutting.from_dict(learnt.get("words") if isinstance(learnt, dict) else learnt)

        if isinstance(data, pd.DataFrame):
            column = recipe.columns.get("tokens", "tokens")
            if column not in data.columns and "text" in data.columns:
                column = "text"
            data = columns_under_roles(data, {"tokens": column})["tokens"].tolist()
        rows = [cutting.cut(one) if isinstance(one, str) else list(one) for one in data]
        for number, (given, words) in enumerate(zip(data, rows, strict=True)):
            if not words:
                raise DataError(f"Text {number} is {given!r}: it has no word.", "Write a sentence.")
            check_strings(words)
        texts = [
            one if isinstance(one, str) else joined(words)
            for one, words in zip(data, rows, strict=True)
        ]
        return pd.DataFrame({"text": texts, "tokens": rows})

    def encode(self, tokenizer, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids; the first piece of each word has the word's label, the others none.

        A tokenizer that writes the blank before a word as a piece of its own (SentencePiece, before
        a Chinese character) would give the label to that blank: such pieces are left out.
        """
        rows = [list(words) for words in frame["tokens"]]
        take_words(tokenizer)
        names = [n for n in tokenizer.model_input_names if n != "attention_mask"]
        parts: dict[str, list] = {name: [] for name in names}
        words: list[np.ndarray] = []
        blank = blank_piece(tokenizer)
        for start in range(0, len(rows), 2048):
            batch = tokenizer(
                rows[start : start + 2048], is_split_into_words=True, truncation=True,
                max_length=max_length if blank is None else 2 * max_length,
                return_attention_mask=False,
            )  # fmt: skip
            owners = [batch.word_ids(i) for i in range(len(batch["input_ids"]))]
            kept = [
                pieces_kept(ids, of, blank, max_length)
                for ids, of in zip(batch["input_ids"], owners, strict=True)
            ]
            for name in list(parts):
                if name not in batch:
                    del parts[name]
                    continue
                found = zip(batch[name], kept, strict=True)
                parts[name] += [np.asarray(ids, np.int32)[keep] for ids, keep in found]
            words += [
                first_pieces([of[i] for i in keep]) for of, keep in zip(owners, kept, strict=True)
            ]
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in words])]).astype(np.int64)
        labels = None
        if "ids" in frame.columns:
            pairs = zip(words, frame["ids"], strict=True)
            labels = np.concatenate([_labels_of(one, ids) for one, ids in pairs])
        cut = sum((one >= 0).sum() < len(row) for one, row in zip(words, rows, strict=True))
        empty = np.zeros(0, np.int32)
        return Encoded(
            {name: np.concatenate(value) if value else empty for name, value in parts.items()},
            offsets, labels, int(cut), per_token=True, token_labels=labels is not None,
            about={"word": np.concatenate(words) if words else empty},
        )  # fmt: skip

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> TagCrossEntropy:
        """Cross-entropy of each word's tag."""
        return TagCrossEntropy(recipe.label_smoothing)

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: np.ndarray, label_names: list[str]
    ) -> pd.DataFrame:
        """Text, words, tags, loss, score.

        Parameters
        ----------
        frame : pandas.DataFrame, n_examples rows
            ``text``, ``tokens``; ``tags`` where they are known.
        encoded : Encoded
            Its ``about["word"]`` says which word a token is the first piece of.
        outputs : ndarray of float32, shape (n_tokens, n_tags)
            Logits.

        Returns
        -------
        pandas.DataFrame, n_examples rows, in the order of ``frame``
            ``text``; ``tokens``; ``label`` (tags) and ``loss`` (mean cross-entropy of its words,
            nats) where they are known; ``prediction`` (tags; for words that were cut off or have
            no piece O, or of tags of words an empty one); ``score`` (of the least sure word,
            softmax). Where no tags are known, ``entities``: ``type``, ``text``, and ``start`` and
            ``end``, the characters of ``text`` where it stands.
        """
        import pandas as pd

        of_entities = entity_tags(label_names)

        log_scores = log_softmax(outputs)
        best, word = outputs.argmax(axis=1), encoded.about["word"]
        rows: dict[str, list] = defaultdict(list)
        for number, tokens in enumerate(frame["tokens"]):
            here = np.arange(*encoded.offsets[number : number + 2])
            first = here[word[here] >= 0]
            tags = ["O" if of_entities else ""] * len(tokens)
            for token in first:
                tags[word[token]] = label_names[best[token]]
            rows["prediction"].append(tags)
            sure = log_scores[first, best[first]]
            rows["score"].append(float(np.exp(sure.min())) if len(first) else 0.0)
            if encoded.labels is not None:
                losses = -log_scores[first, encoded.labels[first]]
                rows["loss"].append(float(losses.mean()) if len(first) else 0.0)
        table: dict[str, Any] = {"text": frame["text"].tolist(), "tokens": frame["tokens"].tolist()}
        if "tags" in frame.columns:
            table["label"] = frame["tags"].tolist()
        table["prediction"] = rows["prediction"]
        if of_entities and "tags" not in frame.columns:
            found = zip(table["text"], table["tokens"], rows["prediction"], strict=True)
            table["entities"] = [entities_in(*row) for row in found]
        if "loss" in rows:
            table["loss"] = rows["loss"]
        table["score"] = rows["score"]
        if "row" in frame.columns:
            table["row"] = frame["row"].to_numpy()
        return pd.DataFrame(table)

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """Of whole entities, as seqeval counts them: ``precision``, ``recall``, ``f1``.

        ``accuracy`` is of words, ``macro_f1`` the mean of the types' F1, ``loss`` the mean of the
        sentences' losses. An entity is right when its type and both its ends are (Tjong Kim Sang
        and De Meulder, 2003). Of tags of words ``precision``, ``recall`` and ``f1`` are means over
        the tags (``macro_f1`` is the same).
        """
        label, prediction = predictions["label"], predictions["prediction"]
        if label_names and not entity_tags(label_names):
            scores = word_scores(label, prediction)
            loss = predictions["loss"].mean() if "loss" in predictions else float("nan")
            return {**scores, "loss": float(loss), "examples": int(len(predictions))}
        counts = count_entities(label, prediction)
        precision, recall, f1 = average_scores(counts)
        words = [
            wanted == found
            for one, other in zip(label, prediction, strict=True)
            for wanted, found in zip(one, other, strict=True)
        ]
        return {
            "f1": f1,
            "precision": precision,
            "recall": recall,
            "accuracy": sum(words) / max(len(words), 1),
            "macro_f1": average_scores(counts, "macro")[2],
            "loss": float(predictions["loss"].mean()) if "loss" in predictions else float("nan"),
            "examples": int(len(predictions)),
        }

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """One of the tags is another one."""
        if not self.labelled(predictions):
            return None
        truth, guess = (predictions[name].map(list) for name in ("label", "prediction"))
        return truth != guess

    def sums(self, predictions: pd.DataFrame) -> Sums:
        """Of entities and words that are right."""
        return measures.tag_sums(predictions)

    def intervals(
        self, predictions: pd.DataFrame, *, resamples: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """Precision, recall and F1 of entities; of tags of words accuracy and macro-F1."""
        return measures.tag_intervals(predictions, resamples, seed)

    def readable(self, predictions: pd.DataFrame) -> pd.DataFrame:
        """Tags as entities by name."""
        said = {
            name: [
                entities_text(*row) or t("entities.nothing")
                for row in zip(predictions["tokens"], predictions[name], strict=True)
            ]
            for name in ("label", "prediction") if name in predictions
        }  # fmt: skip
        if "text" not in predictions:
            said["text"] = self.texts(predictions)
        return predictions.assign(**said)

    def texts(self, predictions: pd.DataFrame) -> list[str]:
        """The sentence, or its words where nobody kept how it was written."""
        if "text" in predictions:
            return super().texts(predictions)
        return [" ".join(tokens) for tokens in predictions["tokens"]]

    def flat(self, predictions: pd.DataFrame, separator: str = " ") -> pd.DataFrame:
        """Words and tags joined by blanks; entities with their places as JSON."""
        if "entities" in predictions:
            listed = [json.dumps(list(one), ensure_ascii=False) for one in predictions["entities"]]
            predictions = predictions.assign(entities=listed)
        return super().flat(predictions, " ")

    def question(self, text: str, pair: str | None, recipe: Recipe) -> list[str]:
        """One sentence."""
        return [text]

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """Each word's most frequent tag in the training examples.

        Words that were not seen there get O, or of tags of words the most frequent one.
        """
        import pandas as pd

        seen: dict[str, Counter] = defaultdict(Counter)
        train, test = examples.splits["train"], examples.splits["test"]
        for tokens, tags in zip(train["tokens"], train["tags"], strict=True):
            for token, tag in zip(tokens, tags, strict=True):
                seen[token.casefold()][tag] += 1
        usual = {token: counts.most_common(1)[0][0] for token, counts in seen.items()}
        other = "O"
        if not entity_tags(examples.label_names):
            other = Counter(tag for tags in train["tags"] for tag in tags).most_common(1)[0][0]
        guesses = [[usual.get(t.casefold(), other) for t in tokens] for tokens in test["tokens"]]
        table = pd.DataFrame({"label": test["tags"].tolist(), "prediction": guesses})
        found = self.metrics(table, examples.label_names)
        del found["loss"]
        return {"most_frequent_tag": found}


def entities_in(text: str, tokens: list[str], tags: list[str]) -> list[dict]:
    """Type, characters and text of each entity of a text that was cut into these words.

    Examples
    --------
    >>> entities_in("Ada, Oslo", ["Ada", ",", "Oslo"], ["B-per", "O", "B-loc"])[1]
    {'type': 'loc', 'start': 5, 'end': 9, 'text': 'Oslo'}
    """
    places = placed(text, tokens)
    if places is None:
        return []
    found = []
    for kind, first, after in entity_spans(list(tags)):
        start, end = places[first][0], places[after - 1][1]
        found.append({"type": kind, "start": start, "end": end, "text": text[start:end]})
    return found


def _labels_of(words: np.ndarray, ids: list[int]) -> np.ndarray:
    """Labels of a row's tokens, int64, shape (n_tokens,)."""
    known = np.append(np.asarray(ids, np.int64), IGNORED)
    return known[np.where(words >= 0, words, len(ids))]
