"""What a classifier loses when one attention head says nothing.

A head is silenced where its output enters the layer's output projection, so that its query, key and
value no longer matter and everything else stays as it is (Michel, Levy and Neubig, "Are Sixteen
Heads Really Better than One?", 2019).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError, ModelError

from .loaded_model import LoadedModel, check_text, opened

if TYPE_CHECKING:
    import pandas as pd

# how the libraries' families name the projection that follows the heads
PROJECTIONS = (
    "attention.output.dense",  # BERT, RoBERTa, ELECTRA
    "attention.out_lin",  # DistilBERT
    "attn.c_proj",  # GPT-2
    "self_attn.o_proj",  # Llama and its relatives
    "attn.Wo",  # ModernBERT
)


def output_projections(model: Any) -> list[Any]:
    """The module after the heads of each layer, first layer first.

    Raises
    ------
    ModelError
        The model's layers are not of a known family, or share one module (ALBERT).
    """
    found = [module for name, module in model.named_modules() if name.endswith(PROJECTIONS)]
    layers = getattr(model.config, "num_hidden_layers", None)
    if not found or len(found) != layers:
        raise ModelError(
            f"The heads of {type(model).__name__} cannot be silenced one by one: {len(found)} "
            f"output projections were found for {layers} layers.",
            "Choose BERT, RoBERTa, ELECTRA, DistilBERT, ModernBERT, GPT-2 or Llama.",
        )
    return found


@contextmanager
def silenced(model: Any, heads: Iterable[tuple[int, int]]) -> Iterator[None]:
    """While inside, the given (layer, head) pairs, counted from zero, put out zeros.

    Raises
    ------
    ModelError
        There is no such head, or the model's family is unknown.
    """
    projections = output_projections(model)
    n_heads = model.config.num_attention_heads
    of_layer: dict[int, list[int]] = {}
    for layer, head in heads:
        if not (0 <= layer < len(projections) and 0 <= head < n_heads):
            raise ModelError(
                f"There is no layer {layer}, head {head}.",
                f"There are {len(projections)} layers of {n_heads} heads, counted from zero.",
            )
        of_layer.setdefault(layer, []).append(head)

    def hook(which: list[int]):
        def zeros(_module, inputs):
            mixed = inputs[0]  # [..., n_heads * head_size]
            parts = mixed.unflatten(-1, (n_heads, -1)).clone()
            parts[..., which, :] = 0
            return (parts.flatten(-2), *inputs[1:])

        return zeros

    handles = [
        projections[layer].register_forward_pre_hook(hook(which))
        for layer, which in of_layer.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def head_ablation(
    source: Any,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    pairs: Sequence[str] | None = None,
    max_tokens: int = 128,
    batch_size: int = 32,
) -> pd.DataFrame:
    """Loss and accuracy without each head, one head at a time.

    Parameters
    ----------
    source : Run, str or pathlib.Path
        A text classifier, as :func:`workbench.inspection.inside.attention.attention` takes it.
    texts, labels : sequence of str
        Examples and their class names; 100 to 200 of them show the large effects.
    pairs : sequence of str, optional
        The second texts of sentence pairs.
    max_tokens : int
        Longer texts are cut, as in training.

    Returns
    -------
    pandas.DataFrame
        One row a head: ``layer``, ``head`` (from zero), ``loss`` (mean cross-entropy in nats),
        ``accuracy``, and ``loss_change``, ``accuracy_change`` from the whole model. Its ``attrs``
        hold ``loss`` and ``accuracy`` of the whole model and ``n_texts``.

    Raises
    ------
    DataError
        No texts, another number of labels, or a label that the model does not know.
    ModelError
        The model is no classifier, or of a family whose heads cannot be silenced.
    """
    import pandas as pd
    import torch

    loaded = opened(source)
    if not loaded.classifier:
        raise ModelError(
            f"{type(loaded.model).__name__} is no text classifier, so no head can cost it a class.",
            "Fine-tune it on a text classification first.",
        )
    classes = _class_numbers(loaded, texts, labels, pairs)
    batches = _batches(loaded, texts, pairs, max_tokens, batch_size)
    model = loaded.model

    def measure() -> tuple[float, float]:
        logits = torch.empty(len(texts), model.config.num_labels)
        for rows, batch in batches:
            logits[rows] = model(**batch).logits.float()
        loss = torch.nn.functional.cross_entropy(logits, classes)
        return float(loss), float((logits.argmax(-1) == classes).float().mean())

    with loaded.lock, torch.inference_mode():
        whole_loss, whole_accuracy = measure()
        rows = []
        for layer in range(len(output_projections(model))):
            for head in range(model.config.num_attention_heads):
                with silenced(model, [(layer, head)]):
                    rows.append((layer, head, *measure()))
    table = pd.DataFrame(rows, columns=["layer", "head", "loss", "accuracy"])
    table["loss_change"] = table["loss"] - whole_loss
    table["accuracy_change"] = table["accuracy"] - whole_accuracy
    table.attrs.update(loss=whole_loss, accuracy=whole_accuracy, n_texts=len(texts))
    return table


def _class_numbers(loaded: LoadedModel, texts, labels, pairs) -> Any:
    import torch

    if not len(texts):
        raise DataError("There are no texts.", "Pass 100 to 200 of them.")
    for what, given in (("labels", labels), ("second texts", pairs)):
        if given is not None and len(given) != len(texts):
            raise DataError(
                f"There are {len(texts)} texts and {len(given)} {what}.", "Pass one for each text."
            )
    for number, text in enumerate(texts):
        check_text(text, f"Text {number}")
    number_of = {str(name): int(i) for i, name in loaded.model.config.id2label.items()}
    unknown = next((label for label in labels if str(label) not in number_of), None)
    if unknown is not None:
        raise DataError(
            f"The model has no class {str(unknown)!r}.",
            "Its classes are " + ", ".join(list(number_of)[:10]) + ".",
        )
    return torch.tensor([number_of[str(label)] for label in labels])


def _batches(loaded: LoadedModel, texts, pairs, max_tokens: int, batch_size: int) -> list[tuple]:
    """Texts of like length together, so that little is padded: (row numbers, encoded) pairs."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]) + len(pairs[i] if pairs else ""))
    out = []
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        second = [pairs[i] for i in rows] if pairs is not None else None
        batch = loaded.tokenizer(
            [texts[i] for i in rows], second, truncation=True, max_length=max_tokens,
            padding=True, return_tensors="pt",
        )  # fmt: skip
        out.append((rows, batch))
    return out
