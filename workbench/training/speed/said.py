"""Which forward pass a run takes, and why, in one line."""

from __future__ import annotations

from typing import Any

from ... import device
from ...hardware import PARTED
from ...i18n import t
from ...task_words import called
from .. import losses
from .packed import FASTER, packed_for


def speed_sentence(
    recipe: Any, task: Any, model: Any, packed: Any, rows: Any, precision: str, *, begun: bool
) -> str:
    """What was chosen, and why.

    Parameters
    ----------
    recipe : Recipe
    task : workbench.tasks.base.Task
    model : torch.nn.Module
    packed, rows : object or None
        The padding-free path, and the word vectors that are trained with it; None for none.
    precision : str
    begun : bool
        Whether a run that goes on began without padding; true for one that begins.
    """
    laid = recipe.rows["kind"] if task.spec.lays_rows else ""
    if recipe.speed == "exact":
        how = t(f"training.exact_{laid}" if laid in ("blocks", "packed") else "training.exact")
        return f"{how}, {precision}"
    if packed is not None:
        if rows is None:
            return t("training.unpadded", precision=precision)
        return t("training.unpadded_rows", n=len(rows.lookup), used=len(rows.used),
                 precision=precision)  # fmt: skip
    where, own = device.device_name(), task.forward is not None  # which asks the model itself
    if laid in ("blocks", "packed"):
        why = t(f"training.in_{laid}")
    elif recipe.hardware["parallel"] in PARTED:
        why = t("training.padded_parts")
    elif where not in FASTER:
        why = t("training.padded_on", device=where)
    elif own:
        why = t("training.padded_task", task=called(task.spec))
    elif losses.pads(recipe):
        why = t("training.padded_layers")
    elif not begun and packed_for(model, where) is not None:
        why = t("training.goes_on_padded")
    else:
        why = t("training.padded_model", model=type(model).__name__)
    return t("training.library", why=why, precision=precision)
