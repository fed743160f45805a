"""Words are masked, and become others that a masked model finds likely there (Kobayashi, 2018,
NAACL: contextual augmentation; Wu et al., 2019, ICCS, with BERT).

The papers let the model see the label as well; here it does not, so that a word which decides the
class may become one of another class.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from ...errors import ModelError, RecipeError
from ...i18n import t
from ...settings import setting
from ._settings import Copied, drawn
from ._text import Text
from ._vocabulary import spelt_as, whole_words

PREDICTS = None  # whatever a task predicts
BATCH = 32  # texts a forward pass


@dataclass(frozen=True)
class Settings(Copied):
    """What ``augmentation: {kind: masked}`` may say."""

    likeliest: int = setting(10, "words", kinds=(int,), low=1, high=1000)
    """Of the likeliest words one is drawn, by what the model finds them worth."""

    model: str | None = setting(None, "reference", kinds=(str, type(None)))
    """A model with a head for masked words, ``hub:org/name`` or a folder; the one that is
    fine-tuned where it is left out."""


def make(settings: Settings, about: Any) -> Any:
    """See :data:`workbench.data.augmentation.Change`."""
    loaded: list[Filler] = []

    def change(texts: list[Text], draws: list[random.Random]) -> list[list[tuple[str, ...]]]:
        if not loaded:
            loaded.append(Filler(settings, about))
        chosen = [
            drawn(text.free, len(text.words), settings.words, draw)
            for text, draw in zip(texts, draws, strict=True)
        ]  # fmt: skip
        found = [text.same() for text in texts]
        order = sorted(range(len(texts)), key=lambda n: len(texts[n].text))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            likely = loaded[0].likely([texts[n] for n in some], [chosen[n] for n in some])
            for n, rows in zip(some, likely, strict=True):
                for place, (words, worth) in rows.items():
                    if words:
                        other = draws[n].choices(words, worth)[0]
                        found[n][place] = (spelt_as(other, texts[n].words[place]),)
        return found

    return change


class Filler:
    """A model with a head for masked words.

    Raises
    ------
    RecipeError
        If the model has no such head.
    """

    def __init__(self, settings: Settings, about: Any):
        from ...catalog.loading.judging import positions
        from ...catalog.loading.safe_loading import load_model, load_tokenizer

        name = settings.model or about.recipe.model
        folder = about.folder(name)
        refused = RecipeError(t("augmentation.no_head", model=name), t("augmentation.head_back"),
                              field="augmentation", setting="model")  # fmt: skip
        new: list[str] = []
        self.tokenizer = load_tokenizer(folder, f"model {name}")
        try:
            self.model = load_model(folder, {"encoder": "AutoModelForMaskedLM"}, f"model {name}",
                                    new_head=True, new=new)  # fmt: skip
        except ModelError as error:
            raise refused from error
        if new or self.tokenizer.mask_token_id is None:
            raise refused
        self.words = {number: word for word, number in whole_words(self.tokenizer).items()}
        self.ids = sorted(self.words)
        self.count, self.longest = settings.likeliest, about.recipe.max_length
        if (bound := positions(self.model.config.to_dict())) is not None:
            self.longest = min(self.longest, bound)

    def likely(
        self, texts: list[Text], chosen: list[list[int]]
    ) -> list[dict[int, tuple[list[str], list[float]]]]:
        """Of each text the masked words' places, with the likeliest words and their worth.

        A word that ``max_length`` cuts off has none, nor has a text that spells out the mask.
        """
        import torch

        mask, kept = self.tokenizer.mask_token, torch.tensor(self.ids)
        masked = []
        for text, places in zip(texts, chosen, strict=True):
            words = text.same()
            for place in places:
                words[place] = (mask,)
            masked.append(text.with_words(words))
        batch = self.tokenizer(masked, truncation=True, max_length=self.longest, padding=True,
                               return_tensors="pt")  # fmt: skip
        with torch.inference_mode():
            logits = self.model(**batch).logits
        found: list[dict[int, tuple[list[str], list[float]]]] = []
        for row, (text, places) in enumerate(zip(texts, chosen, strict=True)):
            at = (batch["input_ids"][row] == self.tokenizer.mask_token_id).nonzero()[:, 0].tolist()
            rows = {}
            for place, token in zip(places, at if mask not in text.text else [], strict=False):
                scores = logits[row, token, kept]
                best = scores.topk(min(self.count + 1, len(kept)))
                old = text.words[place].casefold()
                words = [self.words[self.ids[n]] for n in best.indices.tolist()]
                worth = best.values.softmax(-1).tolist()
                both = [(w, p) for w, p in zip(words, worth, strict=True) if w.casefold() != old]
                likeliest = both[: self.count]
                rows[place] = [word for word, _ in likeliest], [worth for _, worth in likeliest]
            found.append(rows)
        return found
