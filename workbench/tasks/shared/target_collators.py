"""Batches of rows with targets, for models that write.

What a batch's ``labels`` hold stands where the model's outputs stand: the label at a place is the
token that the logits of this place are for, :data:`~.encoding.IGNORED` where nothing is learnt. So
one loss serves encoder-decoders and decoders alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import libraries
from ...errors import ModelError
from .encoding import IGNORED

if TYPE_CHECKING:
    import torch


def writing_collator(tokenizer: Any, model: Any) -> Seq2SeqCollator | CausalCollator:
    """The collator for the kind of model: an encoder-decoder, or one that continues a text."""
    if getattr(model.config, "is_encoder_decoder", False):
        return Seq2SeqCollator(tokenizer, model)
    return CausalCollator(tokenizer)


def end_of_text(tokenizer: Any) -> int:
    """The token that ends a written text.

    Raises
    ------
    ModelError
        If the tokenizer has none: the model could never learn to stop.
    """
    for found in (tokenizer.eos_token_id, tokenizer.sep_token_id):
        if found is not None:
            return int(found)
    raise ModelError(
        "The model's tokenizer has no end-of-text token, so that no text that it writes could end.",
        "Set eos_token in its tokenizer_config.json to one of its words, such as </s>.",
    )


def around_targets(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Special tokens that the tokenizer puts before and behind a target.

    The end of the text is among those behind it, whether the tokenizer writes it or not.
    """
    empty = tokenizer(text_target="", verbose=False)["input_ids"]
    end = end_of_text(tokenizer)
    ends = {end, tokenizer.eos_token_id, tokenizer.sep_token_id}
    behind = next((place for place, token in enumerate(empty) if token in ends), len(empty))
    before, after = empty[:behind], empty[behind:]
    return before, after or [end]


class Seq2SeqCollator:
    """Pads inputs and targets each to its own longest, by the library's collator.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    model : transformers.PreTrainedModel
        An encoder-decoder; it says what its decoder reads.
    """

    def __init__(self, tokenizer: Any, model: Any):
        self.model = model
        self.before, self.after = around_targets(tokenizer)
        collator = libraries.transformers("DataCollatorForSeq2Seq")
        self.pad = collator(tokenizer, model, label_pad_token_id=IGNORED)

    def __call__(self, rows: list[dict]) -> dict:
        """``input_ids``, ``attention_mask``, ``decoder_input_ids`` and ``labels``, int64."""
        from .word_head import places_of

        rows = [dict(row) for row in rows]
        for row in rows:
            if "targets" in row:
                row["labels"] = [*self.before, *row.pop("targets"), *self.after]
        real = sum(len(row["input_ids"]) + len(row.get("labels", ())) for row in rows)
        batch = {name: value for name, value in self.pad(rows).items() if value is not None}
        labels = batch.get("labels")
        if labels is not None:
            batch["_places"] = places_of(labels)
            if "decoder_input_ids" not in batch:
                batch["decoder_input_ids"] = self._shifted(labels)
        padded = batch["input_ids"].numel() + (0 if labels is None else labels.numel())
        return batch | {"_tokens": real, "_padded_tokens": padded}

    def _shifted(self, labels: torch.Tensor) -> torch.Tensor:
        """What the decoder of a family reads that has no method for it: its start, then labels."""
        config = self.model.config
        start = config.decoder_start_token_id
        moved = labels.roll(1, dims=1)
        moved[:, 0] = config.bos_token_id if start is None else start
        return moved.masked_fill(moved == IGNORED, config.pad_token_id)


class CausalCollator:
    """Lays prompt and target into one row, padded behind; only the target is learnt.

    A row without a target may have labels of its tokens (``token_labels``) instead.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    """

    def __init__(self, tokenizer: Any):
        self.tokenizer, self.end = tokenizer, end_of_text(tokenizer)
        first = tokenizer.bos_token_id
        self.first = self.end if first is None else int(first)

    def __call__(self, rows: list[dict]) -> dict:
        """``input_ids``, ``attention_mask`` and ``labels``, int64, shape (batch, longest)."""
        import torch

        from .word_head import places_of

        # something has to stand before what is written
        prompts = [row["input_ids"] or [self.first] for row in rows]
        whole, labels = [], []
        for row, prompt in zip(rows, prompts, strict=True):
            target = [*row["targets"], self.end] if "targets" in row else []
            whole.append([*prompt, *target])
            own = row.get("token_labels")
            learnt = [IGNORED] * len(prompt) if own is None else own or [IGNORED]
            labels.append([*learnt[1:], *target, IGNORED])
        width, fill = max(map(len, whole)), self.tokenizer.pad_token_id
        batch: dict[str, Any] = {
            "input_ids": torch.tensor([ids + [fill] * (width - len(ids)) for ids in whole]),
            "attention_mask": torch.tensor(
                [[1] * len(ids) + [0] * (width - len(ids)) for ids in whole]
            ),
        }
        if "position_ids" in rows[0]:  # they say where texts of a row begin; a mask would hide it
            del batch["attention_mask"]
            places = [
                [*row["position_ids"], *range(width - len(row["position_ids"]))] for row in rows
            ]
            batch["position_ids"] = torch.tensor(places)
        if any("targets" in row or "token_labels" in row for row in rows):
            rest = ([IGNORED] * (width - len(row)) for row in labels)
            batch["labels"] = torch.tensor([a + b for a, b in zip(labels, rest, strict=True)])
            batch["_places"] = places_of(batch["labels"])
        batch["_tokens"] = sum(map(len, whole))
        batch["_padded_tokens"] = batch["input_ids"].numel()
        return batch
