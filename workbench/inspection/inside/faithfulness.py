"""How far attention, or an attribution, names the tokens that a prediction rests on.

Tokens are ranked by each method, then taken away: the best first (comprehensiveness: how much
probability the predicted class loses) or all but the best (sufficiency: how much is lost when they
alone are left). After DeYoung et al., "ERASER: A Benchmark to Evaluate Rationalized NLP Models"
(2020), averaged over several shares of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import DataError, ModelError
from workbench.intervals import drawn_rows, percentile_interval

from . import attribution as by_gradient
from .attention import Attention, attention
from .flows import rollout
from .loaded_model import LoadedModel, encode, opened

if TYPE_CHECKING:
    import pandas as pd

RANKINGS = ("attention", "rollout", *by_gradient.METHODS, "random")


def faithfulness(
    source: Any,
    texts: Sequence[str],
    *,
    methods: Sequence[str] = RANKINGS,
    shares: Sequence[float] = (0.1, 0.2, 0.5),
    resamples: int = 2000,
    seed: int = 0,
    steps: int = 32,
    max_tokens: int = 512,
) -> pd.DataFrame:
    """Comprehensiveness and sufficiency of several rankings on the same texts.

    Parameters
    ----------
    source : Run, str or pathlib.Path
        A text classifier.
    methods : sequence of str
        Some of ``RANKINGS``: ``attention``, ``rollout``, ``integrated_gradients``,
        ``gradient_x_input``, ``occlusion``, ``random``. ``attention`` is the last layer's, averaged
        over heads, from where the classifier reads ([CLS], or the last token of a decoder);
        ``random`` is what no method should fall below.
    shares : sequence of float
        Shares of the ordinary tokens that count as the best, each at least one token.
    resamples : int
        Of the bootstrap over texts; the same ones for every method.

    Returns
    -------
    pandas.DataFrame
        One row a method: ``method``, ``comprehensiveness`` (high is faithful), ``sufficiency``
        (low is faithful), each a mean change of probability with its 95 % interval ``_low``,
        ``_high``. ``attrs["examples"]``: the same by text, a DataFrame of ``text``, ``method``,
        ``comprehensiveness`` and ``sufficiency``.

    Raises
    ------
    DataError
        No texts, one without a removable token, an unknown method or share.
    ModelError
        The model is no classifier.
    """
    import pandas as pd

    _check(texts, methods, shares)
    loaded = opened(source)
    if not loaded.classifier or loaded.model.config.num_labels < 2:
        raise ModelError(
            f"{type(loaded.model).__name__} is no classifier, so no probability can fall.",
            "Fine-tune it on a text classification first.",
        )
    rng = np.random.default_rng(seed)
    rows = []
    for number, text in enumerate(texts):
        try:
            encoded = encode(loaded, text, None, max_tokens)
            seen = attention(source, text, max_tokens=max_tokens, compare=number == 0)
        except DataError as error:
            raise DataError(f"Text {number}: {error.message}", error.remedy) from error
        ordinary = np.flatnonzero(~seen.special)
        if len(ordinary) < 2:
            raise DataError(
                f"Text {number} has {len(ordinary)} tokens that could be taken away.",
                "Pass texts of two words or more.",
            )
        for method in methods:
            scores = _ranking(source, seen, method, rng, steps, max_tokens)[ordinary]
            best = ordinary[np.argsort(-scores, kind="stable")]
            rows.append((text, method, *_erased(loaded, encoded, seen, best, shares)))
    examples = pd.DataFrame(rows, columns=["text", "method", "comprehensiveness", "sufficiency"])
    table = _intervals(examples, list(methods), len(texts), resamples, rng)
    table.attrs["examples"] = examples
    return table


def _check(texts: Any, methods: Sequence[str], shares: Sequence[float]) -> None:
    if isinstance(texts, str) or not len(texts):
        raise DataError("There are no texts.", "Pass a list of them.")
    unknown = [name for name in methods if name not in RANKINGS]
    if unknown or not len(methods):
        raise DataError(
            f"There is no method {', '.join(map(repr, unknown))}."
            if unknown
            else "No method is named.",
            "Choose " + ", ".join(RANKINGS) + ".",
        )
    if not len(shares) or not all(0 < share < 1 for share in shares):
        raise DataError(
            f"The shares {tuple(shares)} are not all between 0 and 1.", "Pass (0.1, 0.2, 0.5)."
        )


def _ranking(
    source: Any, seen: Attention, method: str, rng: np.random.Generator, steps: int, longest: int
) -> np.ndarray:
    """A score for each token, float [n_tokens]; high is important."""
    if method == "random":
        return rng.random(len(seen))
    if method in by_gradient.METHODS:
        return by_gradient.attribute(
            source, seen.text, method=method, steps=steps, max_tokens=longest
        ).scores
    causal = len(seen) > 1 and float(seen.weights[:, :, 0, 1:].max()) == 0
    reads = -1 if causal else 0
    if method == "rollout":
        return rollout(seen)[-1, reads]
    return seen.weights[-1, :, reads].mean(axis=0)


def _erased(
    loaded: LoadedModel, encoded: Any, seen: Attention, best: np.ndarray, shares: Sequence[float]
) -> tuple[float, float]:
    """Comprehensiveness and sufficiency of one order of the ordinary tokens, best first."""
    n = len(seen)
    kept = [np.ones(n, bool)]
    for share in shares:
        top = best[: max(1, round(share * len(best)))]
        without, alone = np.ones(n, bool), seen.special.copy()
        without[top], alone[top] = False, True
        kept += [without, alone]
    probabilities = _probabilities(loaded, encoded, kept)
    falls = probabilities[0] - probabilities[1:]
    return float(falls[0::2].mean()), float(falls[1::2].mean())


def _probabilities(loaded: LoadedModel, encoded: Any, kept: list[np.ndarray]) -> np.ndarray:
    """Probability of the whole text's class for each choice of tokens; the first is the whole."""
    import torch

    names = [name for name in encoded if name in ("input_ids", "token_type_ids")]
    rows = [{name: encoded[name][0, torch.from_numpy(mask)].tolist() for name in names}
            for mask in kept]  # fmt: skip
    with loaded.lock, torch.inference_mode():
        logits = torch.cat(
            [
                loaded.model(**{name: torch.tensor([ids]) for name, ids in row.items()}).logits
                for row in rows
            ]
        ).float()
    multi = loaded.model.config.problem_type == "multi_label_classification"
    probabilities = torch.sigmoid(logits) if multi else torch.softmax(logits, -1)
    return probabilities[:, int(probabilities[0].argmax())].numpy()


def _intervals(
    examples: pd.DataFrame, methods: list[str], n: int, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    import pandas as pd

    draws = np.concatenate(list(drawn_rows(n, resamples, rng)))
    rows = []
    for method in methods:
        row: dict[str, Any] = {"method": method}
        for measure in ("comprehensiveness", "sufficiency"):
            values = examples.loc[examples["method"] == method, measure].to_numpy()
            low, high = percentile_interval(values[draws].mean(axis=1))
            row |= {measure: values.mean(), f"{measure}_low": low, f"{measure}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)
