"""Which tokens a prediction rests on: integrated gradients, gradient x input, occlusion.

Unlike attention, which shows where a layer reads, these ask what happens to the output when the
input changes. The arithmetic is Captum's; the words, targets and baseline are chosen here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.data.rendering.spelled import alone
from workbench.errors import DataError, ModelError

from .loaded_model import LoadedModel, check_text, encode, opened, readable_tokens, source_name

if TYPE_CHECKING:
    import pandas as pd
    import torch

METHODS = ("integrated_gradients", "gradient_x_input", "occlusion")
_AT_ONCE = 16  # copies of the text in one forward pass


@dataclass(frozen=True)
class Attribution:
    """Scores of the tokens for one output: what :func:`attribute` returns.

    Attributes
    ----------
    scores : ndarray of float32, shape [n_tokens]
        In units of the output (a logit): above zero speaks for the target.
    tokens : list of str
    special : ndarray of bool, shape [n_tokens]
    method, target, source : str
    output, baseline_output : float
        The target's logit for the text, and with every ordinary token replaced by ``baseline``.
    baseline : str
        The token that stands for "nothing"; special tokens stay as they are.
    completeness_error : float or None
        Sum of the scores less ``output - baseline_output``, which integrated gradients promise to
        be zero (Sundararajan et al., 2017); None for the other methods, which promise nothing.
    """

    scores: np.ndarray
    tokens: list[str]
    special: np.ndarray
    method: str
    target: str
    source: str
    output: float
    baseline_output: float
    baseline: str
    completeness_error: float | None = None

    def frame(self) -> pd.DataFrame:
        """``position``, ``token``, ``score``; strongest first, whichever their sign."""
        import pandas as pd

        order = np.argsort(-np.abs(self.scores), kind="stable")
        return pd.DataFrame(
            {
                "position": order,
                "token": [self.tokens[i] for i in order],
                "score": self.scores[order],
            }
        )


def attribute(
    source: Any,
    text: str,
    pair: str | None = None,
    *,
    method: str = "integrated_gradients",
    target: Any = None,
    steps: int = 64,
    max_tokens: int = 512,
) -> Attribution:
    """Score each token of a text for one output of the model.

    Parameters
    ----------
    source : Run, str or pathlib.Path
        As :func:`workbench.inspection.inside.attention.attention` takes it.
    method : {"integrated_gradients", "gradient_x_input", "occlusion"}
    target : optional
        What to explain; the model's own choice where left out. Of a text classifier: a class name
        (nothing for a regression). Of a token classifier: ``(position, class name)``. Of a question
        answerer: ``(first, last)`` positions of the span, whose two logits are added. Of a causal
        language model: the token (its piece, or its number) that follows the text. Of a model that
        writes from what an encoder read: ``(what is written, next token)``.
    steps : int
        Points on the way from the baseline (integrated gradients).

    Raises
    ------
    DataError
        A text that cannot be read, an unknown method or target.
    ModelError
        A model without a head, or one that does not take embeddings.
    """
    if method not in METHODS:
        raise DataError(f"There is no method {method!r}.", "Choose " + ", ".join(METHODS) + ".")
    check_text(text, "The text")
    if pair is not None:
        check_text(pair, "The second text")
    loaded = opened(source)
    if not loaded.head:
        raise ModelError(
            f"{type(loaded.model).__name__} predicts nothing that could be attributed to tokens.",
            "Fine-tune it first, or choose a model with a head.",
        )
    encoded = encode(loaded, text, pair, max_tokens)
    special = encoded.pop("special_tokens_mask")[0].numpy().astype(bool)
    tokens = readable_tokens(loaded.tokenizer, encoded, text, pair)
    with loaded.lock:
        chosen, pick = _target(loaded, encoded, target, len(tokens))
        embedded, empty, baseline = _embeddings(loaded, encoded, special)
        forward = _forward(loaded, encoded, pick)
        try:
            scores, error = scored(method, forward, embedded, empty, steps)
        except (TypeError, ValueError) as problem:
            raise ModelError(
                f"{type(loaded.model).__name__} does not read embeddings ({problem}).",
                "Choose an encoder or a causal decoder, such as BERT or GPT-2.",
            ) from problem
        import torch

        with torch.no_grad():
            ends = [float(forward(point)[0]) for point in (embedded, empty)]
    return Attribution(
        scores, tokens, special, method, chosen, source_name(source), *ends, baseline, error
    )


def scored(
    method: str, forward: Callable, embedded: torch.Tensor, empty: torch.Tensor, steps: int
) -> tuple[np.ndarray, float | None]:
    """Scores of the tokens of one text for one output, and the completeness error.

    Parameters
    ----------
    method : str
        One of :data:`METHODS`.
    forward : callable
        From embeddings [copies, n_tokens, dim] to the output of each copy, [copies].
    embedded, empty : torch.Tensor of float32, shape [1, n_tokens, dim]
        The text, and what stands for nothing.
    """
    from captum.attr import InputXGradient, IntegratedGradients, Occlusion

    error = None
    if method == "integrated_gradients":
        values, delta = IntegratedGradients(forward).attribute(
            embedded, empty, n_steps=steps, internal_batch_size=_AT_ONCE,
            return_convergence_delta=True,
        )  # fmt: skip
        values, error = values.sum(-1), float(delta[0])
    elif method == "gradient_x_input":
        values = InputXGradient(forward).attribute(embedded.clone().requires_grad_()).sum(-1)
    else:
        values = Occlusion(forward).attribute(
            embedded, sliding_window_shapes=(1, embedded.shape[-1]), baselines=empty,
            perturbations_per_eval=_AT_ONCE,
        )[..., 0]  # fmt: skip
    return values[0].detach().float().numpy(), error


def _embeddings(
    loaded: LoadedModel, encoded: Any, special: np.ndarray
) -> tuple[torch.Tensor, torch.Tensor, str]:
    """Embeddings of the text and of its empty version, float32 [1, n, dim], and the empty token."""
    import torch

    tokenizer = loaded.tokenizer
    names = ("mask_token", "pad_token", "unk_token", "eos_token")
    token = next((t for t in (getattr(tokenizer, name, None) for name in names) if t), None)
    ids = encoded["input_ids"]
    words = loaded.model.get_input_embeddings()
    with torch.no_grad():
        embedded = words(ids)
        if token is None:
            empty, token = torch.zeros_like(embedded), "zeros"
        else:
            number = tokenizer.convert_tokens_to_ids(token)
            empty = words(torch.full_like(ids, number))
    kept = torch.from_numpy(special)[None, :, None]
    return embedded, torch.where(kept, embedded, empty), str(token)


def _forward(loaded: LoadedModel, encoded: Any, pick: Callable) -> Callable:
    rest = {name: value for name, value in encoded.items() if name != "input_ids"}
    options = {"use_cache": False} if "decoder_input_ids" in rest else {}

    def forward(embedded: torch.Tensor) -> torch.Tensor:
        """One number for each copy of the text."""
        copies = {name: value.expand(len(embedded), -1) for name, value in rest.items()}
        return pick(loaded.model(inputs_embeds=embedded, **copies, **options))

    return forward


def _target(loaded: LoadedModel, encoded: Any, target: Any, n: int) -> tuple[str, Callable]:
    """The target in words, and what takes its logit [copies] from the model's output."""
    import torch

    if loaded.head == "text":
        return _written(loaded, encoded, target)
    with torch.no_grad():
        output = loaded.model(**encoded)
    if loaded.head == "span":
        first, last = _span(output, target, n)
        return (
            f"span {first} to {last}",
            lambda out: out.start_logits[:, first] + out.end_logits[:, last],
        )
    if loaded.head == "tokens":
        position, name = target if isinstance(target, tuple) and len(target) == 2 else (None, None)
        if not isinstance(position, int) or not 0 <= position < n:
            raise DataError(
                f"The target {target!r} names no token.",
                f"Pass (position, class), with a position of 0 to {n - 1}.",
            )
        number = _class(loaded, name, output.logits[0, position])
        where = f"{loaded.model.config.id2label[number]} at {position}"
        return where, lambda out: out.logits[:, position, number]
    if loaded.head == "next":
        number = _piece(loaded, target, output.logits[0, -1])
        word = alone(loaded.tokenizer, number)
        return f"next token {word}", lambda out: out.logits[:, -1, number]
    number = _class(loaded, target, output.logits[0])
    names = loaded.model.config.id2label
    return str(names.get(number, number)), lambda out: out.logits[:, number]


def _written(loaded: LoadedModel, encoded: Any, target: Any) -> tuple[str, Callable]:
    """The token that the decoder writes after what it has written, which joins ``encoded``."""
    import torch

    from .sequence_attention import decoder_ids

    if target is not None and not (isinstance(target, tuple) and len(target) == 2):
        raise DataError(
            f"The target {target!r} is no written token.",
            "Pass (what is written so far, next token); an empty string for the first token.",
        )
    before, token = target or ("", None)
    encoded["decoder_input_ids"] = torch.tensor([decoder_ids(loaded, before)])
    encoded.pop("token_type_ids", None)
    with torch.no_grad():
        logits = loaded.model(**encoded).logits[0, -1]
    number = _piece(loaded, token, logits)
    word = alone(loaded.tokenizer, number)
    words = f"{word} after {before}" if before else f"{word} as the first token"
    return words, lambda out: out.logits[:, -1, number]


def _class(loaded: LoadedModel, name: Any, logits: torch.Tensor) -> int:
    if name is None:
        return int(logits.argmax())
    names = [str(loaded.model.config.id2label[i]) for i in range(len(logits))]
    if str(name) not in names:
        raise DataError(
            f"The model has no class {str(name)!r}.", f"It has {', '.join(names[:10])}."
        )
    return names.index(str(name))


def _piece(loaded: LoadedModel, target: Any, logits: torch.Tensor) -> int:
    if target is None:
        return int(logits.argmax())
    number = loaded.tokenizer.get_vocab().get(target) if isinstance(target, str) else target
    if not isinstance(number, int) or not 0 <= number < len(logits):
        raise DataError(
            f"The tokenizer has no token {target!r}.",
            "Pass one piece as the tokenizer writes it, or its number.",
        )
    return number


def _span(output: Any, target: Any, n: int) -> tuple[int, int]:
    if target is None:
        return int(output.start_logits[0].argmax()), int(output.end_logits[0].argmax())
    if (
        not isinstance(target, tuple)
        or len(target) != 2
        or not all(isinstance(end, int) and 0 <= end < n for end in target)
    ):
        raise DataError(
            f"The target {target!r} is no span.",
            f"Pass (first, last) with positions of 0 to {n - 1}.",
        )
    return target
