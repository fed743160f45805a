"""What the library's report says of a folder's weights: which are missing, which left over."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from workbench.errors import ModelError

if TYPE_CHECKING:
    import torch

# how parts of a model are called that a task brings anew
_HEADS = {
    "classifier", "pre_classifier", "classification_head", "qa_outputs", "qa_classifier", "score",
    "head", "lm_head", "logits_proj", "sequence_summary",
}  # fmt: skip


def weights_lacking(
    model: Any, absent: set[str], new_head: bool, spare: tuple[str, ...]
) -> list[str]:
    """Names of those absent weights that must be there."""
    prefix = f"{model.base_model_prefix}."
    has_body = model.base_model is not model

    def may_be_new(name: str) -> bool:
        parts = set(name.split("."))
        if any(part in one for part in spare for one in parts):
            return True
        if not new_head:
            return False
        return not name.startswith(prefix) if has_body else bool(parts & _HEADS)

    return sorted(name for name in absent if not may_be_new(name))


def other_prefix(model: Any, report: dict) -> dict[str, str]:
    """How to read a body that is saved under another name than this class gives it."""
    firsts = Counter(name.split(".")[0] for name in report["unexpected_keys"])
    wanted = model.base_model_prefix
    if model.base_model is model or not firsts:
        return {}
    usual = firsts.most_common(1)[0][0]
    return {} if usual == wanted else {rf"^{usual}\.": f"{wanted}."}


def incomplete(what: str, model: Any, report: dict, lacking: list[str]) -> ModelError:
    sizes = {one[0] for one in report["mismatched_keys"]}
    how = "in another size" if set(lacking) <= sizes else "missing"
    if how == "missing" and sizes & set(lacking):
        how = "missing or in another size"
    named = ", ".join(lacking[:3]) + (", …" if len(lacking) > 3 else "")
    plural = "weights are" if len(lacking) > 1 else "weight is"
    return ModelError(
        f"The {what} is not whole for {type(model).__name__}: {len(lacking)} of "
        f"{len(model.state_dict())} {plural} {how} ({named}).",
        "They would be random numbers. Fetch the model again, or bring back the config.json and "
        "weights that belong together.",
    )


def layers_left_out(model: Any, report: dict) -> int:
    """Layers that the weights have beyond those of the model."""
    known = {_numberless(name) for name in model.state_dict()}
    prefix = f"{model.base_model_prefix}."
    beyond = set()
    for name in report["unexpected_keys"]:
        pattern, numbers = _numberless(name), [p for p in name.split(".") if p.isdigit()]
        if numbers and (pattern in known or prefix + pattern in known):
            beyond.add(tuple(numbers[:1]))
    return len(beyond)


def _numberless(name: str) -> str:
    return ".".join("#" if part.isdigit() else part for part in name.split("."))


def settle_ties(model: Any) -> None:
    """Let the configuration of a decoder say whether its two word matrices are one: where they have
    parted, whoever read that they are one would write with the wrong one."""
    import torch

    words, out = model.get_input_embeddings(), model.get_output_embeddings()
    said = getattr(model.config, "tie_word_embeddings", False)
    if not said or out is None or model.config.is_encoder_decoder or out.weight is words.weight:
        return
    if out.weight.shape == words.weight.shape and torch.equal(out.weight, words.weight):
        out.weight = words.weight
    else:
        model.config.tie_word_embeddings = False


def weights_to_save(model: Any) -> dict[str, torch.Tensor]:
    """All weights by their names, for ``save_pretrained(state_dict=...)``.

    Of a tensor with several names the library writes one. The others are copies here, unless it
    ties them again when it loads the folder: it does not where the word matrices have parted,
    and what would be missing then is the bias of a masked model's head, or the words of a decoder.
    Copies are in main memory: that of an accelerator may be full.
    """
    found = dict(model.state_dict())
    tied = model.get_expanded_tied_weights_keys(all_submodels=True)
    places: set[tuple] = set()
    for name, value in found.items():
        place = (value.device, value.data_ptr(), value.shape)
        if value.numel() and name not in tied:
            if place in places:
                found[name] = value.to("cpu", copy=True)
            places.add(place)
    return found


def keep_fixed(model: Any) -> None:
    """Do not train what the library never saves, such as Marian's waves of positions: they are
    computed, and a folder that is read again has them as they were."""
    unsaved = set(getattr(model, "_keys_to_ignore_on_save", None) or ())
    names: dict[int, set[str]] = {}
    for name, part in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(part), set()).add(name)
    for part in model.parameters():
        if names[id(part)] <= unsaved:  # of a matrix with two names one may be saved
            part.requires_grad_(False)
