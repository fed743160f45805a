"""A text that a model writes, token by token: how probable each is, what else it could have been.

It is asked of the model as the run asks it: with its prompt, its template, its cuts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import tasks
from workbench.data.rendering.spelled import alone, pieces
from workbench.errors import DataError
from workbench.i18n import t
from workbench.run_folder.as_learnt import as_learnt
from workbench.task_words import called
from workbench.tasks.shared.encoding import IGNORED

from .loaded_model import LoadedModel, check_text, folder_of, load

if TYPE_CHECKING:
    import pandas as pd

RIVALS = 5  # other tokens that are named beside each


@dataclass(frozen=True)
class WrittenTokens:
    """What a model thinks of each token of a text: what :func:`written_tokens` returns.

    Attributes
    ----------
    tokens : list of str, n_tokens
        As the text has them: put one behind the other they are the text, its end aside.
    probabilities : ndarray of float64, shape (n_tokens,)
        Of each token, given all before it.
    ranks : ndarray of int64, shape (n_tokens,)
        1 where it is the likeliest.
    rivals : list of list of (str, float), n_tokens
        The likeliest tokens with their probabilities, the likeliest first; the token itself may be
        among them.
    before : list of str
        Tokens of what stands before a passage: they are read, and not measured.
    notes : list of str
        What was cut, a sentence each: the tokens are then not all of the text.
    """

    tokens: list[str]
    probabilities: np.ndarray
    ranks: np.ndarray
    rivals: list[list[tuple[str, float]]]
    before: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def costs(self) -> np.ndarray:
        """Negative log-probability of each token in bits, float64, shape (n_tokens,)."""
        return -np.log2(np.maximum(self.probabilities, 1e-300))

    def frame(self) -> pd.DataFrame:
        """``position``, ``token``, ``probability``, ``bits``, ``rank``, ``likeliest``."""
        import pandas as pd

        return pd.DataFrame({
            "position": np.arange(len(self.tokens)), "token": self.tokens,
            "probability": self.probabilities, "bits": self.costs, "rank": self.ranks,
            "likeliest": [one[0][0] for one in self.rivals],
        })  # fmt: skip


def written_tokens(
    run: Any, text: str, written: str | None = None, *, goes_on: bool = False, before: str = "",
    rivals: int = RIVALS,
) -> WrittenTokens:  # fmt: skip
    """How probable a model finds each token of a text.

    Parameters
    ----------
    run : Run
        Of a task that writes.
    text : str
        What is read; of a task that learns texts themselves the text; of conversations a question,
        or the column ``conversation`` of the predictions, which has all turns before the reply.
    written : str, optional
        What is written for it: the output, the reference, or anything else. Left out where texts
        themselves are learnt.
    goes_on : bool
        Whether the text is a passage behind which its document goes on (``goes_on`` of the
        predictions): its end is no token of it then.
    before : str
        What stands before such a passage (``before`` of the predictions): read, not measured.
    rivals : int
        How many of the likeliest tokens are named at each place.

    Raises
    ------
    DataError
        If there is no token to be looked at, or ``written`` is missing.
    ModelError
        If the run has no model yet.
    """
    import torch

    loaded, batches, notes = batches_of(run, text, written, goes_on=goes_on, before=before)
    read: list[int] = []
    ids: list[int] = []
    shares, ranks, best = [], [], []
    for batch in batches:  # a long text that is learnt lies in several rows
        labels = batch.pop("labels")[0]
        places = (labels != IGNORED).nonzero()[:, 0]
        if before and not ids and len(places):  # a label stands a place before its token
            read = batch["input_ids"][0, : int(places[0]) + 1].tolist()
        with loaded.lock, torch.inference_mode():
            logits = loaded.model(**batch, use_cache=False).logits[0, places].float()
        logs = logits.log_softmax(-1)
        own = logs.gather(-1, labels[places][:, None])
        few = logs.topk(min(max(rivals, 1), logs.shape[-1]), dim=-1)
        ids += labels[places].tolist()
        shares.append(own[:, 0].double().exp().numpy())
        ranks.append(((logs > own).sum(-1) + 1).numpy())
        best += zip(few.indices.tolist(), few.values.exp().tolist(), strict=True)
    if not ids:
        raise DataError(t("written.nothing"), t("written.nothing_back"))
    return WrittenTokens(
        pieces(loaded.tokenizer, ids), np.concatenate(shares), np.concatenate(ranks),
        [[(alone(loaded.tokenizer, one), value) for one, value in zip(few, values, strict=True)]
         for few, values in best],
        pieces(loaded.tokenizer, read), notes,
    )  # fmt: skip


def batches_of(
    run: Any, text: str, written: str | None, *, goes_on: bool = False, before: str = ""
) -> tuple[LoadedModel, list[dict[str, Any]], list[str]]:
    """The model, rows of one text as the run makes them, each in a batch with its labels, and what
    was cut of it.

    A long text that is learnt lies in several rows, any other in one.
    """
    check_text(text, "The text")
    loaded = load(folder_of(run))
    task = tasks.get(run.recipe.task)
    if task.spec.output != "text":
        raise DataError(t("written.no_texts", task=called(task.name)), t("predictions.of_its_task"))
    task = task.configured(as_learnt(run.path, run.recipe), loaded.model.config)
    frame = task.looked_at(text, written)
    if goes_on:
        frame["goes_on"] = True
    if before:
        frame["before"] = before
    encoded = task.encode(loaded.tokenizer, frame, run.recipe.max_length)
    encoded = task.looked_at_labels(encoded)
    collate = task.collator(loaded.tokenizer, loaded.model)
    made = [collate([encoded[row]]) for row in range(len(encoded))]
    plain = [{name: value for name, value in one.items() if name[0] != "_"} for one in made]
    return loaded, plain, encoded.notes


def token_costs(run: Any, split: str = "test", *, n: int = 50) -> pd.DataFrame:
    """Which tokens cost a model most, over the texts that cost most a token.

    Parameters
    ----------
    run : Run
        Of a task that writes; of a text for a text the references are looked at.
    n : int
        How many texts.

    Returns
    -------
    pandas.DataFrame, a row a token, the costliest in all first
        ``token``, ``times``, ``bits`` (each time, on average), ``total`` and ``share`` of all bits.
    """
    import pandas as pd

    table = run.predictions(split)
    if "loss" in table:
        table = table.sort_values("loss", ascending=False, kind="stable")
    frames = []
    for row in table.head(n).to_dict("records"):
        read = str(row.get("conversation", row["text"]))
        if read.strip():
            more = bool(row.get("goes_on", False))
            found = written_tokens(run, read, row.get("label"), goes_on=more, rivals=1,
                                   before=row.get("before", ""))  # fmt: skip
            frames.append(pd.DataFrame({"token": found.tokens, "bits": found.costs}))
    if not frames:
        raise DataError(t("written.nothing"), t("written.nothing_back"))
    whole = pd.concat(frames)
    groups = whole.groupby("token", sort=False)["bits"]
    costs = groups.agg(times="size", bits="mean", total="sum").reset_index()
    costs["share"] = costs["total"] / costs["total"].sum()
    return costs.sort_values("total", ascending=False, kind="stable", ignore_index=True)
