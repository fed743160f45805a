"""A decoder learns texts: each token from those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...i18n import t
from ...measures.sums import Sums
from .. import rows
from ..shared.control_texts import as_texts, told
from ..shared.encoding import IGNORED, Targets
from ..shared.packed_rows import check_packing, sees_itself_alone
from ..shared.target_collators import end_of_text
from ..shared.writing_task import WritingTask
from ..shared.written import Written
from .spec import SPEC

if TYPE_CHECKING:
    import pandas as pd

    from ...data.examples import Examples
    from ...recipe import Recipe
    from ..shared.encoding import Encoded

class LanguageModelling(WritingTask):
    """See :class:`workbench.tasks.base.Task`. ``laid`` is how rows are made for training."""

    spec = SPEC
    laid: Any = None

    def configured(self, recipe: Recipe, config: Any) -> Self:
        """A copy that lays texts into rows as the recipe says."""
        found = super().configured(recipe, config)
        found.laid = rows.module_of(recipe)
        return found

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Texts that somebody brings: each is measured, and gone on with."""
        return super().asked(data, recipe).assign(prompt=True)

    def encode(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids of each text between a beginning and its end, in rows of its own.

        Every token of a text is learnt, and its end: the beginning (the tokenizer's, else the end
        of a text) is only read. A passage of a document that goes on has no end, and one that does
        not begin it is read behind what stands ``before`` it, up to half of ``max_length`` tokens,
        in place of a beginning. Of a text longer than ``max_length`` the rows overlap by half, and
        each token counts once: behind as many tokens as it has before it, up to that half at least
        (the sliding window of Hugging Face's "Perplexity of fixed-length models").
        """
        from ..rows._pieces import cut

        texts = _sequences(tokenizer, frame["text"], control=self.control)
        if "goes_on" in frame.columns:
            texts = [ids[:-1] if on else ids
                     for ids, on in zip(texts, frame["goes_on"], strict=True)]  # fmt: skip
        context = max(1, max_length // 2)
        before = _before(tokenizer, frame, context, control=self.control)
        led = [ids if not read else [*read, *ids[1:]]
               for ids, read in zip(texts, before, strict=True)]  # fmt: skip
        found = cut(led, max_length, context, [max(1, len(read)) for read in before])
        several = int((np.bincount(_texts_of(found), minlength=1) > 1).sum())
        if several:
            said = t("rows.several", n=several, max_length=max_length, context=context)
            found.notes.append(said)
        if behind := sum(map(bool, before)):
            found.notes.append(t("rows.behind", n=behind, context=context))
        found = told(found, tokenizer, frame["text"], kept=self.control)
        if "prompt" in frame.columns:
            found.prompts = Targets.of([ids[:-1] for ids in texts])
        return found

    def arranged(self, encoded: Encoded, max_length: int) -> Encoded:
        """Rows to be trained on, as the recipe says: each token is read once."""
        from ..rows._pieces import cut

        ids, labels = encoded.arrays["input_ids"], np.asarray(encoded.labels)
        texts: list[list[int]] = []
        for row, example in enumerate(_texts_of(encoded)):
            place = slice(encoded.offsets[row], encoded.offsets[row + 1])
            if example == len(texts) - 1:
                texts[-1] += ids[place][labels[place] != IGNORED].tolist()
            else:
                texts.append(ids[place].tolist())
        found = self.laid.arranged(cut(texts, max_length), texts, max_length)
        found.notes = encoded.notes
        found.spelt, found.spelt_rows = encoded.spelt, encoded.spelt_rows
        return found

    def prepare_head(self, model: Any, recipe: Recipe, examples: Examples) -> None:
        """Refuse packed rows for a model whose texts would see each other (RecipeError)."""
        check_packing(self.laid, model, recipe, sees_itself_alone)

    def outputs(self, passes: Any) -> Written:
        """Losses of the rows; of texts that somebody brings also what the model writes behind each.

        A text that leaves too few places for it is gone on with from its end.
        """
        found = passes.written(texts=False)
        prompts = passes.encoded.prompts
        if prompts is None:
            return found
        room, longer = passes.room(), 0
        if room is not None:
            longer = int((prompts.lengths > room).sum())
            ends = [prompts[row][-room:] for row in range(len(prompts))]
            passes.encoded.prompts = Targets.of(ends)
        texts = passes.generates()
        found.notes = passes.cuts(texts)
        if longer:
            found.notes.append(t("written.ends", n=longer, room=room))
        found.texts = [None if one is None else one.text for one in texts]
        found.ended = np.array([one is not None and one.ended for one in texts], bool)
        return found

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: Written, label_names: list[str]
    ) -> pd.DataFrame:
        """One row a text, with the loss of all its tokens; ``prediction`` is what the model writes
        behind it, where somebody asked. Of passages of documents ``goes_on`` says whether the
        document does, and ``before`` is what stands before it there, read and not counted."""
        losses, tokens = np.zeros((2, len(frame)), np.float64)
        np.add.at(losses, _texts_of(encoded), outputs.losses.astype(np.float64))
        np.add.at(tokens, _texts_of(encoded), outputs.tokens.astype(np.float64))
        blank: list[str | None] = [""] * len(frame)
        whole = Written(losses, tokens, blank, np.ones(len(frame), bool))
        table = super().predictions(frame, encoded, whole, label_names)
        if encoded.prompts is not None:
            table["prediction"] = np.asarray(outputs.texts, dtype=object)
            table["ended"] = outputs.ended
        if "goes_on" in frame.columns:
            table["goes_on"] = frame["goes_on"].to_numpy(bool)
        if "before" in frame.columns:
            table["before"] = frame["before"].to_numpy()
        return table

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``loss`` (nats a token), ``perplexity``, ``bits_per_character``, ``examples``."""
        found = super().metrics(predictions, label_names)
        if "loss" in predictions.columns:
            nats = (predictions["loss"] * predictions["tokens"]).sum()
            characters = predictions["text"].map(len).sum()
            found["bits_per_character"] = float(nats / np.log(2) / max(1, characters))
        return found

    def sums(self, predictions: pd.DataFrame) -> Sums | None:
        """Loss, perplexity and bits a character, over texts."""
        of_loss = super().sums(predictions)
        if of_loss is None:
            return None
        characters = predictions["text"].map(len).to_numpy(float)

        def figures(sums: np.ndarray, n: int) -> dict[str, np.ndarray]:
            bits = sums[:, 0] / np.log(2) / np.maximum(sums[:, -1], 1)
            return {**of_loss.figures(sums[:, :-1], n), "bits_per_character": bits}

        return Sums(np.column_stack([of_loss.parts, characters]), figures)

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """What counting runs of characters in the training texts makes of the test's.

        Its perplexity is one of characters and does not compare with that of a model's tokens, so
        only its bits a character stand here. Ends of texts are not counted in.
        """
        from ...baselines.counted import CountedModel

        test = examples.splits["test"]["text"]
        if not test.map(len).sum():
            return {}
        counted = CountedModel().fit(examples.splits["train"]["text"]).measures(test)
        return {"ngrams": {"bits_per_character": counted["bits_per_character"].value}}


def _texts_of(encoded: Encoded) -> np.ndarray:
    """Which text each row is of, or is a piece of."""
    return np.arange(len(encoded)) if encoded.examples is None else encoded.examples


def _before(tokenizer: Any, frame: Any, most: int, *, control: bool) -> list[list[int]]:
    """The last ``most`` tokens of what stands before each text; [] where nothing does."""
    if "before" not in frame.columns:
        return [[]] * len(frame)
    texts = frame["before"].tolist()
    spelt = {} if control else as_texts(tokenizer, texts, bare=True)
    ids = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"] if texts else []
    return [spelt.get(row, one)[-most:] for row, one in enumerate(ids)]


def _sequences(tokenizer: Any, texts: Any, *, control: bool) -> list[list[int]]:
    """Token ids of texts, each between a beginning and an end; ``control`` tokens that they spell
    out are such, or stay text."""
    end, first = end_of_text(tokenizer), tokenizer.bos_token_id
    found = []
    spelt = {} if control else as_texts(tokenizer, list(texts))
    for start in range(0, len(texts), 2048):
        part = list(texts[start : start + 2048])
        for row, ids in enumerate(tokenizer(part, verbose=False)["input_ids"], start):
            ids = spelt.get(row, ids)
            if ids and ids[-1] == end:
                ids = ids[:-1]
            begun = bool(ids) and first is not None and ids[0] == first
            found.append([*([] if begun else [end if first is None else first]), *ids, end])
    return found
