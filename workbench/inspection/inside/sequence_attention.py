"""Attention of a model that reads with an encoder and writes with a decoder, all three kinds."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.data.rendering.spelled import readable
from workbench.errors import DataError, ModelError

from .attention import Attention, forward, stacked, warned
from .loaded_model import LoadedModel, check_text, encode, opened, readable_tokens, source_name

PARTS = ("encoder", "decoder", "cross")


def sequence_attention(
    source: Any,
    text: str,
    target: str | None = None,
    *,
    max_tokens: int = 512,
    max_new_tokens: int = 48,
    compare: bool = True,
) -> dict[str, Attention]:
    """Encoder, decoder (causal) and cross-attention of one text and what is written from it.

    Parameters
    ----------
    source : Run, str or pathlib.Path
        A model such as T5, BART or Marian.
    text : str
    target : str, optional
        What the decoder has written; what the model itself writes (greedily) where left out.
    max_new_tokens : int
        Of what the model writes itself.

    Returns
    -------
    dict of str to Attention
        ``"encoder"``: text by text. ``"decoder"``: what is written by itself, where a row reads
        nothing that comes after it. ``"cross"``: what is written by the text; ``key_tokens`` are
        the text's. Row i of the last two is where the token after i is written.

    Raises
    ------
    DataError
        A text is empty or too long.
    ModelError
        The model has no decoder beside its encoder, or gives no weights.
    """
    import torch

    check_text(text, "The text")
    if target is not None:
        check_text(target, "The target text")
    loaded = opened(source)
    if loaded.head != "text":
        raise ModelError(
            f"{type(loaded.model).__name__} has no encoder beside a decoder.",
            "Ask attention(...) of it; choose T5, BART or Marian for cross-attention.",
        )
    encoded = encode(loaded, text, None, max_tokens)
    special = encoded.pop("special_tokens_mask")[0].numpy().astype(bool)
    tokens = readable_tokens(loaded.tokenizer, encoded, text, None)
    inputs = {name: encoded[name] for name in ("input_ids", "attention_mask") if name in encoded}
    with loaded.lock:
        written = _written(loaded, inputs, target, max_new_tokens)
        if len(written) > max_tokens:
            raise DataError(
                f"The target text is {len(written)} tokens long; at most {max_tokens} are shown.",
                "Shorten it.",
            )
        out_tokens, out_special = _named(loaded.tokenizer, written)
        inputs |= {"decoder_input_ids": torch.tensor([written]), "use_cache": False}
        output, difference = forward(loaded.model, inputs, compare=compare)
    segments = [None if s else 0 for s in special]
    about = dict(source=source_name(source), difference=difference)
    found = {}
    for part in PARTS:
        expected = _n_layers(loaded.model.config, part)
        layers = getattr(output, f"{part}_attentions", None)
        weights = stacked(layers, expected, loaded.model, str(source))
        if part == "encoder":
            found[part] = Attention(weights, tokens, special, segments, text, **about)
            continue
        of = [None if s else 1 for s in out_special]
        read = {"key_tokens": tokens, "key_special": special} if part == "cross" else {}
        found[part] = Attention(
            weights, out_tokens, out_special, of, target or " ".join(out_tokens), part=part,
            **about, **read,
        )  # fmt: skip
    warned(found["encoder"])
    return found


def _written(loaded: LoadedModel, inputs: dict, target: str | None, most: int) -> list[int]:
    """What the decoder reads: its start token, then what it has written, without the end."""
    import torch

    if target is not None:
        return decoder_ids(loaded, target)
    start = decoder_ids(loaded, "")[0]
    with torch.inference_mode():
        ids = loaded.model.generate(
            **inputs, max_new_tokens=most, num_beams=1, do_sample=False,
            decoder_start_token_id=start,
            use_cache=False,  # a cache is sized by the encoder where the two have unlike depths
        )[0].tolist()  # fmt: skip
    ends = loaded.model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    return ids[:-1] if len(ids) > 1 and ids[-1] in ends else ids


def decoder_ids(loaded: LoadedModel, written: str) -> list[int]:
    """The decoder's start token, then the tokens of what is written.

    Raises
    ------
    ModelError
        The model does not name its start token.
    """
    model, tokenizer = loaded.model, loaded.tokenizer
    start = model.generation_config.decoder_start_token_id
    if start is None:
        start = getattr(model.config, "decoder_start_token_id", None)
    if start is None:
        start = tokenizer.bos_token_id if tokenizer.cls_token_id is None else tokenizer.cls_token_id
    if start is None:
        raise ModelError(
            f"{type(model).__name__} does not say with which token its decoder starts.",
            "Set decoder_start_token_id in its config.json.",
        )
    asked = {"add_special_tokens": False, "verbose": False}
    ids = tokenizer(text_target=written, **asked)["input_ids"] if written else []
    return [start, *ids]


def _named(tokenizer: Any, ids: list[int]) -> tuple[list[str], np.ndarray]:
    special = set(tokenizer.all_special_ids)
    first = [number in special or i == 0 for i, number in enumerate(ids)]
    return readable(tokenizer, ids), np.array(first)


def _n_layers(config: Any, part: str) -> int | None:
    """How many layers that part has, by the names that the families use."""
    side = "encoder" if part == "encoder" else "decoder"
    inner = getattr(config, side, None)
    if inner is not None and hasattr(inner, "num_hidden_layers"):
        return inner.num_hidden_layers
    names = (f"{side}_layers", "num_decoder_layers" if side == "decoder" else "num_layers")
    return next((getattr(config, n) for n in names if getattr(config, n, None)), None)
