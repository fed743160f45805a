"""What methods have in common that lay small weights on a model which itself stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ModelError, RunError
from workbench.i18n import t

if TYPE_CHECKING:
    import torch

    from . import Start

KEEPS = "adapter"


class Adapter:
    """A model with peft's layers in it: its class is the library's, as before.

    Parameters
    ----------
    wrapped : peft.PeftModel
    start : Start
    said : str
        See :class:`workbench.training.methods.Method`.
    rates : dict of str to float, optional
        See :meth:`workbench.training.methods.Method.rates`.
    """

    keeps, whole = KEEPS, False
    quantised: Collection[str] = ()  # layers below it whose weights are in four bits

    def __init__(
        self, wrapped: Any, start: Start, said: str, rates: dict[str, float] | None = None
    ):
        self.wrapped, self.start, self.said, self._rates = wrapped, start, said, rates or {}
        self.model = wrapped.get_base_model()

    def save(self, folder: Path, weights: Mapping[str, torch.Tensor] | None = None) -> None:
        """A folder that ``peft.PeftModel.from_pretrained`` reads, and what it was trained on."""
        from workbench.catalog.model_folders import adapters

        adapters.write(folder, self.wrapped, self.weights() if weights is None else weights)
        start = self.start
        adapters.note_base(folder, start.folder, start.reference, self.quantised)

    def load(self, folder: Path) -> None:
        """The weights of a folder that :meth:`save` wrote.

        Raises
        ------
        RunError
            If they do not belong to this model, or it holds other weights than then.
        """
        from workbench.catalog.model_folders import adapters

        what = t("adapter.checkpoint", name=folder.name)
        try:
            adapters.judge_adapter(folder, what)
            adapters.check_base(folder, self.start.folder, what)
            adapters.put(self.wrapped, adapters.read_tensors(folder), what)
        except ModelError as error:
            raise RunError(error.message, error.remedy) from error

    def rates(self) -> dict[str, float]:
        """As the method was given them."""
        return self._rates

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

        adapters.put(self.wrapped, weights, t("adapter.memory"))

    def merge(self) -> torch.nn.Module:
        """The plain model: what was learnt is in its matrices, peft's layers are gone."""
        from workbench.catalog.model_folders import adapters

        return adapters.merged(self.wrapped)


def lay(model: torch.nn.Module, config: Any, start: Start) -> Any:
    """``peft.get_peft_model``, its weights drawn from the seed, with the base model's name.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place.
    config : peft.PeftConfig
    start : Start
    """
    import torch

    from workbench.catalog.model_folders import adapters

    torch.manual_seed(start.seed)
    wrapped = adapters.wrap(model, config)
    laid = wrapped.peft_config["default"]
    laid.base_model_name_or_path, laid.revision = _base_name(start)
    return wrapped


def counted(wrapped: Any) -> dict[str, Any]:
    """How many weights are trained, of how many, for a sentence that says so."""
    from workbench.catalog.model_folders import four_bits

    every = sum(part.numel() for part in wrapped.parameters())
    every += sum(layer.count for _, layer in four_bits.layers(wrapped))
    trained = sum(part.numel() for part in wrapped.parameters() if part.requires_grad)
    return {"trained": trained, "every": every, "share": trained / every}


def trained_whole(model: torch.nn.Module, new: tuple[str, ...]) -> list[str]:
    """Modules that are trained and saved as they are: the task's head, and other new weights.

    Raises
    ------
    ModelError
        If a new weight belongs to no module that an adapter could hold.
    """
    body, out = model.base_model, model.get_output_embeddings()
    found = {
        name for name, part in model.named_children()
        if part is not body and part is not out and body is not model
        and next(part.parameters(), None) is not None
    }  # fmt: skip
    for name in new:
        module, _, last = name.rpartition(".")
        if not module:
            raise ModelError(t("adapter.bare", name=last), t("adapter.bare_remedy"))
        found.add(module)
    return sorted(n for n in found if not any(n.startswith(f"{other}.") for other in found))


def _base_name(start: Start) -> tuple[str, str | None]:
    """Under which name, and commit, plain libraries find the base model."""
    from workbench.catalog import commit_of
    from workbench.reference import Origin, Reference

    named, commit = Reference.parse(start.reference, "model"), commit_of(start.folder)
    if commit and named.origin is Origin.HUB:
        return named.name, commit
    return str(start.folder.absolute()), None
