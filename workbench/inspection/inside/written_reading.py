"""Where a model that writes looked for a token, and on which tokens it rests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.data.rendering.spelled import pieces, readable
from workbench.errors import DataError, ModelError, nearest
from workbench.i18n import t
from workbench.tasks.shared.encoding import IGNORED

from .attention import forward, stacked
from .attribution import METHODS, scored
from .loaded_model import LoadedModel
from .written_tokens import batches_of


@dataclass(frozen=True)
class ReadTokens:
    """What written tokens rest on, as :func:`written_attention` and ``written_attribution`` say it.

    Attributes
    ----------
    tokens : list of str, n_written
        What is written, its end included.
    read : list of str, n_read
        What the model reads for it: of an encoder's text all of it; a decoder reads the prompt and
        what it has written before.
    weights : ndarray of float32, shape (n_layers, n_heads, n_written, n_read)
        Attention, or scores of one token, shape (n_read,).
    completeness_error : float or None
        Of integrated gradients: the sum of the scores less what they promise to sum to.
    output, baseline_output : float
        The token's logit for what is read, and with nothing in its place; NaN of attention.
    notes : list of str
        What was cut, a sentence each.
    """

    tokens: list[str]
    read: list[str]
    weights: np.ndarray
    completeness_error: float | None = None
    output: float = float("nan")
    baseline_output: float = float("nan")
    notes: list[str] = field(default_factory=list)

    def of_token(self, position: int) -> np.ndarray:
        """What a token rests on, float32, shape (n_read,): attention as the mean over all heads."""
        return self.weights if self.weights.ndim == 1 else self.weights[:, :, position].mean((0, 1))


def written_attention(run: Any, text: str, written: str | None) -> ReadTokens:
    """Where a model looks while it writes each token of a text.

    Of an encoder-decoder the cross-attention to the text; of a decoder the attention to the prompt
    and to what was written before. Row ``i`` is of the place at which token ``i`` is written.
    Of a long text that is learnt, which lies in several rows, it is the first one.
    """
    loaded, (batch, *others), notes = batches_of(run, text, written)
    labels = batch.pop("labels")[0]
    places = (labels != IGNORED).nonzero()[:, 0].tolist()
    with loaded.lock:
        output, _ = forward(loaded.model, {**batch, "use_cache": False}, compare=False)
    crosses = bool(loaded.model.config.is_encoder_decoder)
    layers = output.cross_attentions if crosses else output.attentions
    weights = stacked(layers, None, loaded.model, str(getattr(run, "name", run)))
    ids = batch["input_ids"][0].tolist()
    wanted = pieces(loaded.tokenizer, labels[places].tolist())
    return ReadTokens(wanted, readable(loaded.tokenizer, ids), weights[:, :, places],
                      notes=[*notes, *_first_of(len(places), others)])  # fmt: skip


def written_attribution(
    run: Any, text: str, written: str | None, position: int, *,
    method: str = "integrated_gradients", steps: int = 64,
) -> ReadTokens:  # fmt: skip
    """On which tokens that are read a written token rests.

    Parameters
    ----------
    position : int
        Number of the token among those of :func:`written_tokens`, from 0.
    method : {'integrated_gradients', 'gradient_x_input', 'occlusion'}
    steps : int
        Points on the way from the baseline, of integrated gradients.

    Returns
    -------
    ReadTokens
        ``weights`` are in units of the token's logit: above zero speaks for it. Of an
        encoder-decoder they are of the text, what was written before staying as it is; of a decoder
        of all that stands before the token.

    Raises
    ------
    DataError
        Of an unknown method or position.
    ModelError
        If the model does not take embeddings.
    """
    import torch

    if method not in METHODS:
        raise DataError(t("written.method", method=repr(method)), nearest(method, METHODS))
    loaded, batches, notes = batches_of(run, text, written)
    counts = [int((one["labels"][0] != IGNORED).sum()) for one in batches]
    if not 0 <= position < sum(counts):
        raise DataError(t("written.position", position=position),
                        t("written.positions", last=sum(counts) - 1))  # fmt: skip
    row = 0  # a long text that is learnt lies in several rows
    while position >= counts[row]:
        position, row = position - counts[row], row + 1
    batch = batches[row]
    labels = batch.pop("labels")[0]
    places = (labels != IGNORED).nonzero()[:, 0].tolist()
    place, number = places[position], int(labels[places[position]])
    model, crosses = loaded.model, bool(loaded.model.config.is_encoder_decoder)
    if not crosses:  # what comes after the place is not read there
        batch = {name: value[:, : place + 1] for name, value in batch.items()}
    ids = batch.pop("input_ids")
    words = model.get_input_embeddings()
    special = set(loaded.tokenizer.all_special_ids)
    kept = torch.tensor([[one in special for one in ids[0].tolist()]])[..., None]
    with loaded.lock:
        with torch.no_grad():
            embedded = words(ids)
            empty = torch.where(kept, embedded, words(torch.full_like(ids, _nothing(loaded))))

        def logit(copies: torch.Tensor) -> torch.Tensor:
            about = {name: value.expand(len(copies), -1) for name, value in batch.items()}
            return model(inputs_embeds=copies, **about, use_cache=False).logits[:, place, number]

        try:
            scores, error = scored(method, logit, embedded, empty, steps)
        except (TypeError, ValueError) as problem:
            raise ModelError(
                t("written.no_embeddings", model=type(model).__name__, why=problem),
                t("written.no_embeddings_back"),
            ) from problem
        with torch.no_grad():
            ends = [float(logit(point)[0]) for point in (embedded, empty)]
    wanted = pieces(loaded.tokenizer, [int(labels[one]) for one in places])
    return ReadTokens(
        wanted, readable(loaded.tokenizer, ids[0].tolist()), scores, error, *ends, notes
    )


def _first_of(n: int, others: list[dict[str, Any]]) -> list[str]:
    """The sentence on tokens of further rows, which are not looked at."""
    if not others:
        return []
    left = sum(int((one["labels"] != IGNORED).sum()) for one in others)
    return [t("written.first_row", n=n, of=n + left)]


def _nothing(loaded: LoadedModel) -> int:
    """The token that stands for nothing."""
    tokenizer = loaded.tokenizer
    for name in ("mask_token_id", "pad_token_id", "unk_token_id", "eos_token_id"):
        if (found := getattr(tokenizer, name, None)) is not None:
            return int(found)
    return 0
