"""Batches of tokenised rows: padded to the longest of them, or laid end to end."""

from __future__ import annotations

from .encoding import IGNORED


class Collator:
    """Pads rows to the longest of the batch.

    Beside the model's inputs a batch holds ``_tokens`` and ``_padded_tokens`` (int): the real and
    the padded number of tokens, known here without asking the device.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    side : {'right', 'left'}
        Where the padding goes, whatever side the tokenizer was saved with. Labels and outputs of
        tokens stand where the tokens do only with padding behind them.
    """

    def __init__(self, tokenizer, side: str = "right"):
        self.tokenizer, self.side = tokenizer, side

    def __call__(self, rows: list[dict]) -> dict:
        import torch

        rows = [dict(row) for row in rows]
        labels = [row.pop("labels") for row in rows] if "labels" in rows[0] else None
        of_tokens = [row.pop("token_labels", []) for row in rows]
        real = sum(len(row["input_ids"]) for row in rows)
        padded = self.tokenizer.pad(
            rows, padding=True, padding_side=self.side, return_tensors="pt", verbose=False
        )
        batch = dict(padded)
        batch["_tokens"] = real
        batch["_padded_tokens"] = batch["input_ids"].numel()
        if of_tokens[0]:
            width = batch["input_ids"].shape[1]
            fill = [[IGNORED] * (width - len(row)) for row in of_tokens]
            ends = zip(of_tokens, fill, strict=True)
            labels = [row + more if self.side == "right" else more + row for row, more in ends]
        if labels is not None:
            batch["labels"] = torch.tensor(labels)  # (batch, ...) of int64 or float32
        return batch


class PackedCollator:
    """Lays the rows of a batch end to end, the longest first, without padding.

    Beside what :class:`Collator` gives, ``_lengths`` (list of int) says where rows end; what the
    model takes for each token has shape (n_tokens,).

    Parameters
    ----------
    lookup : torch.Tensor of int64, shape (n_vocabulary,), optional
        Row of the model's word embedding for each token id, where the model holds a part of it.
    """

    def __init__(self, lookup=None):
        self.lookup = lookup

    def __call__(self, rows: list[dict]) -> dict:
        import torch

        rows = sorted(rows, key=lambda row: -len(row["input_ids"]))
        lengths = [len(row["input_ids"]) for row in rows]
        batch = {
            name: torch.tensor([value for row in rows for value in row[name]], dtype=torch.long)
            for name in rows[0]
            if name not in ("labels", "token_labels")
        }
        if self.lookup is not None:
            batch["input_ids"] = self.lookup[batch["input_ids"]]
        batch |= {"_lengths": lengths, "_tokens": sum(lengths), "_padded_tokens": sum(lengths)}
        if "labels" in rows[0]:
            batch["labels"] = torch.tensor([row["labels"] for row in rows])
        elif "token_labels" in rows[0]:
            labels = [label for row in rows for label in row["token_labels"]]
            batch["labels"] = torch.tensor(labels)  # (n_tokens,)
        return batch
