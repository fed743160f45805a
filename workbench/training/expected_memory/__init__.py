"""How many weights a recipe trains, and what memory that takes, before anything is loaded.

A model on the meta device gets the recipe's method; a step's passes then go through it by shapes
alone (:mod:`.traced_step`). To the most that they hold at once come the weights, as they lie in
memory, AdamW's two numbers for each that is trained, the average of weights, and a teacher.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .texts import Texts

if TYPE_CHECKING:
    from pathlib import Path

    from ...recipe import Recipe
    from ...tasks.base import Task

MOMENTS = 2  # numbers that AdamW holds for each weight that it moves, in fp32
LIBRARIES = 30_000_000  # bytes that allocator and products keep for themselves on a CPU, measured
#: Of what the passes of a step keep, how much more the heap of a CPU holds after steps whose texts
#: are unequally long, as places that were left do not fit; measured (six methods, MiniLM).
UNEVEN = 0.9


@dataclass(frozen=True)
class ExpectedMemory:
    """What a run will need beside the program and its data, in bytes.

    Attributes
    ----------
    trained, every : int
        How many weights are trained, of how many.
    parts : dict of str to int
        ``weights``, ``optimizer``, ``average``, ``teacher``, ``passes`` (gradients and what
        a step's passes keep), and ``libraries``.
    """

    trained: int
    every: int
    parts: dict[str, int]

    @property
    def bytes(self) -> int:
        """All parts together: the peak."""
        return sum(self.parts.values())


def expected_memory(recipe: Recipe, texts: Texts | None = None) -> ExpectedMemory:
    """What training a recipe will take, without loading its weights or data.

    Parameters
    ----------
    recipe : Recipe
    texts : Texts, optional
        What is known of its texts; without it each is taken to be ``max_length`` long.

    Returns
    -------
    ExpectedMemory

    Raises
    ------
    WorkbenchError
        What the recipe or its model make impossible, as training would say it.

    Notes
    -----
    The most that a step or an evaluation holds; what writing ``model/`` takes at the end is not
    in it.
    """
    import torch

    from ... import tasks
    from ...catalog.loading.safe_loading import load_config
    from ...device import choose_precision, device_name
    from ...tasks.shared.build_model import build_model
    from .. import methods
    from ..objectives import dropout
    from ..preparing import check_recipe
    from .live_bytes import shapes_alone
    from .traced_step import trace

    folder = check_recipe(recipe)
    what = f"model {recipe.model}"
    texts = texts or Texts.unknown(recipe)
    task = tasks.get(recipe.task).configured(recipe, load_config(folder, what))
    new: list[str] = []
    with torch.random.fork_rng(devices=[]):  # nobody's draws are others for it
        model = build_model(
            task, folder, [str(n) for n in range(texts.classes)], 0, what=what, new=new,
            only_look=True, settle=lambda config: dropout.put(config, share=recipe.dropout),
        )  # fmt: skip
        start = methods.Start(folder, recipe.model, tuple(new), 0)
        model = methods.wrap(model, recipe, start).model
        every, trained, held, written = _counted(model)
        precision = choose_precision(recipe.precision, device_name())
        with shapes_alone():
            found = trace(model, recipe, task, texts, precision)
    kept = max(0, found.step - found.trained)  # beside the gradients
    uneven = round(UNEVEN * kept) if texts.deviation and device_name() == "cpu" else 0
    averages = found.trained if recipe.averaging["kind"] != "none" else 0
    parts = {
        "weights": held + found.beside,
        "optimizer": MOMENTS * found.trained,
        "average": averages,
        "teacher": _teacher(recipe, task),
        # before the first step: layers are put into four bits, and the file holds all till then
        "passes": max(found.step + uneven, found.evaluation, written - MOMENTS * found.trained),
        "libraries": LIBRARIES,
    }
    return ExpectedMemory(trained, every, parts)


def _counted(model: Any) -> tuple[int, int, int, int]:
    """Weights, those that are trained, the bytes of all, and those of the file where some of them
    are put into four bits."""
    from ...catalog.model_folders import four_bits

    weights = list(model.parameters())
    every = sum(one.numel() for one in weights)
    rounded = sum(layer.count for _, layer in four_bits.layers(model))
    every += rounded
    trained = sum(one.numel() for one in weights if one.requires_grad)
    held = sum(one.numel() * one.element_size() for one in [*weights, *model.buffers()])
    return every, trained, held, 4 * every if rounded else 0


def _teacher(recipe: Recipe, task: Task) -> int:
    """Bytes of a distillation's teacher, where it is asked at each step."""
    loss = recipe.loss
    if loss["kind"] != "distillation" or not (loss["hidden"] or task.spec.output == "text"):
        return 0
    from ..distilling.teachers import find

    folder: Path = find(recipe.loss["teacher"], recipe).folder
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


__all__ = ["ExpectedMemory", "Texts", "expected_memory"]
