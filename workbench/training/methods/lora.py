r"""LoRA: a matrix keeps its weights and gets a product of two low-rank ones beside it.

.. math:: y = W x + \frac{\alpha}{r} B A x, \quad A \in R^{r \times n}, B \in R^{m \times r}

Only A, B and the parts that are new (the task's head) are trained (Hu et al., 2021). The layers are
peft's; what is saved is what peft and the library read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ModelError, RecipeError, RunError, nearest, shown
from workbench.i18n import t
from workbench.settings import setting

if TYPE_CHECKING:
    import torch

    from . import Start


KEEPS = "adapter"


def usual_rate(full: float) -> float:
    """The usual learning rate, where ``full`` is that of training all weights.

    The products start from zero and their thin matrices have few weights: at the rate of full
    fine-tuning they hardly move in a short run.
    """
    return max(full, min(20 * full, 3e-3))


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: lora}`` may say."""

    rank: int = setting(8, "columns", kinds=(int,), low=1, high=4096, front=1)
    """Width of the two thin matrices: how much can be changed, and how much is trained."""

    alpha: float = setting(16, "weight", kinds=(int, float), low=0, open_low=True, high=100_000)
    """What the product is multiplied with, times ``rank``: with ``alpha = rank`` it is 1."""

    dropout: float = setting(0.0, "share", kinds=(int, float), low=0, high=0.99)
    """Share of a layer's inputs that the product does not see at a step."""

    targets: Any = setting("auto", "names of layers", kinds=(str, list))
    """Which linear layers get a product: ``auto``, all of the body as QLoRA has it (Dettmers et
    al., 2023), or the last parts of their names, such as ``["query", "value"]``."""

    def __post_init__(self):
        names = self.targets
        if names == "auto":
            return
        if isinstance(names, str) or not names or not all(isinstance(n, str) and n for n in names):
            raise RecipeError(
                t("methods.lora.targets", value=shown(names)), t("methods.lora.targets_remedy"),
                field="method", setting="targets",
            )  # fmt: skip


class Lora:
    """A model with peft's layers in it: its class is the library's, as before."""

    keeps = KEEPS

    def __init__(self, wrapped: Any, start: Start, said: str):
        self.wrapped, self.start, self.said = wrapped, start, said
        self.model = wrapped.get_base_model()

    def save(self, folder: Path, weights: Mapping[str, torch.Tensor] | None = None) -> None:
        """A folder that ``peft.PeftModel.from_pretrained`` reads, and what it was trained on."""
        from workbench.catalog.model_folders import adapters

        adapters.write(folder, self.wrapped, self.weights() if weights is None else weights)
        adapters.note_base(folder, self.start.folder, self.start.reference)

    def load(self, folder: Path) -> None:
        """The tensors of a folder that :meth:`save` wrote, on the same base model.

        Raises
        ------
        RunError
            If they do not belong to this model, or it holds other weights than then.
        """
        from workbench.catalog.model_folders import adapters

        what = t("methods.lora.checkpoint", name=folder.name)
        try:
            adapters.judge_adapter(folder, what)
            adapters.check_base(folder, self.start.folder, what)
            adapters.put(self.wrapped, adapters.read_tensors(folder), what)
        except ModelError as error:
            raise RunError(error.message, error.remedy) from error

    def rates(self) -> dict[str, float]:
        """All at the recipe's rate."""
        return {}

    def at_step(self, step: int, steps: int) -> None:
        """The same is trained at each step."""

    def weights(self) -> dict[str, torch.Tensor]:
        """Copies, on the CPU, of what is trained, by peft's names."""
        from workbench.catalog.model_folders import adapters

        found = adapters.tensors(self.wrapped)
        return {name: value.detach().to("cpu", copy=True) for name, value in found.items()}

    def put(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Tensors as :meth:`weights` gave them."""
        from workbench.catalog.model_folders import adapters

        adapters.put(self.wrapped, weights, t("methods.lora.memory"))

    def merge(self) -> torch.nn.Module:
        """The plain model: the products are added to the matrices, peft's layers are gone."""
        return self.wrapped.merge_and_unload()


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Lora:
    """Put the thin matrices into a model, and let only them and what is new be trained.

    Raises
    ------
    RecipeError
        If ``targets`` names what is no linear layer of the model's body.
    """
    import peft
    import torch

    from workbench.catalog.model_folders import adapters

    whole = _trained_whole(model, start.new)
    targets = _targets(model, settings.targets, whole)
    torch.manual_seed(start.seed)
    wrapped = adapters.wrap(
        model,
        peft.LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=float(settings.dropout),
            target_modules=targets,
            modules_to_save=whole or None,
        ),
    )
    config = wrapped.peft_config["default"]
    config.base_model_name_or_path, config.revision = _base_name(start)
    every = sum(part.numel() for part in wrapped.parameters())
    trained = sum(part.numel() for part in wrapped.parameters() if part.requires_grad)
    said = t("methods.lora.said", trained=trained, every=every, share=trained / every,
             rank=settings.rank, n=len(targets))  # fmt: skip
    return Lora(wrapped, start, said)


def _base_name(start: Start) -> tuple[str, str | None]:
    """Under which name, and commit, plain libraries find the base model."""
    from workbench.catalog import commit_of
    from workbench.reference import Origin, Reference

    named, commit = Reference.parse(start.reference, "model"), commit_of(start.folder)
    if commit and named.origin is Origin.HUB:
        return named.name, commit
    return str(start.folder.absolute()), None


def _trained_whole(model: torch.nn.Module, new: tuple[str, ...]) -> list[str]:
    """Modules that are trained and saved as they are: the task's head, and other new weights."""
    body, out = model.base_model, model.get_output_embeddings()
    found = {
        name for name, part in model.named_children()
        if part is not body and part is not out and body is not model
        and next(part.parameters(), None) is not None
    }  # fmt: skip
    for name in new:
        module, _, last = name.rpartition(".")
        if not module:
            raise ModelError(t("methods.lora.bare", name=last), t("methods.lora.bare_remedy"))
        found.add(module)
    return sorted(n for n in found if not any(n.startswith(f"{other}.") for other in found))


def _targets(model: torch.nn.Module, wanted: Any, whole: list[str]) -> list[str]:
    """Full names of the linear layers that ``wanted`` means, in the model's order."""
    from workbench import libraries

    kinds = (_linear(), libraries.transformers("pytorch_utils.Conv1D"))
    outside = (*whole, *_name_of(model, model.get_output_embeddings()))
    linear = [
        name for name, part in model.named_modules()
        if type(part) in kinds
        and not any(name == one or name.startswith(f"{one}.") for one in outside)
    ]  # fmt: skip
    if wanted == "auto" and linear:
        return linear
    known = sorted({name.rpartition(".")[2] for name in linear})
    found = {one: _ending(linear, one) for one in wanted} if wanted != "auto" else {"auto": []}
    for one, layers in found.items():
        if not layers:
            raise RecipeError(
                t("methods.lora.no_layer", name=repr(one)),
                nearest(one, known) if known else t("methods.lora.no_linear"),
                field="method",
                setting="targets",
            )
    return [name for name in linear if any(name in layers for layers in found.values())]


def _linear() -> type:
    import torch

    return torch.nn.Linear


def _ending(names: list[str], wanted: str) -> list[str]:
    return [name for name in names if name == wanted or name.endswith(f".{wanted}")]


def _name_of(model: torch.nn.Module, wanted: torch.nn.Module | None) -> list[str]:
    return [name for name, part in model.named_modules() if part is wanted]
