"""The texts among which a model finds: those that belonged to something in training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = "index"  # in the folder of the model
MOST = 100_000  # texts


@dataclass
class Index:
    """Texts, and their vectors where the model has some.

    Attributes
    ----------
    texts : list of str
    vectors : ndarray of float32, shape (n_texts, n_dimensions), or None
    """

    texts: list[str]
    vectors: np.ndarray | None = None

    def save(self, folder: Path) -> None:
        """Write it into a model's folder."""
        import pandas as pd

        (folder / FOLDER).mkdir(exist_ok=True)
        pd.DataFrame({"text": self.texts}).to_parquet(folder / FOLDER / "texts.parquet")
        if self.vectors is not None:
            np.save(folder / FOLDER / "vectors.npy", self.vectors, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Index | None:
        """That of a model's folder; None where there is none."""
        import pandas as pd

        place = Path(folder) / FOLDER
        if not (place / "texts.parquet").is_file():
            return None
        texts = pd.read_parquet(place / "texts.parquet", partitioning=None)["text"].tolist()
        vectors = place / "vectors.npy"
        found = np.load(vectors, allow_pickle=False) if vectors.is_file() else None
        return cls(texts, found if found is not None and len(found) == len(texts) else None)

    def nearest_words(self, questions: list[str], count: int) -> np.ndarray:
        """Places of the texts that share the most words with each question (TF-IDF).

        Returns
        -------
        ndarray of int64, shape (n_questions, min(count, n_texts))
        """
        cosines = word_cosines(self.texts, questions)
        return np.argsort(-cosines, axis=1, kind="stable")[:, :count]


def word_cosines(texts: list[str], questions: list[str]) -> np.ndarray:
    """Cosines of TF-IDF vectors of words, shape (n_questions, n_texts); 0 without any word."""
    from ...baselines.vectors import text_vectors

    vectorizer = text_vectors()
    try:
        known: Any = vectorizer.fit_transform(texts)
    except ValueError:  # no word in any text
        return np.zeros((len(questions), len(texts)))
    return (vectorizer.transform(questions) @ known.T).toarray()
