"""What methods have in common that let a model read learnt vectors in front of every text."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import RecipeError
from workbench.i18n import t

from ._adapter import Adapter, counted, lay, trained_whole

if TYPE_CHECKING:
    import torch

    from workbench.recipe import Recipe

    from . import Start

_ENCODER = "encoder."  # in front of the names of what the vectors are computed from


class Virtual(Adapter):
    """A model that reads virtual tokens; its own weights stay as they are, and cannot hold them.

    See :mod:`workbench.catalog.model_folders.virtual_tokens`.
    """

    merges = False

    def __init__(self, wrapped: Any, start: Start, said: str):
        from workbench.catalog.model_folders.virtual_tokens import VirtualTokens

        super().__init__(wrapped, start, said)
        self.tokens = VirtualTokens(wrapped)
        self._maker = wrapped.prompt_encoder["default"]

    def save(self, folder: Path, weights: Mapping[str, torch.Tensor] | None = None) -> None:
        """As :meth:`Adapter.save`, with what the vectors are computed from where that is more."""
        from safetensors.torch import save_file

        from workbench.catalog.model_folders import adapters

        given = self.weights() if weights is None else weights
        made_of = _of_encoder(given)
        super().save(folder, {n: w for n, w in given.items() if not n.startswith(_ENCODER)})
        if len(made_of) > 1:
            save_file(made_of, folder / adapters.ENCODER, metadata={"format": "pt"})

    def load(self, folder: Path) -> None:
        """See :meth:`Adapter.load`."""
        from safetensors.torch import load_file

        from workbench.catalog.model_folders import adapters

        super().load(folder)
        if (folder / adapters.ENCODER).is_file():
            self._maker.load_state_dict(load_file(folder / adapters.ENCODER))

    def weights(self) -> dict[str, torch.Tensor]:
        """As :meth:`Adapter.weights`, and what the vectors are computed from."""
        made_of = {n: w.detach().to("cpu", copy=True) for n, w in self._maker.state_dict().items()}
        return {**super().weights(), **{_ENCODER + name: w for name, w in made_of.items()}}

    def put(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Tensors as :meth:`weights` gave them."""
        super().put({n: w for n, w in weights.items() if not n.startswith(_ENCODER)})
        self._maker.load_state_dict(_of_encoder(weights))

    def merge(self) -> torch.nn.Module:
        """The model as it is: no matrix of it computes what it reads in front of a text."""
        return self.model

    @contextlib.contextmanager
    def before(self) -> Iterator[None]:
        """The model as it was before it was tuned, without virtual tokens."""
        with self.tokens.off():
            yield


def check_model(model: torch.nn.Module, recipe: Recipe, kind: str, count: int) -> str:
    """Peft's name of what the model is for.

    Raises
    ------
    RecipeError
        If it cannot read virtual tokens, or texts have no room behind them.
    """
    from workbench.catalog.loading.judging import positions

    config: Any = model.config
    sorts = type(model).__name__.endswith("ForSequenceClassification")
    writes = model.can_generate()
    reader = model.get_encoder() if config.is_encoder_decoder and writes else model.base_model
    embeds = "inputs_embeds" in inspect.signature(reader.forward).parameters
    scaled = getattr(reader, "embed_scale", 1) != 1 and not hasattr(
        reader.get_input_embeddings(), "embed_scale"
    )
    if not embeds or scaled or not (writes or (sorts and not config.is_encoder_decoder)):
        raise RecipeError(
            t("adapter.virtual.not_for", kind=repr(kind), model=type(model).__name__),
            t("adapter.virtual.not_for_remedy"), field="method",
        )  # fmt: skip
    if kind == "prefix" and (config.is_encoder_decoder or not writes):
        raise RecipeError(
            t("adapter.virtual.no_cache", model=type(model).__name__),
            t("adapter.virtual.no_cache_remedy"), field="method",
        )  # fmt: skip
    if writes and recipe.rows["kind"] == "packed":
        raise RecipeError(
            t("adapter.virtual.packed", kind=repr(kind)), t("adapter.virtual.packed_remedy"),
            field="rows",
        )  # fmt: skip
    room = positions(config.to_dict())
    if room is not None and recipe.max_length + count > room:
        raise RecipeError(
            t("adapter.virtual.room", tokens=count, length=recipe.max_length, room=room),
            t("adapter.virtual.room_remedy", left=max(0, room - recipe.max_length),
              length=max(0, room - count)),
            field="method", setting="tokens",
        )  # fmt: skip
    if sorts:
        return "SEQ_CLS"
    return "SEQ_2_SEQ_LM" if config.is_encoder_decoder else "CAUSAL_LM"


def put_in_front(
    model: torch.nn.Module, config: type, settings: dict[str, Any], start: Start, kind: str
) -> Virtual:
    """A model that reads ``num_virtual_tokens`` virtual tokens, which alone are trained.

    Parameters
    ----------
    model : torch.nn.Module
    config : type
        Peft's class of settings.
    settings : dict
        What it is made of.
    start : Start
    kind : str
        Of the method.
    """
    recipe = start.recipe
    assert recipe is not None
    count = settings["num_virtual_tokens"]
    task = check_model(model, recipe, kind, count)
    reader = model.get_encoder() if task == "SEQ_2_SEQ_LM" else model.base_model
    if kind != "prefix":  # which is as wide as keys and values are
        settings = {**settings, "token_dim": reader.get_input_embeddings().embedding_dim}
    made = config(
        task_type=task, num_transformer_submodules=1, num_layers=model.config.num_hidden_layers,
        num_attention_heads=model.config.num_attention_heads,
        modules_to_save=trained_whole(model, start.new) or None, **settings,
    )  # fmt: skip
    model.requires_grad_(False)
    wrapped = lay(model, made, start)
    said = t(f"methods.{kind}.said", n=count, **counted(wrapped))
    return Virtual(wrapped, start, said)


def _of_encoder(given: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {n.removeprefix(_ENCODER): w for n, w in given.items() if n.startswith(_ENCODER)}
